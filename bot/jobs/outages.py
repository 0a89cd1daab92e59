"""Outages: the bot was away, or Telegram was. What is lost then is made up for by asking the open question again.

Telegram keeps a tap for 150 seconds. When nobody took updates in for longer, taps may be lost: the question is asked
again of those who were in the middle. When Telegram was away for an hour, what was to be said is erased unsaid, since
it may carry answers.

the chat has …                             the bot was away          Telegram was away for an hour
an open question                           it is asked again         it is asked again
one that was asked again, no reply since   nothing                   a word: what was said got lost
a run that is stopped                      nothing                   the same word
no run                                     nothing                   the same word
a result that was not told yet             it is said                a word about the result, in any case

Something that waits to be said anyway stands for asking again. `Run.again` remembers that it was done.
"""

from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection

from bot.handlers.turn import Taken, taken_of
from bot.health import Health
from bot.render.localization import FIRST
from bot.runtime import steady
from flows import engine
from flows.errors import FlowUnknown
from flows.events import Event, Told
from flows.events.submission import ResultTold
from flows.loader import DEFAULT, load
from storage.conversations import outbox
from storage.conversations.chats import let_go, lock_chat
from storage.conversations.groups import forget_told
from storage.conversations.outbox import erase_overdue
from storage.conversations.runs import Came, in_the_middle, kept_run, save_turn
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.shared_clock import last_well, well_now
from storage.errors import RunLost

log = structlog.get_logger()
OUTAGE = 150  # seconds that Telegram keeps a tap: after a longer silence taps are lost (core.telegram.org/bots/api)
MIDDLE = 3600  # seconds before the outage in which somebody was heard of who may have tapped during it
SLACK = 60  # seconds that turns may come after the bot was last noted as well
WELL_WITHIN = 45.0  # seconds: a long poll takes 25 at most
TOO_LATE, RESULT_ERASED = (outbox.Saying("", DEFAULT, FIRST, (Told(topic),)) for topic in ("too_late", "result_erased"))


class Outages:
    """What one worker knows of when the bot was last well. What all of them know stands in the database."""

    def __init__(self, database: Database, health: Health) -> None:
        self._database = database
        self._health = health
        self._well_at: float | None = None

    async def look(self) -> None:
        """Notes that the bot is well. After an outage, those who were in the middle are asked again, and before that:
        cut off half-way, they are asked the next time.
        """
        if self._health.silent_for > WELL_WITHIN:
            return
        gap, since = await self._database.hop(last_well)
        if self._well_at is not None:
            gap = min(gap, int(steady() - self._well_at))  # no longer than it was for us: a clock was set forward
        if gap > OUTAGE:
            await self._ask_again(since, gap)
        await self._database.hop(well_now)
        self._well_at = steady()

    async def _ask_again(self, since: int, gap: int) -> None:
        """The open question is asked again of those who were in the middle when we went away."""
        until = since + SLACK
        chats = await self._database.hop(in_the_middle, since - MIDDLE, until)
        asked = [await self._database.hop(ask_again, chat, datetime.fromtimestamp(until, UTC)) for chat in chats]
        log.info("back after an outage", seconds=gap, asked_again=sum(each is not None for each in asked))


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
        if (
            erased is not None and chat > 0
        ):  # else another worker was faster; a group has nothing of its own that gets lost
            _make_up_for(tx, database.cipher, chat, erased)
        forget_told(tx, chat)
        let_go(tx, chat)
    database.settle()


def _make_up_for(tx: Connection, cipher: Cipher, chat: int, erased: tuple[Event, ...]) -> None:
    result = any(isinstance(event, ResultTold) for event in erased)
    if result:
        outbox.leave(tx, cipher, chat, RESULT_ERASED, bulk=True)
    asked = _asked_again(tx, cipher, chat, datetime.max.replace(tzinfo=UTC))
    if not (result or asked):
        outbox.leave(tx, cipher, chat, TOO_LATE, bulk=True)


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
    save_turn(tx, cipher, Came(None, chat, run.flow, run.version, run.language), run, turn, datetime.now(UTC))
    return taken_of(turn)
