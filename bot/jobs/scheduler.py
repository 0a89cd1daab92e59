"""The bot's scheduled jobs: delivery of what waits, downtime, releases, the closing of campaigns, retention."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from bot.delivery.sender import Sender
from bot.health import Health
from bot.jobs.outages import DowntimeMonitor, expire_entries
from bot.logs import locate_error
from bot.telegram.http_client import AiohttpRequest
from storage.anonymity.releases import release_due_responses
from storage.conversations.outbox_backlog import MAX_ENTRY_AGE_SECONDS, find_overdue_chats
from storage.db.database import Database
from storage.errors import StorageUnavailableError
from storage.retention import close_expired_campaigns, delete_expired_data

DELIVERY_INTERVAL_SECONDS = 2.0
DOWNTIME_CHECK_INTERVAL_SECONDS = 10.0
EXPIRY_INTERVAL_SECONDS = 60.0
RELEASE_INTERVAL_SECONDS = 60.0
CLOSING_INTERVAL_SECONDS = 3600.0
PURGE_INTERVAL_SECONDS = 3600.0
DAY_SECONDS = 86_400

log = structlog.get_logger()


class Scheduler:
    """Runs the jobs of one worker. Other workers run the same ones, and each job may safely be done twice."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        health: Health,
        client: AiohttpRequest,
        *,
        retention: timedelta,
        release_size: int,
    ) -> None:
        self._database = database
        self._sender = sender
        self._health = health
        self._client = client
        self._retention = retention
        self._release_size = release_size
        self._downtime_monitor = DowntimeMonitor(database, health)

    async def run(self) -> None:
        """Runs until cancelled. A job that fails is logged and runs again at its next time."""
        jobs = (
            (self._deliver_pending, DELIVERY_INTERVAL_SECONDS),
            (self._downtime_monitor.check, DOWNTIME_CHECK_INTERVAL_SECONDS),
            (self._expire_entries, EXPIRY_INTERVAL_SECONDS),
            (self._release_responses, RELEASE_INTERVAL_SECONDS),
            (self._close_campaigns, CLOSING_INTERVAL_SECONDS),
            (self._purge, PURGE_INTERVAL_SECONDS),
        )
        async with asyncio.TaskGroup() as group:
            for job, seconds in jobs:
                group.create_task(self._run_every(seconds, job))

    async def _run_every(self, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await job()
            except StorageUnavailableError as error:
                self._health.database_outage.record_failure(error)
            except Exception as error:  # noqa: BLE001 - the bot goes on without this job until its next time
                log.error("scheduled job failed", error=type(error).__name__, where=locate_error(error))  # noqa: TRY400 - no traceback: it may quote what a person wrote
            await asyncio.sleep(seconds)

    async def _deliver_pending(self) -> None:
        """Delivers what other workers or earlier attempts left. During a database outage, probes the database instead:
        without updates, nothing else would notice that it is back.
        """
        if await self._health.database_outage.try_to_recover():
            await self._sender.catch_up()
            await self._database.run_in_thread(Database.retry_checkpoint)

    async def _expire_entries(self) -> None:
        """Deletes entries that could not be sent in time; the person gets a notice once Telegram is back."""
        before = int(time.time()) - MAX_ENTRY_AGE_SECONDS
        chat_ids = await self._database.run_in_thread(find_overdue_chats, before)
        for chat_id in chat_ids:
            await self._database.run_in_thread(expire_entries, chat_id, before)
        if chat_ids:
            log.warning("messages could not be sent within an hour and were deleted", chats=len(chat_ids))
        await self._health.measure_outbox()

    async def _release_responses(self) -> None:
        """Releases the waiting responses of campaigns that have enough of them, all together."""
        for release in await self._database.run_in_thread(release_due_responses, self._release_size):
            log.info("responses released", release=release.number, responses=release.response_count)

    async def _close_campaigns(self) -> None:
        """Closes campaigns after their last day, by Telegram's clock: closing cannot be undone."""
        offset_seconds = self._client.clock_offset_seconds or 0.0
        if abs(offset_seconds) > DAY_SECONDS:
            return  # `_purge` logs it
        today = (datetime.now(UTC) - timedelta(seconds=offset_seconds)).date()
        closed_count = await self._database.run_in_thread(partial(close_expired_campaigns, today=today))
        if closed_count:
            log.info("campaigns closed after their last day", campaigns=closed_count)

    async def _purge(self) -> None:
        """Deletes expired data, unless the clock is wrong: set far forward, it would make everything look expired."""
        offset_seconds = self._client.clock_offset_seconds or 0.0
        if abs(offset_seconds) > DAY_SECONDS:
            log.error(
                "the clock differs from Telegram's: nothing is deleted", days_ahead=round(offset_seconds / DAY_SECONDS)
            )
            return
        purged = await self._database.run_in_thread(
            partial(delete_expired_data, now=datetime.now(UTC), retention=self._retention)
        )
        log.info("expired data deleted", runs=purged.runs, chats=purged.chats, dead_letters=purged.dead_letters)
