"""Ending in order: work that gives way when it is time to stop, and work that ends with what it was for."""

import asyncio
import gc
import signal
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from email.utils import parsedate_to_datetime
from typing import Any, TypeVar

Result = TypeVar("Result")


async def run_until_stopped(stop_event: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """What this gives, unless it is time to stop: then None, at once."""
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
    """Runs the work beside the block, and ends it with the block."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})


def stop_on_signals(stop_event: asyncio.Event) -> None:
    """SIGTERM and SIGINT end the bot in order."""
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop_event.set)


# @@DOC What is there once the bot is there stays there: Python's collector need not go through it again and again.
GC_THRESHOLD_OBJECTS = (
    10_000  # objects between two looks at the young ones; the collector's own 700 are made within a turn or two
)


@contextmanager
def freeze_garbage_collector() -> Iterator[None]:
    """Within, what stands in memory now is left out of every collection (`gc.freeze`): code, flows, words.

    Half a million objects were looked through several times a second, a quarter of the CPU, and hardly ever one of
    them was let go. Where that was seen to already, nothing is done: whoever did it runs more than a bot.
    """
    if gc.get_freeze_count():
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


# @@DOC Clocks: one that nobody sets, and how this machine's goes beside Telegram's.
def read_steady_clock() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def measure_clock_offset(http_date: str | None, age_seconds: float = 0.0) -> float | None:
    """Seconds that this machine's clock is ahead of one that showed this date (as HTTP writes it) so many seconds ago.
    None: it is no date.
    """
    try:
        return time.time() - parsedate_to_datetime(http_date or "").timestamp() - age_seconds
    except ValueError:
        return None
