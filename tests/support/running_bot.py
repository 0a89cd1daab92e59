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

from bot.app import run_bot
from bot.emulator import PREVIEW_TOKEN, TelegramEmulator
from bot.settings import Settings
from tests.support.deployments import Deployment, make_sqlite_deployment
from tests.support.phone import WAIT_TIMEOUT_SECONDS, Phone
from tests.support.walkers import Walker

PROBLEM_LEVELS = {"warning", "error", "critical"}


@dataclass(slots=True)
class WatchedLog:
    """What bots write into the log. A warning or an error there fails the test, unless the test allows it."""

    lines: list[Any]
    allowed_events: set[str] = field(default_factory=lambda: {"a new database was created"})  # most tests begin one

    def allow_events(self, *events: str) -> None:
        self.allowed_events.update(events)

    def find_lines(self, event: str) -> list[Any]:
        """The log's lines that begin so."""
        return [line for line in self.lines if line["event"].startswith(event)]


@dataclass(slots=True)
class RunningBot:
    """A bot that runs."""

    emulator: TelegramEmulator
    emulator_url: str
    deployment: Deployment
    watched_log: WatchedLog
    stop_event: asyncio.Event
    task: asyncio.Task[None]

    @property
    def log_lines(self) -> list[Any]:
        return self.watched_log.lines

    def allow_events(self, *events: str) -> None:
        self.watched_log.allow_events(*events)

    def find_log_lines(self, event: str) -> list[Any]:
        return self.watched_log.find_lines(event)

    def fetch_rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        return self.deployment.fetch_rows(query, *values)

    def execute_sql(self, query: str, *values: object) -> None:
        self.deployment.execute_sql(query, *values)

    async def wait_for_intake(self) -> None:
        """Waits until the look-alike's queue is empty: all is committed and confirmed."""
        updates = self.emulator.updates
        await wait_until(lambda: not updates.pending and (self.emulator.delivery or updates.poller))

    async def wait_for_delivery(self) -> None:
        """Waits until nothing is left to be said."""
        await self.wait_for_intake()
        await wait_until(lambda: not self.fetch_rows("select 1 from outbox_entries"))

    async def stop(self) -> None:
        self.stop_event.set()
        await self.task

    @asynccontextmanager
    async def start_another_worker(self, **more: Any) -> AsyncIterator["RunningBot"]:
        """Another worker on the same database, with the same log."""
        async with _start_bot(self.emulator, self.emulator_url, self.deployment, self.watched_log, **more) as another:
            yield another


async def wait_until(condition: Callable[[], object], seconds: float = WAIT_TIMEOUT_SECONDS) -> None:
    """Waits for what has no bell to ring: a queue, a file. What a phone shows is awaited with `Phone.until`."""
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def make_settings(url: str, deployment_or_file: Path | Deployment, **more: Any) -> Settings:
    """The settings of a bot that talks to a look-alike, and is run in this way; a file stands for SQLite in it."""
    deployment = (
        deployment_or_file if isinstance(deployment_or_file, Deployment) else make_sqlite_deployment(deployment_or_file)
    )
    settings = {"telegram_bot_token": PREVIEW_TOKEN, "telegram_api_url": url, "database_url": deployment.database_url}
    if "token" in more:
        settings["telegram_bot_token"] = more.pop("token")
    return Settings(_env_file=None, **(settings | dict(deployment.settings) | more))


@asynccontextmanager
async def running_bot(
    emulator: TelegramEmulator, url: str, deployment_or_file: Path | Deployment, **more: Any
) -> AsyncIterator[RunningBot]:
    """Runs the bot; stops it in order; fails where it wrote of trouble nobody expected, or left tasks behind."""
    deployment = (
        deployment_or_file if isinstance(deployment_or_file, Deployment) else make_sqlite_deployment(deployment_or_file)
    )
    tasks_before = asyncio.all_tasks()
    with watch_log() as watched:
        async with _start_bot(emulator, url, deployment, watched, **more) as bot:
            yield bot
        leftover_tasks = await find_leftover_tasks(tasks_before)
        assert not leftover_tasks, leftover_tasks


@asynccontextmanager
async def _start_bot(
    emulator: TelegramEmulator, url: str, deployment: Deployment, watched: WatchedLog, **more: Any
) -> AsyncIterator[RunningBot]:
    stopping = asyncio.Event()
    task = asyncio.create_task(run_bot(make_settings(url, deployment, **more), stopping), name="bot")
    bot = RunningBot(emulator, url, deployment, watched, stopping, task)
    try:
        yield bot
    finally:
        await bot.stop()


@contextmanager
def watch_log() -> Iterator[WatchedLog]:
    """Collects what is logged meanwhile; fails where that is trouble which nobody expected."""
    library_warnings = LibraryWarnings()
    logging.getLogger().addHandler(library_warnings)
    try:
        with structlog.testing.capture_logs() as log:
            watched = WatchedLog(log)
            yield watched
    finally:
        logging.getLogger().removeHandler(library_warnings)
    problems = [
        line for line in log if line["log_level"] in PROBLEM_LEVELS and line["event"] not in watched.allowed_events
    ]
    assert not problems, problems
    assert not library_warnings.lines, library_warnings.lines


class LibraryWarnings(logging.Handler):
    """Collects what libraries complain of, such as a task whose exception nobody looked at."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


async def find_leftover_tasks(tasks_before: set[asyncio.Task[Any]]) -> set[asyncio.Task[Any]]:
    """Tasks of the bot that still run. The look-alike's own, of open connections and deliveries, are not among them."""
    gc.collect()
    for _ in range(3):
        await asyncio.sleep(0)
    new_tasks = asyncio.all_tasks() - tasks_before - {asyncio.current_task()}
    return {task for task in new_tasks if not belongs_to_emulator(task)}


def belongs_to_emulator(task: asyncio.Task[Any]) -> bool:
    code = getattr(task.get_coro(), "cr_code", None)
    return code is not None and any(part in code.co_filename for part in ("uvicorn", "emulator"))


def fetch_rows(deployment_or_file: Path | Deployment, query: str, *values: object) -> list[tuple[Any, ...]]:
    """What stands in the database, read past our own code."""
    return (
        deployment_or_file if isinstance(deployment_or_file, Deployment) else make_sqlite_deployment(deployment_or_file)
    ).fetch_rows(query, *values)


def execute_sql(deployment_or_file: Path | Deployment, query: str, *values: object) -> None:
    """Changes the database behind the bot's back."""
    (
        deployment_or_file if isinstance(deployment_or_file, Deployment) else make_sqlite_deployment(deployment_or_file)
    ).execute_sql(query, *values)


async def bring_to_step(bot: RunningBot, phone: Phone, step: str) -> None:
    """Walks to this step, and waits until every message is delivered."""
    await Walker(phone).walk_to(step)
    await bot.wait_for_delivery()
