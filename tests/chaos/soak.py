"""A long, steady load, after which no resource should have grown. `make soak`: half an hour of 20 turns a second.

SOAK_MINUTES, SOAK_RATE (turns a second) and SOAK_ON (sqlite or postgresql) configure it.
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

from bot.emulator import TelegramEmulator, serve_emulator
from tests.chaos.resource_usage import ResourceSampler, ResourceUsage, run_worker_counting_tasks, summarise_samples
from tests.support.crowd import Crowd, make_crowd
from tests.support.pace import Pace
from tests.support.postgresql import create_migrated_database
from tests.support.running_bot import wait_until
from tests.support.worker_processes import WorkerProcess, make_worker_environment, run_workers
from tests.support.worker_setups import find_unexpected_log_lines

PATIENCE_SECONDS = 60.0
THINK_TIME_SECONDS = 4.0  # between two taps of one person, at least
# At first, Telegram is slow, so that the bot opens all its connections. They stay open: the HTTP client uses the one
# that was idle longest, so with a steady load none is idle long enough to be closed.
SLOW_CALL_SECONDS, SLOW_PHASE_SHARE = (
    1.0,
    0.02,
)  # the share is of the whole time, but at least two calls long
SAMPLE_COUNT = 180  # in total, but at most five a second and at least one in 10 seconds
CHECKED_METRICS = ("memory", "tasks", "files", "connections", "threads")


async def run_soak(
    folder: Path, database_url: str, seconds: float, rate: float, think_time_seconds: float = THINK_TIME_SECONDS
) -> ResourceUsage:
    """People walk again and again at this rate, with all checks of a crowd. Returns the bot's resources."""
    emulator, ends_at = TelegramEmulator(), time.monotonic() + seconds
    interval_seconds = min(max(seconds / SAMPLE_COUNT, 0.2), 10)
    crowd, pace = make_crowd(emulator, round(rate * think_time_seconds), PATIENCE_SECONDS), Pace(rate)
    for person in crowd.walkers:
        person.pace = pace
    async with serve_emulator(emulator) as url:
        worker = WorkerProcess(
            folder / "log",
            make_worker_environment(url, database_url),
            run_worker_counting_tasks,
            str(folder / "tasks"),
            interval_seconds,
        )
        with run_workers(worker):
            sampler = ResourceSampler(psutil.Process(worker.pid), folder / "tasks", database_url)
            async with asyncio.TaskGroup() as group:
                sampling_task = group.create_task(sampler.sample_every(interval_seconds))
                group.create_task(fill_connection_pool(emulator, crowd, sampler, seconds * SLOW_PHASE_SHARE))
                await crowd.walk(lambda: time.monotonic() > ends_at)
                sampling_task.cancel()
            await crowd.assert_finished(database_url)
    assert find_unexpected_log_lines([worker]) == []
    crowd.print_figures(turns=pace.count, **{"turns a second": round(pace.count / seconds, 1)})
    return summarise_samples(sampler.samples)


async def fill_connection_pool(
    emulator: TelegramEmulator, crowd: Crowd, sampler: ResourceSampler, seconds: float
) -> None:
    """Slows Telegram down until all connections are open. Drops the samples of that time except the first."""
    emulator.fault_injector = lambda *_: SLOW_CALL_SECONDS
    await wait_until(lambda: any(person.wait_seconds for person in crowd.walkers), PATIENCE_SECONDS)
    await asyncio.sleep(max(seconds, 2 * SLOW_CALL_SECONDS))
    emulator.fault_injector = None
    del sampler.samples[1:]


@contextmanager
def create_soak_database(kind: str, folder: Path) -> Iterator[str]:
    """The address of a new database of this kind."""
    if kind == "postgresql":
        with create_migrated_database() as address:
            yield address
    else:
        yield f"sqlite:///{folder / 'bot.db'}"


def main() -> int:
    minutes, rate = float(os.environ.get("SOAK_MINUTES", "30")), float(os.environ.get("SOAK_RATE", "20"))
    kind = os.environ.get("SOAK_ON", "sqlite")
    with tempfile.TemporaryDirectory() as name, create_soak_database(kind, Path(name)) as address:
        usage = asyncio.run(run_soak(Path(name), address, minutes * 60, rate))
    growing_metrics = usage.find_growth(*CHECKED_METRICS)
    print(usage.format_table())  # noqa: T201
    print(f"These grew: {', '.join(growing_metrics)}." if growing_metrics else "Nothing grew.")  # noqa: T201
    return 1 if growing_metrics else 0


if __name__ == "__main__":
    sys.exit(main())
