"""The running process: stopping in order, background tasks, the garbage collector, clocks."""

import asyncio
import gc
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

# Allocations between two collections of the youngest objects: a turn or two exceed Python's default of 700.
GC_THRESHOLD_OBJECTS = 10_000

Result = TypeVar("Result")


async def run_until_stopped(stop_event: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """The work's result. None, at once, if `stop_event` is set first: the work is cancelled."""
    work_task, stop_task = asyncio.create_task(work), asyncio.create_task(stop_event.wait())
    try:
        await asyncio.wait({work_task, stop_task}, return_when=asyncio.FIRST_COMPLETED)
        return work_task.result() if work_task.done() else None
    finally:
        work_task.cancel()
        stop_task.cancel()
        await asyncio.wait({work_task, stop_task})


@asynccontextmanager
async def run_in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the work concurrently with the block, and cancels it when the block ends."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def stop_on_signals(stop_event: asyncio.Event) -> None:
    """SIGTERM and SIGINT set the event."""
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop_event.set)


@contextmanager
def freeze_garbage_collector() -> Iterator[None]:
    """Exempts all objects that exist now (code, flows, texts) from garbage collection, until the block ends.

    Without this, half a million of them were examined several times a second, which took a quarter of the CPU and
    freed almost nothing.
    """
    if gc.get_freeze_count():  # an outer block has done it: several bots may run in one process
        yield
        return
    previous_threshold = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(GC_THRESHOLD_OBJECTS, *previous_threshold[1:])
    try:
        yield
    finally:
        gc.set_threshold(*previous_threshold)
        gc.unfreeze()


def read_steady_clock() -> float:
    """Seconds by a clock that cannot be set. It includes time asleep where the system has such a clock."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def measure_clock_offset(http_date: str | None, age_seconds: float = 0.0) -> float | None:
    """How many seconds this machine's clock is ahead of one that showed `http_date` `age_seconds` ago.

    None if `http_date` is not an HTTP date.
    """
    try:
        return time.time() - parsedate_to_datetime(http_date or "").timestamp() - age_seconds
    except ValueError:
        return None
