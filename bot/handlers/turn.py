"""A turn: load, decide, save. One synchronous function, one hop into the writing thread, one transaction.

intake      an update comes in, from polling or a webhook; updates of one chat one after another
inbound     Update → Incoming
take_turn   open_run · engine.take · save_turn · commit        ← here; what coordinators do at their desk, too
intake      only now is the update acknowledged to Telegram
sender      says what the turn left in the outbox
"""

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection

from bot.handlers.coordinator import invitation_in, take_at_desk
from bot.handlers.groups import take_in_group
from bot.handlers.results import asked_for_results
from bot.render.buttons import BEFORE, code_in
from bot.render.localization import language_for
from bot.telegram.updates import GroupNews, Incoming
from flows import engine
from flows.engine.confirmations import noted, pressed
from flows.engine.text_replies import labels_of
from flows.errors import FlowUnknown
from flows.events.coordinator import OPEN, CampaignClosed
from flows.events.submission import WithdrawalConfirmed
from flows.loader import OPENING, is_known, load
from flows.models import Commanded, Followed, Reply, Run, Tapped, Turn, Typed
from flows.schema import WELCOME
from flows.state_machine import Walk
from storage.access import results_at
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import GENERAL, PLAIN, find, link_of
from storage.conversations import outbox
from storage.conversations.chats import let_go, note_update, was_taken
from storage.conversations.outbox import silence
from storage.conversations.runs import Came, begun, drop_run, open_run, save_turn
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.errors import RunLost

# @@DOC Typed words that stand for something else: a button of a yes or no that waits, or a link that was pasted.
_BARE = re.compile(r"(?:/?start\s+)?([\w-]{1,64})", re.IGNORECASE)  # a code by itself, or as it stands after /start


def meant(tx: Connection, walk: Walk, run: Run, reply: Reply, today: date) -> Reply:
    """The command or tap that these typed words stand for; else the reply as it is. Links are looked for at the
    welcome only: further on, words are answers.
    """
    if not isinstance(reply, Typed):
        return reply
    code = _code(tx, reply.words, today) if run.place == WELCOME else None
    return Commanded("start", code) if code else pressed(run, reply, labels_of(walk, run))


def _code(tx: Connection, words: str, today: date) -> str | None:
    """The code in a link, whether anybody knows it or not; a bare one only where it is known."""
    bare = _BARE.fullmatch(words.strip())
    if bare is None or bare[1].casefold() in PLAIN:
        return code_in(words)
    code = bare[1].casefold()
    if code.startswith(BEFORE):
        return code if results_at(tx, code[len(BEFORE) :]) else None
    return None if find(tx, code, today).fault == "link_unknown" else code


@dataclass(frozen=True, slots=True)
class Taken:
    """An update was taken in: the kinds of the events that followed, and where the run stands now.

    `due`: what is to be said of it, where nothing waits before it.
    """

    events: tuple[str, ...] = ()
    place: str | None = None
    due: outbox.Due | None = None


class RunNewer(Exception):
    """A newer version of the bot, beside this one, has gone on with this run: it knows more of its flow than we do."""


def take(database: Database, incoming: Incoming, now: datetime, *, fit: bool = True) -> Taken | None:
    """Takes one update in, whole or not at all.

    None: it was taken in before, and nothing changed. `fit`: a run of a newer version of its flow is fitted to ours;
    else `RunNewer` is raised. Raises `StorageAway` where the database can't be used just now. Whatever is raised:
    nothing was kept, and the update may come again.
    """
    if incoming.about == "blocked":
        return _leave(database, incoming)
    if isinstance(incoming.about, GroupNews):
        events = take_in_group(database, incoming, incoming.about, now)
        return None if events is None else Taken(events)
    return take_turn(database, incoming, incoming.about, now, fit=fit)


def take_turn(database: Database, incoming: Incoming, reply: Reply, now: datetime, *, fit: bool = True) -> Taken | None:
    """Takes one reply in. A run that can't be gone on with (its flow is gone, its bytes are damaged) begins anew."""
    came = _came(incoming)
    with database.transaction() as tx:
        try:
            came, reply = _looked_up(tx, database.cipher, incoming, came, reply, now, fit=fit)
            run = open_run(tx, database.cipher, came)
            if run is None:
                return None
            run = _rightful(tx, database.cipher, came, run)
            walk = load(run.flow)
            if run.version > walk.flow.version and not fit:
                raise RunNewer
            stands_for = meant(tx, walk, run, reply, now.date())
            if stands_for is not reply:
                came, reply = _looked_up(tx, database.cipher, incoming, came, stands_for, now, fit=fit)
                run = run if run.ask else begun(tx, database.cipher, came)
                walk = load(run.flow)
            turn = take_at_desk(tx, database.cipher, came, run, reply, now)
            turn = noted(run, turn) if turn else engine.take(walk, run, reply, now)
        except (RunLost, FlowUnknown) as fault:
            if not fit and _may_be_newer(fault):
                raise RunNewer from fault
            drop_run(tx, came.chat)
            run = begun(tx, database.cipher, came)
            turn = engine.begin_anew(load(run.flow), run, now)
        left = save_turn(tx, database.cipher, came, run, turn, now)
        due = outbox.due_at_once(tx, came.chat, left) if left and database.embedded else None
    if turn.run is None or any(isinstance(event, WithdrawalConfirmed | CampaignClosed) for event in turn.events):
        database.settle()
    return replace(taken_of(turn), due=due)


def _looked_up(
    tx: Connection, cipher: Cipher, incoming: Incoming, came: Came, reply: Reply, now: datetime, *, fit: bool
) -> tuple[Came, Reply]:
    """The reply with what is known of the results that it asks for, or of the link that was followed."""
    return _followed(tx, cipher, incoming, came, asked_for_results(tx, cipher, came, reply), now, fit=fit)


def _followed(
    tx: Connection, cipher: Cipher, incoming: Incoming, came: Came, reply: Reply, now: datetime, *, fit: bool
) -> tuple[Came, Reply]:
    """Where a campaign's link was followed: how a run of that campaign would begin, and the link as a reply.

    So it is where a coordinator opens one.
    """
    if isinstance(reply, Tapped) and reply.act == OPEN and find_coordinator(tx, came.chat, named=came.named):
        there = _came(replace(incoming, flow=OPENING))
        return there, Followed(begun(tx, cipher, there), sure=_number(reply.value))
    code, sure = _code_of(reply)
    if code is None:
        return came, reply
    found = find(tx, code, now.date())
    if found.fault:
        led = None if found.fault == "link_unknown" else link_of(tx, code.strip().casefold())
        return came, Followed(None, found.fault, led=led)
    if not is_known(found.flow):  # it left the library; or a newer version of the bot has it
        if not fit:
            raise RunNewer
        return came, Followed(None, "link_closed", led=link_of(tx, found.campaign))
    there = _came(replace(incoming, flow=found.flow), found.language)
    there = replace(there, campaign=found.campaign)
    return there, Followed(begun(tx, cipher, there), sure=sure)


def _code_of(reply: Reply) -> tuple[str | None, int | None]:
    """The code of the link that was followed, and the asking that may be given up for it."""
    match reply:
        case Commanded("start", words) if words not in PLAIN and invitation_in(reply) is None:
            return words, None
        case Tapped(act="begin_other"):
            code, _, ask = reply.value.partition("-")
            return code, _number(ask)
    return None, None


def _number(ask: str) -> int | None:
    return int(ask) if ask.isdecimal() else None


def _rightful(tx: Connection, cipher: Cipher, came: Came, run: Run) -> Run:
    """The run; a new one in place of one that would open a campaign, where its chat is no coordinator's any more."""
    if load(run.flow).flow.gives == "response" or find_coordinator(tx, came.chat, named=came.named):
        return run
    drop_run(tx, came.chat)
    return begun(tx, cipher, came)


def _may_be_newer(fault: RunLost | FlowUnknown) -> bool:
    """Whether a newer version of the bot may well know what to do with the run."""
    return isinstance(fault, FlowUnknown) or fault.version > load(fault.flow).flow.version


def taken_of(turn: Turn) -> Taken:
    """What followed from a turn."""
    return Taken(tuple(event.kind for event in turn.events), turn.run.place if turn.run else None)


def _leave(database: Database, incoming: Incoming) -> Taken | None:
    """Somebody blocked the bot: the run is over, and nothing is to be said there."""
    with database.transaction() as tx:
        if was_taken(tx, incoming.chat, incoming.update):
            return None
        note_update(tx, incoming.chat, incoming.update)
        silence(tx, incoming.chat)
        drop_run(tx, incoming.chat)
        let_go(tx, incoming.chat)
    database.settle()
    return Taken()


def _came(incoming: Incoming, otherwise: str = "") -> Came:
    """How a new run of the sender would begin: in their language; in the campaign's, where the flow has not theirs."""
    flow = load(incoming.flow).flow
    language = language_for(incoming.language, set(flow.labels), otherwise or flow.language)
    campaign = GENERAL if flow.gives == "response" else ""
    return Came(incoming.update, incoming.chat, flow.id, flow.version, language, incoming.tap, campaign, incoming.named)
