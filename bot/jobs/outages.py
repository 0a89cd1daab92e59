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

from bot.handlers.turn import TurnResult, make_turn_result
from bot.health import Health
from bot.render.localization import DEFAULT_LANGUAGE
from bot.runtime import read_steady_clock
from flows import engine
from flows.errors import UnknownFlowError
from flows.events import Event, NoticeShown
from flows.events.submission import ResultDetailsShown
from flows.loader import DEFAULT_FLOW_ID, load_walk
from storage.conversations import outbox
from storage.conversations.chats import delete_idle_chat, lock_chat
from storage.conversations.groups import clear_last_answer
from storage.conversations.outbox import delete_overdue
from storage.conversations.runs import UpdateContext, find_active_chats, load_run, save_turn
from storage.db.database import Database
from storage.db.session import Session
from storage.db.shared_clock import load_last_healthy, record_healthy
from storage.errors import RunUnreadableError

log = structlog.get_logger()
MIN_DOWNTIME_SECONDS = (
    150  # seconds that Telegram keeps a tap: after a longer silence taps are lost (core.telegram.org/bots/api)
)
ACTIVE_BEFORE_DOWNTIME_SECONDS = (
    3600  # seconds before the outage in which somebody was heard of who may have tapped during it
)
LATE_TURN_SECONDS = 60  # seconds that turns may come after the bot was last noted as well
MAX_HEALTHY_SILENCE_SECONDS = 45.0  # seconds: a long poll takes 25 at most
MESSAGES_EXPIRED_CONTENT, RESULT_EXPIRED_CONTENT = (
    outbox.OutboxContent("", DEFAULT_FLOW_ID, DEFAULT_LANGUAGE, (NoticeShown(topic),))
    for topic in ("too_late", "result_erased")
)


class DowntimeMonitor:
    """What one worker knows of when the bot was last well. What all of them know stands in the database."""

    def __init__(self, database: Database, health: Health) -> None:
        self._database = database
        self._health = health
        self._healthy_at: float | None = None

    async def check(self) -> None:
        """Notes that the bot is well. After an outage, those who were in the middle are asked again, and before that:
        cut off half-way, they are asked the next time.
        """
        if self._health.silence_seconds > MAX_HEALTHY_SILENCE_SECONDS:
            return
        downtime_seconds, started_at = await self._database.run_in_thread(load_last_healthy)
        if self._healthy_at is not None:
            downtime_seconds = min(
                downtime_seconds, int(read_steady_clock() - self._healthy_at)
            )  # no longer than it was for us: a clock was set forward
        if downtime_seconds > MIN_DOWNTIME_SECONDS:
            await self._repeat_prompts(started_at, downtime_seconds)
        await self._database.run_in_thread(record_healthy)
        self._healthy_at = read_steady_clock()

    async def _repeat_prompts(self, started_at: int, downtime_seconds: int) -> None:
        """The open question is asked again of those who were in the middle when we went away."""
        until = started_at + LATE_TURN_SECONDS
        chat_ids = await self._database.run_in_thread(
            find_active_chats, started_at - ACTIVE_BEFORE_DOWNTIME_SECONDS, until
        )
        results = [
            await self._database.run_in_thread(repeat_prompt, chat, datetime.fromtimestamp(until, UTC))
            for chat in chat_ids
        ]
        log.info(
            "back after an outage", seconds=downtime_seconds, asked_again=sum(result is not None for result in results)
        )


def repeat_prompt(database: Database, chat_id: int, until: datetime) -> TurnResult | None:
    """The bot was away until then: asks this chat's open question again. None: nothing is open, or there was a reply
    since, or something is about to be said there anyway.
    """
    with database.transaction() as session:
        lock_chat(session, chat_id)
        result = None if outbox.has_entries(session, chat_id) else _repeat_open_prompt(session, chat_id, until)
        delete_idle_chat(session, chat_id)
    return result


def expire_entries(database: Database, chat_id: int, before: int) -> None:
    """What was left before that moment (seconds since 1970) and could not be said is erased; it may carry answers.

    Instead the open question is asked again, or where there is none, a word about it is left. Where a result was
    erased, that is said in any case.
    """
    with database.transaction() as session:
        lock_chat(session, chat_id)
        erased_events = delete_overdue(session, chat_id, before)
        if (
            erased_events is not None and chat_id > 0
        ):  # else another worker was faster; a group has nothing of its own that gets lost
            _replace_expired(session, chat_id, erased_events)
        clear_last_answer(session, chat_id)
        delete_idle_chat(session, chat_id)
    database.checkpoint()


def _replace_expired(session: Session, chat_id: int, erased_events: tuple[Event, ...]) -> None:
    has_result = any(isinstance(event, ResultDetailsShown) for event in erased_events)
    if has_result:
        outbox.add_entry(session, chat_id, RESULT_EXPIRED_CONTENT, is_broadcast=True)
    repeated = _repeat_open_prompt(session, chat_id, datetime.max.replace(tzinfo=UTC))
    if not (has_result or repeated):
        outbox.add_entry(session, chat_id, MESSAGES_EXPIRED_CONTENT, is_broadcast=True)


def _repeat_open_prompt(session: Session, chat_id: int, until: datetime) -> TurnResult | None:
    try:
        run = load_run(session, chat_id)
        walk = load_walk(run.flow) if run else None
    except (RunUnreadableError, UnknownFlowError):
        return None  # it begins anew with the next reply
    if run is None or walk is None or run.resume_step or run.is_prompted_again or run.version > walk.flow.version:
        return None
    if run.seen_at and run.seen_at >= until:
        return None
    turn = engine.repeat_prompt_after_downtime(walk, run)
    context = UpdateContext(None, chat_id, run.flow, run.version, run.language)
    saved = save_turn(session, context, run, turn, datetime.now(UTC))
    return make_turn_result(turn.run, saved.events)
