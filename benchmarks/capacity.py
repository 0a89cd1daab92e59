"""What one process takes: people walk at once, as fast as they are answered; the bot runs in processes of its own.

    python -m benchmarks.capacity [PEOPLE]

The look-alike and the people share this process, and are the limit where the machine has two cores: so the figure to
go by is the CPU of the bot an update (all its messages to Telegram included), and what one core would take by it.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]  # its types are a package of their own

from bot.emulator import PREVIEW_TOKEN, TelegramEmulator, serve_emulator
from tests.support.bot_process import run_in_background
from tests.support.phone import Phone
from tests.support.postgresql import TEST_SECRET_KEY, create_database, run_server
from tests.support.walkers import RandomWalker

USER_COUNT = int(sys.argv[1]) if len(sys.argv) > 1 else 100
CONFIGURATIONS = {
    "SQLite, polling": ("sqlite", 1, False),
    "PostgreSQL, polling": ("postgresql", 1, False),
    "PostgreSQL, webhook": ("postgresql", 1, True),
    "PostgreSQL, webhook, 3 workers": ("postgresql", 3, True),
}
FIRST_PORT = 18_431


@asynccontextmanager
async def run_workers(
    folder: Path, database_url: str, api_url: str, worker_count: int, *, webhook: bool
) -> AsyncIterator[list[int]]:
    """Runs the bot that often; gives the numbers of the processes."""
    settings = {"TELEGRAM_BOT_TOKEN": PREVIEW_TOKEN, "TELEGRAM_API_URL": api_url, "DATABASE_URL": database_url}
    settings |= {"SECRET_KEY": TEST_SECRET_KEY, "LOG_LEVEL": "warning"}
    async with AsyncExitStack() as stack:
        processes = []
        for port in range(FIRST_PORT, FIRST_PORT + worker_count):
            webhook_settings = (
                {"WEBHOOK_URL": f"http://127.0.0.1:{FIRST_PORT}/hook", "PORT": str(port)} if webhook else {}
            )
            processes.append(
                await stack.enter_async_context(run_in_background(folder, "run", **settings, **webhook_settings))
            )
        yield [process.pid for process in processes]


def used_cpu_seconds(process_ids: list[int]) -> float:
    """Seconds of CPU that these processes have used."""
    return sum(sum(psutil.Process(process_id).cpu_times()[:2]) for process_id in process_ids)


async def measure(name: str, database_url: str, worker_count: int, folder: Path, *, webhook: bool) -> None:
    emulator = TelegramEmulator()
    emulator.set_webhook_interval_seconds = 0
    if webhook:
        emulator.worker_urls = [f"http://127.0.0.1:{port}" for port in range(FIRST_PORT, FIRST_PORT + worker_count)]
    random = Random(7)
    people = [
        RandomWalker(Phone(emulator, number), Random(random.random()), lambda place: f"{place} in my words", 250)
        for number in range(1, USER_COUNT + 1)
    ]
    async with (
        serve_emulator(emulator) as api_url,
        run_workers(folder, database_url, api_url, worker_count, webhook=webhook) as process_ids,
    ):
        await people[0].walk()  # all is up and warm
        first_update_id, cpu_seconds, started_at = (
            emulator.updates.next_id,
            used_cpu_seconds(process_ids),
            time.perf_counter(),
        )
        await asyncio.gather(*(person.walk() for person in people))
        seconds, update_count = time.perf_counter() - started_at, emulator.updates.next_id - first_update_id
        cpu_seconds = used_cpu_seconds(process_ids) - cpu_seconds
    cpu_ms_per_update, updates_per_core_second = cpu_seconds * 1000 / update_count, update_count / cpu_seconds
    print(
        f"{name:32} {update_count:6} updates {update_count / seconds:5.0f}/s {cpu_ms_per_update:6.2f} ms CPU each {updates_per_core_second:5.0f}/s a core"
    )


async def main() -> None:
    with TemporaryDirectory() as folder, run_server(Path(folder) / "server") as server:
        for number, (name, (kind, worker_count, webhook)) in enumerate(CONFIGURATIONS.items()):
            with create_database(server) as url:
                postgresql_url = url.set(drivername="postgresql").render_as_string(hide_password=False)
                database_url = f"sqlite:///{folder}/{number}.db" if kind == "sqlite" else postgresql_url
                await measure(name, database_url, worker_count, Path(folder), webhook=webhook)


if __name__ == "__main__":
    asyncio.run(main())
