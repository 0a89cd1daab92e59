"""What one process of the bot holds: measured from outside, and its tasks from inside."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import median

import psutil  # type: ignore[import-untyped]  # its types are a package of their own
from sqlalchemy.engine import make_url

from bot.app import serve
from bot.logs import set_up_logs
from bot.runtime import beside, stop_on_signals
from bot.settings import Settings, read_settings
from storage.db.url import SQLITE
from tests.support.raw_sql import rows
from tests.support.running_bot import until

COMING_UP = 60  # seconds that a start may take on a busy machine
WARM_UP = 0.1  # of all samples
MORE_MEMORY = 1.05  # times what there was after the warm-up
MORE = 5  # things: some moments are busier than others


@dataclass(frozen=True, slots=True)
class Sample:
    """What the bot holds at one moment. `database`: bytes; it grows with what is kept, and is not judged."""

    at: float
    memory: int
    tasks: int
    files: int
    connections: int
    threads: int
    database: int


NAMES = [field.name for field in fields(Sample)][1:]


@dataclass(frozen=True, slots=True)
class Measures:
    """What was held at the start, right after the warm-up and at the end.

    Of memory and bytes the middle of some samples; of all else the least: what leaked is there at every moment, what
    the work of the moment needs is not.
    """

    start: dict[str, float]
    warm: dict[str, float]
    end: dict[str, float]

    def grown(self, *names: str) -> list[str]:
        """Which of these grew."""
        return [name for name in names if self.end[name] > self.most(name)]

    def most(self, name: str) -> float:
        return self.warm[name] * MORE_MEMORY if name == "memory" else self.warm[name] + MORE

    def table(self) -> str:
        lines = [f"{'':12}{'start':>14}{'after warm-up':>16}{'end':>14}"]
        lines += [
            f"{name:12}{self.start[name]:14,.0f}{self.warm[name]:16,.0f}{self.end[name]:14,.0f}" for name in NAMES
        ]
        return "\n".join(lines)


def measures(samples: Sequence[Sample]) -> Measures:
    part = max(round(len(samples) * WARM_UP), 1)
    return Measures(_held(samples[:1]), _held(samples[part : 2 * part]), _held(samples[-part:]))


def _held(samples: Sequence[Sample]) -> dict[str, float]:
    typical: dict[str, Callable[[list[int]], float]] = {"memory": median, "database": median}
    return {name: typical.get(name, min)([getattr(sample, name) for sample in samples]) for name in NAMES}


class Measuring:
    """Takes samples of a process that `work_and_count` runs in."""

    def __init__(self, process: psutil.Process, counted: Path, address: str) -> None:
        self.process = process
        self.counted = counted
        self.address = address
        self.samples: list[Sample] = []

    async def every(self, seconds: float) -> None:
        await until(lambda: self.counted.exists() and self.counted.read_text(), COMING_UP)
        while True:
            self.samples.append(self.sample())
            await asyncio.sleep(seconds)

    def sample(self) -> Sample:
        with self.process.oneshot():
            return Sample(
                at=time.time(),
                memory=self.process.memory_info().rss,
                tasks=int(self.counted.read_text().split()[-1]),
                files=self.process.num_fds(),
                connections=len(self.process.net_connections("all")),
                threads=self.process.num_threads(),
                database=size_of(self.address),
            )


def size_of(address: str) -> int:
    """The bytes that the database takes on the disk."""
    url = make_url(address)
    if url.get_backend_name() == SQLITE:
        file = Path(url.database or "")
        return sum(part.stat().st_size for part in file.parent.glob(f"{file.name}*"))
    return int(rows(address, "SELECT pg_database_size(current_database())")[0][0])


def work_and_count(counted: str, seconds: float) -> None:
    """What an operator's worker does; the number of its tasks goes to this file, one line each time."""
    settings = read_settings()
    set_up_logs(settings)
    asyncio.run(_work(settings, Path(counted), seconds))


async def _work(settings: Settings, counted: Path, seconds: float) -> None:
    stopping = asyncio.Event()
    stop_on_signals(stopping)
    async with beside(_count(counted, seconds)):
        await serve(settings, stopping)


async def _count(counted: Path, seconds: float) -> None:
    while True:
        with counted.open("a") as file:
            file.write(f"{len(asyncio.all_tasks())}\n")
        await asyncio.sleep(seconds)
