"""What a running bot does by the clock: says what was left unsaid, asks again after an outage, releases what is due,
erases what is over.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from bot.health import Health
from bot.logs import where
from bot.sender import Sender
from bot.turns import ask_again, expire
from storage.database import Database
from storage.faults import StorageAway
from storage.moments import last_well, well_now
from storage.outbox import LONGEST_KEPT
from storage.overdue import overdue
from storage.retention import purge
from storage.runs import in_the_middle
from storage.sealed.earlier import seal_earlier
from storage.sealed.releases import release_due

log = structlog.get_logger()
SWEEP, WELL, EXPIRY, RELEASING, ERASING = 2.0, 10.0, 60.0, 60.0, 3600.0  # seconds between two of each
OUTAGE = 150  # seconds that Telegram keeps a tap: after a longer silence taps are lost (core.telegram.org/bots/api)
MIDDLE = 3600  # seconds before the outage in which somebody was heard of who may have tapped during it
SLACK = 60  # seconds that turns may come after the bot was last noted as well
WELL_WITHIN = 45.0  # seconds: a long poll takes 25 at most


class Upkeep:
    """One worker's upkeep. Other workers do the same, and each thing may be done twice."""

    def __init__(self, database: Database, sender: Sender, health: Health, keep: timedelta, release_size: int) -> None:
        self._database = database
        self._sender = sender
        self._health = health
        self._keep = keep
        self._release_size = release_size
        self._well_at: float | None = None

    async def run(self) -> None:
        """Until it is cancelled. What fails is logged, and tried again the next time."""
        works = (
            (self._sweep, SWEEP),
            (self._well, WELL),
            (self._expire, EXPIRY),
            (self._release, RELEASING),
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

    async def _well(self) -> None:
        if self._health.silent_for > WELL_WITHIN:
            return
        gap, since = await self._database.hop(last_well)
        if self._well_at is not None:
            gap = min(gap, int(steady() - self._well_at))  # no longer than it was for us: a clock was set forward
        if gap > OUTAGE:
            await self._ask_again(since, gap)
        await self._database.hop(
            well_now
        )  # not before all were asked: cut off in between, they are asked the next time
        self._well_at = steady()

    async def _ask_again(self, since: int, gap: int) -> None:
        """The open question is asked again of those who were in the middle when we went away."""
        until = since + SLACK
        chats = await self._database.hop(in_the_middle, since - MIDDLE, until)
        asked = [await self._database.hop(ask_again, chat, datetime.fromtimestamp(until, UTC)) for chat in chats]
        log.info("back after an outage", seconds=gap, asked_again=sum(each is not None for each in asked))

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

    async def _erase(self) -> None:
        purged = await self._database.hop(partial(purge, now=datetime.now(UTC), keep=self._keep))
        log.info("erased what is over", runs=purged.runs, chats=purged.chats, set_aside=purged.set_aside)


def steady() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()
