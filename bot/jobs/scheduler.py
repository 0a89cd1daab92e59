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
from bot.jobs.outages import Outages, expire
from bot.logs import where
from bot.telegram.http_client import AioRequest
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import seal_earlier
from storage.conversations.outbox import LONGEST_KEPT, overdue
from storage.db.database import Database
from storage.errors import StorageAway
from storage.retention import close_over, purge

log = structlog.get_logger()
SWEEP, WELL, EXPIRY, RELEASING = 2.0, 10.0, 60.0, 60.0  # seconds between two of each
CLOSING = ERASING = 3600.0
A_DAY = 86_400


class Upkeep:
    """One worker's upkeep. Other workers do the same, and each thing may be done twice."""

    def __init__(
        self,
        database: Database,
        sender: Sender,
        health: Health,
        client: AioRequest,
        *,
        keep: timedelta,
        release_size: int,
    ) -> None:
        self._database = database
        self._sender = sender
        self._health = health
        self._client = client
        self._keep = keep
        self._release_size = release_size
        self._outages = Outages(database, health)

    async def run(self) -> None:
        """Until it is cancelled. What fails is logged, and tried again the next time."""
        works = (
            (self._sweep, SWEEP),
            (self._outages.look, WELL),
            (self._expire, EXPIRY),
            (self._release, RELEASING),
            (self._close, CLOSING),
            (self._erase, ERASING),
        )
        async with asyncio.TaskGroup() as group:
            for work, seconds in works:
                group.create_task(self._every(seconds, work))

    async def _every(self, seconds: float, work: Callable[[], Awaitable[None]]) -> None:
        while True:
            try:
                await work()
            except StorageAway as fault:
                self._health.absence.noticed(fault)
            except Exception as fault:  # noqa: BLE001 - whatever it is, the bot goes on without it until the next time
                log.error("upkeep failed", error=type(fault).__name__, where=where(fault))  # noqa: TRY400
            await asyncio.sleep(seconds)

    async def _sweep(self) -> None:
        """Looks for what was left unsaid. While the database is away, looks for that instead: nobody may be writing."""
        if not await self._health.absence.lasts():
            await self._sender.catch_up()
            await self._database.hop(Database.settle_owed)

    async def _expire(self) -> None:
        """What could not be said in time is erased; the person is told when Telegram is back."""
        before = int(time.time()) - LONGEST_KEPT
        chats = await self._database.hop(overdue, before)
        for chat in chats:
            await self._database.hop(expire, chat, before)
        if chats:
            log.warning("what could not be said within an hour was erased", chats=len(chats))
        await self._health.count_unsaid()

    async def _release(self) -> None:
        """Responses that enough others wait with become visible, all together."""
        await self._database.hop(seal_earlier)
        for one in await self._database.hop(release_due, self._release_size):
            log.info("responses were released", release=one.number, responses=one.responses)

    async def _close(self) -> None:
        """Campaigns whose last day is over, by Telegram's clock: it can't be undone."""
        ahead = self._client.clock_ahead or 0.0
        if abs(ahead) > A_DAY:
            return  # as below, where it is told
        today = (datetime.now(UTC) - timedelta(seconds=ahead)).date()
        closed = await self._database.hop(partial(close_over, today=today))
        if closed:
            log.info("campaigns whose last day is over were closed", campaigns=closed)

    async def _erase(self) -> None:
        """By a clock that is set far forward, all that people have begun would seem to be over."""
        ahead = self._client.clock_ahead or 0.0
        if abs(ahead) > A_DAY:
            log.error("the clock is not Telegram's, so nothing is erased", days_ahead=round(ahead / A_DAY))
            return
        purged = await self._database.hop(partial(purge, now=datetime.now(UTC), keep=self._keep))
        log.info("erased what is over", runs=purged.runs, chats=purged.chats, set_aside=purged.set_aside)
