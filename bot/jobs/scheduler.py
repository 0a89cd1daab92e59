"""What a running bot does by the clock: says what was left unsaid, looks for outages, releases what is due, closes
campaigns and erases what is over.
"""

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
from storage.conversations.backlog import MAX_ENTRY_AGE_SECONDS, find_overdue_chats
from storage.db.database import Database
from storage.errors import StorageUnavailableError
from storage.retention import close_expired_campaigns, delete_expired_data

log = structlog.get_logger()
DELIVERY_INTERVAL_SECONDS, DOWNTIME_CHECK_INTERVAL_SECONDS, EXPIRY_INTERVAL_SECONDS, RELEASE_INTERVAL_SECONDS = (
    2.0,
    10.0,
    60.0,
    60.0,
)  # seconds between two of each
CLOSING_INTERVAL_SECONDS = PURGE_INTERVAL_SECONDS = 3600.0
DAY_SECONDS = 86_400


class Scheduler:
    """One worker's upkeep. Other workers do the same, and each thing may be done twice."""

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
        """Until it is cancelled. What fails is logged, and tried again the next time."""
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
            except Exception as error:  # noqa: BLE001 - whatever it is, the bot goes on without it until the next time
                log.error("upkeep failed", error=type(error).__name__, where=locate_error(error))  # noqa: TRY400
            await asyncio.sleep(seconds)

    async def _deliver_pending(self) -> None:
        """Looks for what was left unsaid. While the database is away, looks for that instead: nobody may be writing."""
        if not await self._health.database_outage.is_ongoing():
            await self._sender.catch_up()
            await self._database.run_in_thread(Database.retry_checkpoint)

    async def _expire_entries(self) -> None:
        """What could not be said in time is erased; the person is told when Telegram is back."""
        before = int(time.time()) - MAX_ENTRY_AGE_SECONDS
        chat_ids = await self._database.run_in_thread(find_overdue_chats, before)
        for chat in chat_ids:
            await self._database.run_in_thread(expire_entries, chat, before)
        if chat_ids:
            log.warning("what could not be said within an hour was erased", chats=len(chat_ids))
        await self._health.measure_outbox()

    async def _release_responses(self) -> None:
        """Responses that enough others wait with become visible, all together."""
        for release in await self._database.run_in_thread(release_due_responses, self._release_size):
            log.info("responses were released", release=release.number, responses=release.response_count)

    async def _close_campaigns(self) -> None:
        """Campaigns whose last day is over, by Telegram's clock: it can't be undone."""
        offset_seconds = self._client.clock_offset_seconds or 0.0
        if abs(offset_seconds) > DAY_SECONDS:
            return  # as below, where it is told
        today = (datetime.now(UTC) - timedelta(seconds=offset_seconds)).date()
        closed = await self._database.run_in_thread(partial(close_expired_campaigns, today=today))
        if closed:
            log.info("campaigns whose last day is over were closed", campaigns=closed)

    async def _purge(self) -> None:
        """By a clock that is set far forward, all that people have begun would seem to be over."""
        offset_seconds = self._client.clock_offset_seconds or 0.0
        if abs(offset_seconds) > DAY_SECONDS:
            log.error(
                "the clock is not Telegram's, so nothing is erased", days_ahead=round(offset_seconds / DAY_SECONDS)
            )
            return
        purged = await self._database.run_in_thread(
            partial(delete_expired_data, now=datetime.now(UTC), retention=self._retention)
        )
        log.info("erased what is over", runs=purged.runs, chats=purged.chats, set_aside=purged.dead_letters)
