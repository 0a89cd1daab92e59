"""Measures what one bot process can take: simulated users walk at once and as fast as they are answered.

    python -m benchmarks.capacity [USERS]

The emulator and the users share this process, and are the bottleneck on a machine with two cores. The figures to go by
are therefore the bot's CPU per update, all its messages included, and the updates per second that follow for one core.
"""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]  # its types are a separate package

from bot.emulator import PREVIEW_TOKEN, TelegramEmulator, serve_emulator
from tests.support.bot_process import run_in_background
from tests.support.phone import Phone
from tests.support.postgresql import TEST_SECRET_KEY, create_database, render_url, run_server
from tests.support.walkers import RandomWalker

DEFAULT_USERS = 100
PATIENCE_SECONDS = 250  # after which a user without an answer taps again
FIRST_PORT = 18_431


@dataclass(frozen=True, slots=True)
class Configuration:
    """A deployment of the bot."""

    name: str
    uses_postgresql: bool = False
    uses_webhook: bool = False
    worker_count: int = 1

    @property
    def ports(self) -> range:
        return range(FIRST_PORT, FIRST_PORT + self.worker_count)


CONFIGURATIONS = (
    Configuration("SQLite, polling"),
    Configuration("PostgreSQL, polling", uses_postgresql=True),
    Configuration("PostgreSQL, webhook", uses_postgresql=True, uses_webhook=True),
    Configuration("PostgreSQL, webhook, 3 workers", uses_postgresql=True, uses_webhook=True, worker_count=3),
)


@asynccontextmanager
async def run_workers(
    folder: Path, configuration: Configuration, database_url: str, api_url: str
) -> AsyncIterator[list[int]]:
    """Runs the bot's workers; yields their process ids."""
    settings = {"TELEGRAM_BOT_TOKEN": PREVIEW_TOKEN, "TELEGRAM_API_URL": api_url, "DATABASE_URL": database_url}
    settings |= {"SECRET_KEY": TEST_SECRET_KEY, "LOG_LEVEL": "warning"}
    if configuration.uses_webhook:
        settings["WEBHOOK_URL"] = f"http://127.0.0.1:{FIRST_PORT}/hook"
    async with AsyncExitStack() as stack:
        processes = []
        for port in configuration.ports:
            port_settings = {"PORT": str(port)} if configuration.uses_webhook else {}
            process = run_in_background(folder, "run", **settings, **port_settings)
            processes.append(await stack.enter_async_context(process))
        yield [process.pid for process in processes]


def used_cpu_seconds(process_ids: list[int]) -> float:
    return sum(sum(psutil.Process(process_id).cpu_times()[:2]) for process_id in process_ids)


async def measure(configuration: Configuration, database_url: str, user_count: int, folder: Path) -> None:
    """Prints the figures of one configuration."""
    emulator = TelegramEmulator()
    emulator.set_webhook_interval_seconds = 0
    if configuration.uses_webhook:
        emulator.worker_urls = [f"http://127.0.0.1:{port}" for port in configuration.ports]
    users = make_users(emulator, user_count)
    async with (
        serve_emulator(emulator) as api_url,
        run_workers(folder, configuration, database_url, api_url) as process_ids,
    ):
        await users[0].walk()  # warms everything up
        first_update_id, cpu_before = emulator.updates.next_id, used_cpu_seconds(process_ids)
        started_at = time.perf_counter()
        await asyncio.gather(*(user.walk() for user in users))
        seconds, update_count = time.perf_counter() - started_at, emulator.updates.next_id - first_update_id
        cpu_seconds = used_cpu_seconds(process_ids) - cpu_before
    print(
        f"{configuration.name:32} {update_count:6} updates {update_count / seconds:5.0f}/s "
        f"{cpu_seconds * 1000 / update_count:6.2f} ms CPU per update {update_count / cpu_seconds:5.0f}/s per core"
    )


def make_users(emulator: TelegramEmulator, user_count: int) -> list[RandomWalker]:
    random = Random(7)
    return [
        RandomWalker(
            Phone(emulator, number), Random(random.random()), lambda step: f"{step} in my words", PATIENCE_SECONDS
        )
        for number in range(1, user_count + 1)
    ]


async def main() -> None:
    user_count = int(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_USERS
    with TemporaryDirectory() as folder, run_server(Path(folder) / "server") as server:
        for number, configuration in enumerate(CONFIGURATIONS):
            with create_database(server) as url:
                sqlite_url = f"sqlite:///{folder}/{number}.db"
                database_url = render_url(url) if configuration.uses_postgresql else sqlite_url
                await measure(configuration, database_url, user_count, Path(folder))


if __name__ == "__main__":
    asyncio.run(main())
