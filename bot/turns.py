"""A turn: load, decide, save. One synchronous function, one hop into the writing thread, one transaction.

intake      an update comes in, from polling or a webhook; updates of one chat one after another
inbound     Update → Incoming
take_turn   open_run · engine.take · save_turn · commit        ← here
intake      only now is the update acknowledged to Telegram
sender      says what the turn left in the outbox
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from sqlalchemy import Connection

from bot.inbound import Incoming
from bot.words import FIRST, language_for
from flows import engine
from flows.events import Event, ResultTold, Told, WithdrawalConfirmed
from flows.faults import FlowUnknown
from flows.loading import DEFAULT, load
from flows.run import Reply, Turn
from storage import outbox
from storage.chats import let_go, lock_chat, note_update, was_taken
from storage.cipher import Cipher
from storage.database import Database
from storage.faults import RunLost
from storage.overdue import erase_overdue
from storage.runs import Came, begun, drop_run, kept_run, open_run, save_turn

TOO_LATE, RESULT_ERASED = (outbox.Saying("", DEFAULT, FIRST, (Told(topic),)) for topic in ("too_late", "result_erased"))


@dataclass(frozen=True, slots=True)
class Taken:
    """An update was taken in: the kinds of the events that followed, and where the run stands now."""

    events: tuple[str, ...] = ()
    place: str | None = None


class RunNewer(Exception):
    """A newer version of the bot, beside this one, has gone on with this run: it knows more of its flow than we do."""


def take(database: Database, incoming: Incoming, now: datetime, *, fit: bool = True) -> Taken | None:
    """Takes one update in, whole or not at all.

    None: it was taken in before, and nothing changed. `fit`: a run of a newer version of its flow is fitted to ours;
    else `RunNewer` is raised. Raises `StorageAway` where the database can't be used just now. Whatever is raised:
    nothing was kept, and the update may come again.
    """
    if incoming.about == "blocked":
        return _note(database, incoming, _leave)
    if incoming.about == "group":
        return _note(database, incoming, partial(_greet, database.cipher, _came(incoming)))
    return take_turn(database, incoming, incoming.about, now, fit=fit)


def take_turn(database: Database, incoming: Incoming, reply: Reply, now: datetime, *, fit: bool = True) -> Taken | None:
    """Takes one reply in. A run that can't be gone on with (its flow is gone, its bytes are damaged) begins anew."""
    came = _came(incoming)
    with database.transaction() as tx:
        try:
            run = open_run(tx, database.cipher, came)
            if run is None:
                return None
            walk = load(run.flow)
            if run.version > walk.flow.version and not fit:
                raise RunNewer
            turn = engine.take(walk, run, reply, now)
        except (RunLost, FlowUnknown) as fault:
            if not fit and _may_be_newer(fault):
                raise RunNewer from fault
            drop_run(tx, came.chat)
            run = begun(tx, database.cipher, came)
            turn = engine.begin_anew(load(run.flow), run, now)
        save_turn(tx, database.cipher, came, run, turn)
    if turn.run is None or any(isinstance(event, WithdrawalConfirmed) for event in turn.events):
        database.settle()
    return _taken(turn)


def ask_again(database: Database, chat: int, until: datetime) -> Taken | None:
    """The bot was away until then: asks this chat's open question again. None: nothing is open, or there was a reply
    since, or something is about to be said there anyway.
    """
    with database.transaction() as tx:
        lock_chat(tx, chat)
        taken = None if outbox.is_waiting(tx, chat) else _asked_again(tx, database.cipher, chat, until)
        let_go(tx, chat)
    return taken


def expire(database: Database, chat: int, before: int) -> None:
    """What was left before that moment (seconds since 1970) and could not be said is erased; it may carry answers.

    Instead the open question is asked again, or where there is none, a word about it is left. Where a result was
    erased, that is said in any case.
    """
    with database.transaction() as tx:
        lock_chat(tx, chat)
        erased = erase_overdue(tx, database.cipher, chat, before)
        if erased is not None:  # else another worker was faster
            _make_up_for(tx, database.cipher, chat, erased)
        let_go(tx, chat)


def _make_up_for(tx: Connection, cipher: Cipher, chat: int, erased: tuple[Event, ...]) -> None:
    result = any(isinstance(event, ResultTold) for event in erased)
    if result:
        outbox.leave(tx, cipher, chat, RESULT_ERASED, bulk=True)
    asked = _asked_again(tx, cipher, chat, datetime.max.replace(tzinfo=UTC))
    if not (result or asked):
        outbox.leave(tx, cipher, chat, TOO_LATE, bulk=True)


def _may_be_newer(fault: RunLost | FlowUnknown) -> bool:
    """Whether a newer version of the bot may well know what to do with the run."""
    return isinstance(fault, FlowUnknown) or fault.version > load(fault.flow).flow.version


def _asked_again(tx: Connection, cipher: Cipher, chat: int, until: datetime) -> Taken | None:
    try:
        run = kept_run(tx, cipher, chat)
        walk = load(run.flow) if run else None
    except (RunLost, FlowUnknown):
        return None  # it begins anew with the next reply
    if run is None or walk is None or run.left or run.again or run.version > walk.flow.version:
        return None
    if run.seen_at and run.seen_at >= until:
        return None
    turn = engine.ask_again(walk, run)
    save_turn(tx, cipher, Came(None, chat, run.flow, run.version, run.language), run, turn)
    return _taken(turn)


def _taken(turn: Turn) -> Taken:
    return Taken(tuple(event.kind for event in turn.events), turn.run.place if turn.run else None)


def _note(database: Database, incoming: Incoming, act: Callable[[Connection, int], None]) -> Taken | None:
    with database.transaction() as tx:
        if was_taken(tx, incoming.chat, incoming.update):
            return None
        note_update(tx, incoming.chat, incoming.update)
        act(tx, incoming.chat)
        let_go(tx, incoming.chat)
    return Taken()


def _leave(tx: Connection, chat: int) -> None:
    """Somebody blocked the bot: the run is over, and nothing is to be said there."""
    outbox.silence(tx, chat)
    drop_run(tx, chat)


def _greet(cipher: Cipher, came: Came, tx: Connection, chat: int) -> None:
    """In a group the bot only says where to go: a button that opens the private chat."""
    greeting = outbox.Saying("", came.flow, came.language, (Told("group_hello", button="private"),))
    outbox.leave(tx, cipher, chat, greeting)


def _came(incoming: Incoming) -> Came:
    flow = load(incoming.flow).flow
    language = language_for(incoming.language, set(flow.labels), flow.language)
    return Came(incoming.update, incoming.chat, flow.id, flow.version, language, incoming.tap)
