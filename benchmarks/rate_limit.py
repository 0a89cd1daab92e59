"""Measures how much longer others wait while one chat floods the bot, with the rate limit and without it.

    python -m benchmarks.rate_limit

20 users walk at 10 turns per second in all, against one bot on SQLite and the emulator, all on this machine; the flood
is 100 updates per second. Waits are from a tap to the next question. Phases without and with the flood alternate, and
each is compared with the one before, so that other work on the machine affects both. Fails if, with the rate limit,
others wait three times as long.
"""

import asyncio
import sys
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bot.emulator import TelegramEmulator, serve_emulator
from bot.intake import rate_limit
from bot.runtime import run_in_background
from tests.support.crowd import Crowd, make_crowd
from tests.support.pace import Pace
from tests.support.phone import Phone
from tests.support.raw_sql import fetch_rows
from tests.support.running_bot import wait_until
from tests.support.worker_processes import WorkerProcess, make_worker_environment, run_bot_command, run_workers

USER_COUNT, TURNS_PER_SECOND = 20, 10
FLOODER_ID, FLOOD_UPDATES_PER_SECOND = 7, 100
ROUND_COUNT, PHASE_SECONDS = 3, 6.0
MAX_SLOWDOWN = 3.0


def run_without_rate_limit() -> None:
    """Runs a worker that never limits a chat."""
    rate_limit.MAX_BURST_UPDATES = 10**9
    run_bot_command()


async def send_flood(phone: Phone) -> None:
    pace = Pace(FLOOD_UPDATES_PER_SECOND)
    while True:
        await pace()
        phone.type_text("and another thing")


async def measure_median_wait(crowd: Crowd) -> float:
    """Returns the median wait of one phase in seconds."""
    for walker in crowd.walkers:
        walker.wait_seconds.clear()
    await asyncio.sleep(PHASE_SECONDS)
    return median(wait_seconds for walker in crowd.walkers for wait_seconds in walker.wait_seconds)


async def wait_until_flood_is_over(emulator: TelegramEmulator, database_url: str) -> None:
    """Waits until the flood's updates are handled and its outbox entry is sent."""
    await wait_until(lambda: not emulator.updates.pending, 120)
    query = "SELECT 1 FROM outbox_entries WHERE chat_id = ?"
    await wait_until(lambda: not fetch_rows(database_url, query, FLOODER_ID), 120)


async def measure_slowdown(folder: Path, *, has_rate_limit: bool) -> float:
    """Returns how many times as long others wait during a flood."""
    emulator, database_url = TelegramEmulator(), f"sqlite:///{folder / 'bot.db'}"
    crowd, pace = make_crowd(emulator, USER_COUNT, 60), Pace(TURNS_PER_SECOND)
    for walker in crowd.walkers:
        walker.pace = pace
    run = run_bot_command if has_rate_limit else run_without_rate_limit
    async with serve_emulator(emulator) as url:
        with run_workers(WorkerProcess(folder / "log", make_worker_environment(url, database_url), run)):
            waits = await measure_phases(emulator, crowd, database_url)
    slowdown = median(in_flood / alone for alone, in_flood in waits)
    alone_ms, in_flood_ms = (median(phase) * 1000 for phase in zip(*waits, strict=True))
    name = "with rate limit" if has_rate_limit else "without rate limit"
    print(f"{name}: {alone_ms:.0f} ms alone, {in_flood_ms:.0f} ms in a flood, {slowdown:.1f} times as long")
    return slowdown


async def measure_phases(emulator: TelegramEmulator, crowd: Crowd, database_url: str) -> list[tuple[float, float]]:
    """Returns the median waits without and with the flood, of each round."""
    flooder, waits = Phone(emulator, FLOODER_ID), list[tuple[float, float]]()
    async with run_in_background(crowd.walk(lambda: False)):
        await crowd.wait_for_runs(1)  # warms everything up
        for _ in range(ROUND_COUNT):
            alone = await measure_median_wait(crowd)
            async with run_in_background(send_flood(flooder)):
                waits.append((alone, await measure_median_wait(crowd)))
            await wait_until_flood_is_over(emulator, database_url)
    return waits


async def main() -> int:
    slowdowns = {}
    for has_rate_limit in (True, False):
        with TemporaryDirectory() as folder:
            slowdowns[has_rate_limit] = await measure_slowdown(Path(folder), has_rate_limit=has_rate_limit)
    return 0 if slowdowns[True] <= MAX_SLOWDOWN else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
