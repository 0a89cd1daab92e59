"""Recovery after the bot was down or Telegram unreachable: lost prompts are repeated, overdue messages deleted.

Telegram keeps a tap for 150 seconds. If the bot was down for longer, taps may be lost, so the open prompt is repeated
to those who were in the middle of a run. If Telegram was unavailable for an hour, the messages that wait in the outbox
are deleted unsent, since they may contain answers.

the chat has …                             the bot was down          Telegram was unavailable for an hour
an open prompt                             it is repeated            it is repeated
one that was repeated, and no reply since  nothing                   a notice that messages were lost
a stopped run                              nothing                   the same notice
no run                                     nothing                   the same notice
a result that was not sent yet             it is sent                a notice about the result, in any case

A message that waits in the outbox makes repeating unnecessary. `Run.is_prompted_again` records that it was done.
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
from storage.conversations.outbox_backlog import delete_overdue
from storage.conversations.runs import UpdateContext, find_active_chats, load_run, save_turn
from storage.db.database import Database
from storage.db.session import Session
from storage.db.shared_clock import load_last_healthy, record_healthy
from storage.errors import RunUnreadableError

MIN_DOWNTIME_SECONDS = 150  # Telegram drops a tap that waits for longer (core.telegram.org/bots/api)
ACTIVE_BEFORE_DOWNTIME_SECONDS = 3600  # people active this shortly before the downtime may have tapped in it
LATE_TURN_SECONDS = 60  # turns may still be processed for this long after the bot was last recorded as healthy
MAX_HEALTHY_SILENCE_SECONDS = 45.0  # a long poll takes 25 at most
MESSAGES_EXPIRED_CONTENT, RESULT_EXPIRED_CONTENT = (
    outbox.OutboxContent("", DEFAULT_FLOW_ID, DEFAULT_LANGUAGE, (NoticeShown(topic),))
    for topic in ("too_late", "result_erased")
)

log = structlog.get_logger()


class DowntimeMonitor:
    """Detects downtime: from the time in the database, shared by all workers, and from this worker's own clock."""

    def __init__(self, database: Database, health: Health) -> None:
        self._database = database
        self._health = health
        self._healthy_at: float | None = None

    async def check(self) -> None:
        """Records that the bot is healthy. After a downtime, it repeats prompts first: a crash meanwhile loses none."""
        if self._health.silence_seconds > MAX_HEALTHY_SILENCE_SECONDS:
            return
        downtime_seconds, started_at = await self._database.run_in_thread(load_last_healthy)
        if self._healthy_at is not None:
            # The shared clock may have been set forward; this worker's cannot be set.
            downtime_seconds = min(downtime_seconds, int(read_steady_clock() - self._healthy_at))
        if downtime_seconds > MIN_DOWNTIME_SECONDS:
            await self._repeat_prompts(started_at, downtime_seconds)
        await self._database.run_in_thread(record_healthy)
        self._healthy_at = read_steady_clock()

    async def _repeat_prompts(self, started_at: int, downtime_seconds: int) -> None:
        since, until = started_at - ACTIVE_BEFORE_DOWNTIME_SECONDS, started_at + LATE_TURN_SECONDS
        chat_ids = await self._database.run_in_thread(find_active_chats, since, until)
        results = [
            await self._database.run_in_thread(repeat_prompt, chat_id, datetime.fromtimestamp(until, UTC))
            for chat_id in chat_ids
        ]
        repeated_count = sum(result is not None for result in results)
        log.info("back after downtime", seconds=downtime_seconds, repeated_prompts=repeated_count)


def repeat_prompt(database: Database, chat_id: int, until: datetime) -> TurnResult | None:
    """Repeats the chat's open prompt after a downtime, unless the person was seen at or after `until`.

    None: no prompt is open, or the person has replied since, or a message is about to be sent anyway.
    """
    with database.transaction() as session:
        lock_chat(session, chat_id)
        result = None if outbox.has_entries(session, chat_id) else _repeat_open_prompt(session, chat_id, until)
        delete_idle_chat(session, chat_id)
    return result


def expire_entries(database: Database, chat_id: int, before: int) -> None:
    """Deletes the chat's outbox entries from before `before` (seconds since 1970): they may contain answers.

    The open prompt is repeated instead; if there is none, a notice is sent. A deleted result gets a notice in any case.
    """
    with database.transaction() as session:
        lock_chat(session, chat_id)
        deleted_events = delete_overdue(session, chat_id, before)
        # None: another worker was faster. A group has no prompt and no result to replace.
        if deleted_events is not None and chat_id > 0:
            _replace_expired(session, chat_id, deleted_events)
        clear_last_answer(session, chat_id)
        delete_idle_chat(session, chat_id)
    database.checkpoint()


def _replace_expired(session: Session, chat_id: int, deleted_events: tuple[Event, ...]) -> None:
    has_result = any(isinstance(event, ResultDetailsShown) for event in deleted_events)
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
        return None  # the run starts again with the next reply
    if run is None or walk is None or run.resume_step or run.is_prompted_again or run.version > walk.flow.version:
        return None
    if run.seen_at and run.seen_at >= until:
        return None
    turn = engine.repeat_prompt_after_downtime(walk, run)
    context = UpdateContext(None, chat_id, run.flow, run.version, run.language)
    saved = save_turn(session, context, run, turn, datetime.now(UTC))
    return make_turn_result(turn.run, saved.events)
