"""From raw updates to turns: parsing, rate limit, retries, dead letters. Updates of one chat are processed in order.

`Poller` and `Webhook` call `Dispatcher.dispatch` with each raw update; a turn runs in `bot.handlers.turn.take_update`.
"""

import asyncio
import time
from collections.abc import Collection
from datetime import UTC, datetime
from functools import partial
from weakref import WeakValueDictionary

import structlog
from telegram import Bot

from bot import metrics
from bot.delivery.sender import Sender
from bot.handlers import turn
from bot.handlers.errors import NewerRunError
from bot.health import DatabaseOutage
from bot.intake.dead_letters import DeadLetterHandler
from bot.intake.direct_replies import HelplineNotifier, OutageNotifier
from bot.intake.rate_limit import RateDecision, RateLimiter, add_rate_limit_notice
from bot.telegram.updates import (
    GroupCommand,
    GroupDeparture,
    GroupJoin,
    GroupMention,
    GroupMigration,
    GroupTap,
    IncomingUpdate,
    RawUpdate,
    parse_raw_update,
)
from flows.models import Command, LinkFollow, ResultsRequest, Tap, TextEdit, TextReply, UnreadableReply
from storage.db.database import Database
from storage.errors import StorageUnavailableError

# Without pauses between the attempts: they would hold up the other updates of a batch.
MAX_TURN_ATTEMPTS = 3

log = structlog.get_logger()
REPLY_LABELS: dict[type, str] = {  # dashboards know these, whatever the classes are called
    Tap: "tap",
    TextReply: "text",
    TextEdit: "edit",
    Command: "command",
    UnreadableReply: "unreadable",
    LinkFollow: "link",
    ResultsRequest: "results_request",
    GroupJoin: "group_join",
    GroupDeparture: "group_departure",
    GroupMigration: "group_migration",
    GroupCommand: "group_command",
    GroupMention: "group_mention",
    GroupTap: "group_tap",
}


class Dispatcher:
    """Processes updates. One counts as processed once its turn is committed, or it is stored as a dead letter."""

    def __init__(
        self,
        bot: Bot,
        database: Database,
        sender: Sender,
        database_outage: DatabaseOutage,
        configured_coordinators: Collection[int],
    ) -> None:
        self._bot = bot
        self._database = database
        self._sender = sender
        self._database_outage = database_outage
        self._configured_coordinators = configured_coordinators
        self._helpline = HelplineNotifier(bot)
        self._outage_notifier = OutageNotifier(bot, database_outage, self._helpline)
        self._dead_letters = DeadLetterHandler(bot, database, database_outage, self._helpline)
        self._rate_limiter = RateLimiter()
        self._chat_locks: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    async def dispatch(self, raw: RawUpdate, *, can_defer: bool = False) -> bool:
        """Processes one raw update. False: the database is unavailable, so Telegram must deliver the update again.

        `can_defer`: see `take_update`. Raises `NewerRunError`.
        """
        try:
            update = self._parse(raw)
        except Exception as error:  # noqa: BLE001 - the library may raise anything for malformed JSON
            return await self._dead_letters.handle_unreadable(raw, error)
        if update is None:
            return True
        lock = self._chat_locks.setdefault(update.chat_id, asyncio.Lock())
        async with lock:
            is_committed = await self._handle(update, raw, can_defer=can_defer)
        if is_committed:
            self._rate_limiter.forget(update.update_id)
        return is_committed

    async def notify_unavailable(self, raw: RawUpdate) -> None:
        """Tells the sender, if necessary, that their update cannot be stored now. Telegram delivers it again."""
        try:
            update = self._parse(raw)
        except Exception:  # noqa: BLE001 - as above; it becomes a dead letter later
            return
        if update:
            await self._outage_notifier.notify(update)

    def _parse(self, raw: RawUpdate) -> IncomingUpdate | None:
        return parse_raw_update(raw, self._bot, self._bot.username, self._configured_coordinators)

    async def _handle(self, update: IncomingUpdate, raw: RawUpdate, *, can_defer: bool) -> bool:
        error = await self._process_with_retries(update, can_defer=can_defer)
        if isinstance(error, NewerRunError):
            raise error
        if error is None:
            return True
        if isinstance(error, StorageUnavailableError):
            self._database_outage.record_failure(error)
        elif await self._dead_letters.handle_failed(update, raw, error):
            return True
        metrics.DATABASE_OUTAGES.inc()
        await self._outage_notifier.notify(update)
        return False

    async def _process_with_retries(self, update: IncomingUpdate, *, can_defer: bool) -> Exception | None:
        """The last error, or None if the update was processed or refused by the rate limit."""
        decision = self._rate_limiter.check(update.chat_id, update.update_id)
        if decision is not RateDecision.ALLOW:
            return await self._handle_rate_limited(update, decision)
        last_error: Exception | None = None
        for _ in range(MAX_TURN_ATTEMPTS):
            try:
                await self._take_turn(update, can_defer=can_defer)
            except (StorageUnavailableError, NewerRunError) as error:
                return error
            except Exception as error:  # noqa: BLE001 - `_handle` distinguishes errors
                last_error = error
            else:
                return None
        return last_error

    async def _handle_rate_limited(self, update: IncomingUpdate, decision: RateDecision) -> Exception | None:
        """The update gets no turn, but words of distress are answered. Returns the error if the notice failed."""
        metrics.RATE_LIMITED_UPDATES.inc()
        await self._helpline.reply_to_distress(update)
        private_chat_id = update.private_chat_id
        if decision is RateDecision.NOTIFY and private_chat_id is not None:
            try:
                await self._database.run_in_thread(add_rate_limit_notice, private_chat_id)
            except Exception as error:  # noqa: BLE001 - `_handle` distinguishes errors
                return error
            self._sender.wake(private_chat_id)
        return None

    async def _take_turn(self, update: IncomingUpdate, *, can_defer: bool) -> None:
        """Raises whatever the turn raises: then nothing was stored."""
        started_at, take_update = time.perf_counter(), partial(turn.take_update, can_defer=can_defer)
        result = await self._database.run_grouped(take_update, update, datetime.now(UTC))
        if result is not None:  # otherwise nothing was written
            self._database_outage.record_recovery()
        if result and update.content == "blocked":
            self._sender.cancel(update.chat_id)
        self._sender.wake(update.chat_id, result.entry if result else None)
        _record_turn(update, result, time.perf_counter() - started_at)


def _record_turn(update: IncomingUpdate, result: turn.TurnResult | None, seconds: float) -> None:
    """One log line per turn, without anything personal."""
    reply = update.content if isinstance(update.content, str) else REPLY_LABELS[type(update.content)]
    if result is None:
        metrics.REPEATED_UPDATES.inc()
        log.info("update was already processed", reply=reply)
        return
    metrics.TURNS.labels(reply).inc()
    metrics.TURN_SECONDS.observe(seconds)
    log.info("turn", reply=reply, events=" ".join(result.event_kinds), step=result.step, ms=round(seconds * 1000, 1))
