"""The resources of one process of the bot: measured from outside, and its tasks from inside."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]  # its types are a package of their own
from sqlalchemy.engine import make_url

from bot.app import run_bot
from bot.logs import configure_logging
from bot.runtime import run_in_background, stop_on_signals
from bot.settings import Settings, read_settings
from storage.db.url import SQLITE
from tests.support.raw_sql import fetch_rows
from tests.support.running_bot import wait_until

STARTUP_TIMEOUT_SECONDS = 60  # a start on a busy machine
WARM_UP_SHARE = 0.1  # of all samples
MAX_MEMORY_GROWTH_FACTOR = 1.05  # compared with the level after the warm-up
MAX_COUNT_GROWTH = 5  # normal variation between samples


@dataclass(frozen=True, slots=True)
class Sample:
    """The bot's resources at one moment: memory and database in bytes. The database may grow, so it is not checked."""

    taken_at: float
    memory: int
    tasks: int
    files: int
    connections: int
    threads: int
    database: int


METRIC_NAMES = [field.name for field in fields(Sample)][1:]


@dataclass(frozen=True, slots=True)
class ResourceUsage:
    """The resources at the start, right after the warm-up and at the end.

    Of memory and database, the median of several samples; of everything else the minimum, as leaked resources are in
    each sample and those in use come and go.
    """

    start: dict[str, float]
    after_warm_up: dict[str, float]
    end: dict[str, float]

    def find_growth(self, *names: str) -> list[str]:
        """The names of those resources that grew beyond their limit."""
        return [name for name in names if self.end[name] > self.compute_limit(name)]

    def compute_limit(self, name: str) -> float:
        return (
            self.after_warm_up[name] * MAX_MEMORY_GROWTH_FACTOR
            if name == "memory"
            else self.after_warm_up[name] + MAX_COUNT_GROWTH
        )

    def format_table(self) -> str:
        lines = [f"{'':12}{'start':>14}{'after warm-up':>16}{'end':>14}"]
        lines += [
            f"{name:12}{self.start[name]:14,.0f}{self.after_warm_up[name]:16,.0f}{self.end[name]:14,.0f}"
            for name in METRIC_NAMES
        ]
        return "\n".join(lines)


def summarise_samples(samples: Sequence[Sample]) -> ResourceUsage:
    part = max(round(len(samples) * WARM_UP_SHARE), 1)
    return ResourceUsage(
        _compute_typical_values(samples[:1]),
        _compute_typical_values(samples[part : 2 * part]),
        _compute_typical_values(samples[-part:]),
    )


def _compute_typical_values(samples: Sequence[Sample]) -> dict[str, float]:
    typical: dict[str, Callable[[list[int]], float]] = {"memory": median, "database": median}
    return {name: typical.get(name, min)([getattr(sample, name) for sample in samples]) for name in METRIC_NAMES}


class ResourceSampler:
    """Takes samples of a process that runs `run_worker_counting_tasks`."""

    def __init__(self, process: psutil.Process, task_count_file: Path, database_url: str) -> None:
        self.process = process
        self.task_count_file = task_count_file
        self.database_url = database_url
        self.samples: list[Sample] = []

    async def sample_every(self, seconds: float) -> None:
        await wait_until(
            lambda: self.task_count_file.exists() and self.task_count_file.read_text(), STARTUP_TIMEOUT_SECONDS
        )
        while True:
            self.samples.append(self.take_sample())
            await asyncio.sleep(seconds)

    def take_sample(self) -> Sample:
        with self.process.oneshot():
            return Sample(
                taken_at=time.time(),
                memory=self.process.memory_info().rss,
                tasks=int(self.task_count_file.read_text().split()[-1]),
                files=self.process.num_fds(),
                connections=len(self.process.net_connections("all")),
                threads=self.process.num_threads(),
                database=measure_database_bytes(self.database_url),
            )


def measure_database_bytes(database_url: str) -> int:
    """The size of the database on disk in bytes."""
    url = make_url(database_url)
    if url.get_backend_name() == SQLITE:
        file = Path(url.database or "")
        return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))
    return int(fetch_rows(database_url, "SELECT pg_database_size(current_database())")[0][0])


def run_worker_counting_tasks(task_count_file: str, seconds: float) -> None:
    """Runs a worker as an operator does, and appends its number of tasks to this file at this interval."""
    settings = read_settings()
    configure_logging(settings)
    asyncio.run(_run_worker(settings, Path(task_count_file), seconds))


async def _run_worker(settings: Settings, task_count_file: Path, seconds: float) -> None:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    async with run_in_background(_record_task_counts(task_count_file, seconds)):
        await run_bot(settings, stopping)


async def _record_task_counts(task_count_file: Path, seconds: float) -> None:
    while True:
        with task_count_file.open("a") as file:
            file.write(f"{len(asyncio.all_tasks())}\n")
        await asyncio.sleep(seconds)
