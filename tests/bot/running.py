"""The real bot against the look-alike, inside the test's own event loop; what it wrote is read past its own code."""

import asyncio
import gc
import logging
import sqlite3
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from bot.app import serve
from bot.preview import PREVIEW_TOKEN, Lookalike
from bot.settings import Settings

WARNING = {"warning", "error", "critical"}


@dataclass(slots=True)
class Running:
    """A bot that runs. A warning or an error in its log fails the test, unless the test allows it."""

    lookalike: Lookalike
    file: Path
    stopping: asyncio.Event
    task: asyncio.Task[None]
    log: Sequence[Any]
    allowed: set[str] = field(default_factory=set)

    def allow(self, *events: str) -> None:
        self.allowed.update(events)

    def said(self, event: str) -> list[Any]:
        """The log's lines that begin so."""
        return [line for line in self.log if line["event"].startswith(event)]

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return rows(self.file, query, *values)

    async def took_in(self) -> None:
        """Waits until the look-alike's queue is empty: all is committed and confirmed."""
        updates = self.lookalike.updates
        await until(lambda: not updates.waiting and updates.poller is not None)

    async def said_all(self) -> None:
        """Waits until nothing is left to be said."""
        await self.took_in()
        await until(lambda: not self.rows("select 1 from outbox"))

    async def stop(self) -> None:
        self.stopping.set()
        await self.task


async def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Waits for what has no bell to ring: a queue, a file. What a phone shows is awaited with `Phone.until`."""
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def settings_for(url: str, file: Path, **more: Any) -> Settings:
    """The settings of a bot that talks to a look-alike and keeps its database in this file."""
    return Settings(
        _env_file=None,
        telegram_bot_token=more.pop("token", PREVIEW_TOKEN),
        telegram_api_url=url,
        database_url=f"sqlite:///{file}",
        **more,
    )


@asynccontextmanager
async def running(lookalike: Lookalike, url: str, file: Path) -> AsyncIterator[Running]:
    """Runs the bot; stops it in order; fails where it wrote of trouble nobody expected, or left tasks behind."""
    before = asyncio.all_tasks()
    stopping = asyncio.Event()
    complaints = Complaints()
    logging.getLogger().addHandler(complaints)
    try:
        with structlog.testing.capture_logs() as log:
            task = asyncio.create_task(serve(settings_for(url, file), stopping), name="bot")
            bot = Running(lookalike, file, stopping, task, log)
            try:
                yield bot
            finally:
                await bot.stop()
        left = await left_behind(before)
        assert not left, left
    finally:
        logging.getLogger().removeHandler(complaints)
    assert [line for line in log if line["log_level"] in WARNING and line["event"] not in bot.allowed] == []
    assert complaints.lines == []


class Complaints(logging.Handler):
    """Collects what libraries complain of, such as a task whose exception nobody looked at."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def left_behind(before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Tasks of the bot that still run. The look-alike's own, one for each open connection, are not among them."""
    gc.collect()
    for _ in range(3):
        await asyncio.sleep(0)
    new = asyncio.all_tasks() - before - {asyncio.current_task()}
    return {task for task in new if not any(part in repr(task.get_coro()) for part in ("uvicorn", "preview"))}


def rows(file: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What stands in the database, read with plain sqlite3."""
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=10)) as connection:
        return connection.execute(query, values).fetchall()


def change(file: Path, query: str, *values: object) -> None:
    """Changes the database behind the bot's back."""
    with closing(sqlite3.connect(file, timeout=10)) as connection, connection:
        connection.execute(query, values)
