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

from bot.emulator import PREVIEW_TOKEN, Lookalike, serving
from tests.support.bot_process import beside
from tests.support.phone import Phone
from tests.support.postgresql import SECRET, new_database, postgresql
from tests.support.walkers import Stroller

PEOPLE = int(sys.argv[1]) if len(sys.argv) > 1 else 100
WAYS = {
    "SQLite, polling": ("sqlite", 1, False),
    "PostgreSQL, polling": ("postgresql", 1, False),
    "PostgreSQL, webhook": ("postgresql", 1, True),
    "PostgreSQL, webhook, 3 workers": ("postgresql", 3, True),
}
FIRST_PORT = 18_431


@asynccontextmanager
async def workers(folder: Path, address: str, url: str, many: int, *, webhook: bool) -> AsyncIterator[list[int]]:
    """Runs the bot that often; gives the numbers of the processes."""
    settings = {"TELEGRAM_BOT_TOKEN": PREVIEW_TOKEN, "TELEGRAM_API_URL": url, "DATABASE_URL": address}
    settings |= {"SECRET_KEY": SECRET, "LOG_LEVEL": "warning"}
    async with AsyncExitStack() as stack:
        started = []
        for port in range(FIRST_PORT, FIRST_PORT + many):
            more = {"WEBHOOK_URL": f"http://127.0.0.1:{FIRST_PORT}/hook", "PORT": str(port)} if webhook else {}
            started.append(await stack.enter_async_context(beside(folder, "run", **settings, **more)))
        yield [process.pid for process in started]


def cpu(numbers: list[int]) -> float:
    """Seconds of CPU that these processes have used."""
    return sum(sum(psutil.Process(number).cpu_times()[:2]) for number in numbers)


async def measure(name: str, address: str, many: int, folder: Path, *, webhook: bool) -> None:
    lookalike = Lookalike()
    lookalike.setting_pause = 0
    if webhook:
        lookalike.spread = [f"http://127.0.0.1:{port}" for port in range(FIRST_PORT, FIRST_PORT + many)]
    random = Random(7)
    people = [
        Stroller(Phone(lookalike, number), Random(random.random()), lambda place: f"{place} in my words", 250)
        for number in range(1, PEOPLE + 1)
    ]
    async with serving(lookalike) as url, workers(folder, address, url, many, webhook=webhook) as numbers:
        await people[0].walk()  # all is up and warm
        first, spent, began = lookalike.updates.next_id, cpu(numbers), time.perf_counter()
        await asyncio.gather(*(person.walk() for person in people))
        seconds, taken = time.perf_counter() - began, lookalike.updates.next_id - first
        spent = cpu(numbers) - spent
    each, core = spent * 1000 / taken, taken / spent
    print(f"{name:32} {taken:6} updates {taken / seconds:5.0f}/s {each:6.2f} ms CPU each {core:5.0f}/s a core")


async def main() -> None:
    with TemporaryDirectory() as folder, postgresql(Path(folder) / "server") as server:
        for number, (name, (kind, many, webhook)) in enumerate(WAYS.items()):
            with new_database(server) as url:
                given = url.set(drivername="postgresql").render_as_string(hide_password=False)
                address = f"sqlite:///{folder}/{number}.db" if kind == "sqlite" else given
                await measure(name, address, many, Path(folder), webhook=webhook)


if __name__ == "__main__":
    asyncio.run(main())
