"""A long, steady load: does anything grow that should not? `make soak`: half an hour of 20 turns a second.

SOAK_MINUTES, SOAK_RATE (turns a second) and SOAK_ON (sqlite or postgresql) change what is done.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # its types are a package of their own

from bot.emulator import Lookalike, serving
from tests.chaos.resource_usage import Measures, Measuring, measures, work_and_count
from tests.support.crowd import Crowd, crowd
from tests.support.pace import Pace
from tests.support.postgresql import migrated
from tests.support.running_bot import until
from tests.support.worker_processes import Worker, settings_for, working
from tests.support.worker_setups import complaints

PATIENCE = 60.0
THOUGHT = 4.0  # seconds between two taps of one person, at least
# At first Telegram is slow, and all of the connections that the bot may have are made. They stay: the HTTP client takes
# the one that has rested longest, so that with steady work none ever rests long enough to be closed.
SLOW, FILLING = 1.0, 0.02  # seconds a call; that part of the time, but no less than two calls take
SAMPLES = 180  # in all; but not more often than five times a second, nor less than every 10 seconds
JUDGED = ("memory", "tasks", "files", "connections", "threads")


async def soak(folder: Path, address: str, seconds: float, rate: float, thought: float = THOUGHT) -> Measures:
    """People walk again and again at this rate; all laws of a walk hold. Gives what the bot held meanwhile."""
    lookalike, over = Lookalike(), time.monotonic() + seconds
    gap = min(max(seconds / SAMPLES, 0.2), 10)
    people, pace = crowd(lookalike, round(rate * thought), PATIENCE), Pace(rate)
    for person in people.people:
        person.pace = pace
    async with serving(lookalike) as url:
        worker = Worker(folder / "log", settings_for(url, address), work_and_count, str(folder / "tasks"), gap)
        with working(worker):
            measuring = Measuring(psutil.Process(worker.pid), folder / "tasks", address)
            async with asyncio.TaskGroup() as group:
                measured = group.create_task(measuring.every(gap))
                group.create_task(fill(lookalike, people, measuring, seconds * FILLING))
                await people.walk(lambda: time.monotonic() > over)
                measured.cancel()
            await people.finished(address)
    assert complaints([worker]) == []
    people.tell(turns=pace.given, **{"turns a second": round(pace.given / seconds, 1)})
    return measures(measuring.samples)


async def fill(lookalike: Lookalike, people: Crowd, measuring: Measuring, seconds: float) -> None:
    """Telegram is slow until all connections are there. Of the samples of that time only the first is kept."""
    lookalike.fault = lambda *_: SLOW
    await until(lambda: any(person.waits for person in people.people), PATIENCE)
    await asyncio.sleep(max(seconds, 2 * SLOW))
    lookalike.fault = None
    del measuring.samples[1:]


@contextmanager
def database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a new database of this kind."""
    if kind == "postgresql":
        with migrated() as address:
            yield address
    else:
        yield f"sqlite:///{folder / 'bot.db'}"


def main() -> int:
    minutes, rate = float(os.environ.get("SOAK_MINUTES", "30")), float(os.environ.get("SOAK_RATE", "20"))
    kind = os.environ.get("SOAK_ON", "sqlite")
    with tempfile.TemporaryDirectory() as name, database(kind, Path(name)) as address:
        held = asyncio.run(soak(Path(name), address, minutes * 60, rate))
    grown = held.grown(*JUDGED)
    print(held.table())  # noqa: T201
    print(f"These grew: {', '.join(grown)}." if grown else "Nothing grew.")  # noqa: T201
    return 1 if grown else 0


if __name__ == "__main__":
    sys.exit(main())
