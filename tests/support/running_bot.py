"""The real bot against the look-alike, inside the test's own event loop; what it wrote is read past its own code."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.app import serve
from bot.emulator import PREVIEW_TOKEN, Lookalike
from bot.settings import Settings
from tests.support.deployments import Way, on_file
from tests.support.phone import PATIENCE

WARNING = {"warning", "error", "critical"}


@dataclass(slots=True)
class Watched:
    """What bots write into the log. A warning or an error there fails the test, unless the test allows it."""

    log: list[Any]
    allowed: set[str] = field(default_factory=lambda: {"a new database is begun"})  # most tests begin one

    def allow(self, *events: str) -> None:
        self.allowed.update(events)

    def said(self, event: str) -> list[Any]:
        """The log's lines that begin so."""
        return [line for line in self.log if line["event"].startswith(event)]


@dataclass(slots=True)
class Running:
    """A bot that runs."""

    lookalike: Lookalike
    url: str
    way: Way
    watched: Watched
    stopping: asyncio.Event
    task: asyncio.Task[None]

    @property
    def log(self) -> list[Any]:
        return self.watched.log

    def allow(self, *events: str) -> None:
        self.watched.allow(*events)

    def said(self, event: str) -> list[Any]:
        return self.watched.said(event)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.way.rows(query, *values)

    def change(self, query: str, *values: object) -> None:
        self.way.change(query, *values)

    async def took_in(self) -> None:
        """Waits until the look-alike's queue is empty: all is committed and confirmed."""
        updates = self.lookalike.updates
        await until(lambda: not updates.waiting and (self.lookalike.delivery or updates.poller))

    async def said_all(self) -> None:
        """Waits until nothing is left to be said."""
        await self.took_in()
        await until(lambda: not self.rows("select 1 from outbox"))

    async def stop(self) -> None:
        self.stopping.set()
        await self.task

    @asynccontextmanager
    async def beside(self, **more: Any) -> AsyncIterator["Running"]:
        """Another worker on the same database, with the same log."""
        async with _started(self.lookalike, self.url, self.way, self.watched, **more) as another:
            yield another


async def until(holds: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Waits for what has no bell to ring: a queue, a file. What a phone shows is awaited with `Phone.until`."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def settings_for(url: str, kept: Path | Way, **more: Any) -> Settings:
    """The settings of a bot that talks to a look-alike, and is run in this way; a file stands for SQLite in it."""
    way = kept if isinstance(kept, Way) else on_file(kept)
    told = {"telegram_bot_token": PREVIEW_TOKEN, "telegram_api_url": url, "database_url": way.address}
    if "token" in more:
        told["telegram_bot_token"] = more.pop("token")
    return Settings(_env_file=None, **(told | dict(way.settings) | more))


@asynccontextmanager
async def running(lookalike: Lookalike, url: str, kept: Path | Way, **more: Any) -> AsyncIterator[Running]:
    """Runs the bot; stops it in order; fails where it wrote of trouble nobody expected, or left tasks behind."""
    way = kept if isinstance(kept, Way) else on_file(kept)
    before = asyncio.all_tasks()
    with watching() as watched:
        async with _started(lookalike, url, way, watched, **more) as bot:
            yield bot
        left = await left_behind(before)
        assert not left, left


@asynccontextmanager
async def _started(lookalike: Lookalike, url: str, way: Way, watched: Watched, **more: Any) -> AsyncIterator[Running]:
    stopping = asyncio.Event()
    task = asyncio.create_task(serve(settings_for(url, way, **more), stopping), name="bot")
    bot = Running(lookalike, url, way, watched, stopping, task)
    try:
        yield bot
    finally:
        await bot.stop()


@contextmanager
def watching() -> Iterator[Watched]:
    """Collects what is logged meanwhile; fails where that is trouble which nobody expected."""
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    try:
        with structlog.testing.capture_logs() as log:
            watched = Watched(log)
            yield watched
    finally:
        logging.getLogger().removeHandler(complaints)
    trouble = [line for line in log if line["log_level"] in WARNING and line["event"] not in watched.allowed]
    assert not trouble, trouble
    assert not complaints.lines, complaints.lines


class Complaints(logging.Handler):
    """Collects what libraries complain of, such as a task whose exception nobody looked at."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def left_behind(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Tasks of the bot that still run. The look-alike's own, of open connections and deliveries, are not among them."""
    gc.collect()
    for _ in range(3):
        await asyncio.sleep(0)
    new = asyncio.all_tasks() - before - {asyncio.current_task()}
    return {task for task in new if not is_of_the_lookalike(task)}


def is_of_the_lookalike(task: asyncio.Task[Any]) -> bool:
    place = getattr(task.get_coro(), "cr_code", None)
    return place is not None and any(part in place.co_filename for part in ("uvicorn", "preview"))


def rows(kept: Path | Way, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What stands in the database, read past our own code."""
    return (kept if isinstance(kept, Way) else on_file(kept)).rows(query, *values)


def change(kept: Path | Way, query: str, *values: object) -> None:
    """Changes the database behind the bot's back."""
    (kept if isinstance(kept, Way) else on_file(kept)).change(query, *values)
