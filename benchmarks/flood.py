"""How much longer others wait while one person sends a hundred updates a second, with the flood control and without.

    python -m benchmarks.flood

20 people walk, 10 turns a second of all of them, against one bot on SQLite and the look-alike, all on this machine.
Waits are from a tap to the next question. The flood comes and goes, and each time with it is held against the one
before it, so that what else the machine does weighs on both alike. Fails where, with the control, others wait three
times as long.
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
ROUND_COUNT, ROUND_SECONDS = 3, 6.0
MAX_SLOWDOWN = 3.0


def run_without_rate_limit() -> None:
    """A worker for whom no flood is one."""
    rate_limit.MAX_BURST_UPDATES = 10**9
    run_bot_command()


async def send_flood(phone: Phone) -> None:
    pace = Pace(FLOOD_UPDATES_PER_SECOND)
    while True:
        await pace()
        phone.type_text("and another thing")


async def median_wait(crowd: Crowd) -> float:
    """The middle one of some seconds."""
    for person in crowd.walkers:
        person.wait_seconds.clear()
    await asyncio.sleep(ROUND_SECONDS)
    return median(wait_seconds for person in crowd.walkers for wait_seconds in person.wait_seconds)


async def wait_until_flood_is_over(emulator: TelegramEmulator, database_url: str) -> None:
    """Nothing of the flood is left: no update, and no word about one."""
    await wait_until(lambda: not emulator.updates.pending, 120)
    await wait_until(
        lambda: not fetch_rows(database_url, "SELECT 1 FROM outbox_entries WHERE chat_id = ?", FLOODER_ID), 120
    )


async def measure_slowdown(folder: Path, *, has_rate_limit: bool) -> float:
    """How many times as long others wait."""
    emulator, database_url = TelegramEmulator(), f"sqlite:///{folder / 'bot.db'}"
    users, flooder, pace = make_crowd(emulator, USER_COUNT, 60), Phone(emulator, FLOODER_ID), Pace(TURNS_PER_SECOND)
    for person in users.walkers:
        person.pace = pace
    waits_alone, waits_in_flood = [], []
    async with serve_emulator(emulator) as url:
        run = run_bot_command if has_rate_limit else run_without_rate_limit
        with run_workers(WorkerProcess(folder / "log", make_worker_environment(url, database_url), run)):
            async with run_in_background(users.walk(lambda: False)):
                await users.wait_for_walks(1)  # everything is warm
                for _ in range(ROUND_COUNT):
                    waits_alone.append(await median_wait(users))
                    async with run_in_background(send_flood(flooder)):
                        waits_in_flood.append(await median_wait(users))
                    await wait_until_flood_is_over(emulator, database_url)
    slowdown = median(
        in_flood / without_flood for in_flood, without_flood in zip(waits_in_flood, waits_alone, strict=True)
    )
    name = "with flood control" if has_rate_limit else "without flood control"
    description = f"{median(waits_alone) * 1000:.0f} ms alone, {median(waits_in_flood) * 1000:.0f} ms in a flood"
    print(f"{name}: {description}, {slowdown:.1f} times as long")
    return slowdown


async def main() -> int:
    slowdowns = {}
    for has_rate_limit in (True, False):
        with TemporaryDirectory() as folder:
            slowdowns[has_rate_limit] = await measure_slowdown(Path(folder), has_rate_limit=has_rate_limit)
    return 0 if slowdowns[True] <= MAX_SLOWDOWN else 1


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
