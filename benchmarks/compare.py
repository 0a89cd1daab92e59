"""Our bot beside its peers: CPU an update, updates a second, waits, memory, disk, start. One run, one walk for all.

    python -m benchmarks.compare [--rounds N] [--only NAME ...] [--json FILE]

Each bot runs in a process of its own; this one is Telegram and the people (benchmarks/town.py). The peers' libraries
are in an environment of their own: PEERS_PYTHON is its Python, with aiogram, aiogram-sqlite-storage,
pyTelegramBotAPI and python-telegram-bot in it.
"""

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]  # its types are a package of their own
from sqlalchemy.engine import URL

from benchmarks.town import TOKEN, Town, reached
from benchmarks.walk import Walk, recorded
from tests.bot.running import until
from tests.postgres import SECRET, address_of, new_database, postgresql

HOUSE = Path(__file__).parents[1]
AT_ONCE = 200  # people, each tapping as soon as asked
UPDATES = 6_000  # of a measurement
WARM = 600  # before it
PACE, PACED = 50, 1_500  # updates a second, and so many of them, for waits on a machine that isn't busy
RUNS = 5_000  # that wait half-way, for what one of them takes


@dataclass(frozen=True, slots=True)
class Peer:
    """A bot: how it is started, and what it keeps where."""

    name: str
    command: Sequence[str]
    more: Mapping[str, str] = field(default_factory=dict)
    on_postgresql: bool = False


OURS = [sys.executable, "-m", "bot", "run"]
THEIRS = os.environ.get("PEERS_PYTHON", str(HOUSE / ".peers" / "bin" / "python"))  # what they need is not ours


def peer(name: str, module: str, **more: str) -> Peer:
    return Peer(name, [THEIRS, str(HOUSE / "benchmarks" / "peers" / f"{module}.py")], more)


PEERS = {
    "ours": Peer("this bot, SQLite", OURS),
    "ours-postgresql": Peer("this bot, PostgreSQL", OURS, on_postgresql=True),
    "ptb": peer("python-telegram-bot, pickle", "python_telegram_bot"),
    "aiogram": peer("aiogram, memory", "aiogram_fsm"),
    "aiogram-sqlite": peer("aiogram, SQLite", "aiogram_fsm", KEEP="sqlite"),
    "telebot": peer("pyTelegramBotAPI, memory", "telebot_states"),
    "floor": peer("no framework, no database", "floor"),
}


@dataclass(slots=True)
class Figures:
    """What was measured of one bot in one round. CPU in ms an update, waits in ms, memory in MB, a run's in bytes."""

    cpu: float = 0.0
    a_second: float = 0.0
    p50: float = 0.0
    p99: float = 0.0
    start: float = 0.0
    at_rest: float = 0.0
    run_memory: float = 0.0
    run_disk: float = 0.0
    town: float = 0.0  # the measuring process's own CPU, ms an update


@dataclass(frozen=True, slots=True)
class Ground:
    """What all bots are measured on: the walk, and a PostgreSQL server."""

    walk: Walk
    server: URL


@asynccontextmanager
async def started(one: Peer, town: Town, ground: Ground, folder: Path) -> AsyncIterator[tuple[psutil.Process, float]]:
    """The bot, once it asks for updates; and the seconds that it took to start."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(reached(town))
        ground.walk.write(folder)
        given = {"API": address, "TOKEN": TOKEN, "TELEGRAM_API_URL": address, "TELEGRAM_BOT_TOKEN": TOKEN, **one.more}
        kept = f"sqlite:///{folder}/kept.db"
        if one.on_postgresql:
            kept = address_of(stack.enter_context(new_database(ground.server)))
        given |= {"DATABASE_URL": kept, "SECRET_KEY": SECRET, "LOG_LEVEL": "warning"}
        since = time.perf_counter()
        process = await _process(one, given, folder)
        stack.push_async_callback(_ended, process)
        async with asyncio.timeout(60):
            await town.polled.wait()
        yield psutil.Process(process.pid), time.perf_counter() - since


async def _process(one: Peer, given: Mapping[str, str], folder: Path) -> Process:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(HOUSE), **given}
    return await asyncio.create_subprocess_exec(*one.command, cwd=folder, env=environment, stdout=DEVNULL)


async def _ended(process: Process) -> None:
    process.terminate()
    await process.wait()


async def busy(one: Peer, ground: Ground, folder: Path) -> Figures:
    """So many people at once, each tapping as soon as asked."""
    town = Town(ground.walk.labels)
    async with started(one, town, ground, folder) as (process, took):
        rest = process.memory_full_info().uss / 1e6
        for _ in range(AT_ONCE):
            town.comes()
        await until(lambda: town.updates >= WARM, 120)
        before, cpu, own, since = town.updates, spent(process), time.process_time(), time.perf_counter()
        await until(lambda: town.updates >= before + UPDATES, 600)
        many, seconds = town.updates - before, time.perf_counter() - since
        return Figures(
            cpu=(spent(process) - cpu) * 1_000 / many,
            a_second=many / seconds,
            start=took,
            at_rest=rest,
            town=(time.process_time() - own) * 1_000 / many,
        )


async def paced(one: Peer, ground: Ground, folder: Path, figures: Figures) -> None:
    """At a pace that leaves the machine time: how long does a person wait for the next question?"""
    people = 50
    town = Town(ground.walk.labels, pause=people / PACE)
    async with started(one, town, ground, folder):
        for _ in range(people):
            town.comes()
            await asyncio.sleep(1 / PACE)
        await until(lambda: town.updates >= WARM, 120)
        town.waits.clear()
        await until(lambda: len(town.waits) >= PACED, 300)
        waits = sorted(town.waits)
    figures.p50, figures.p99 = (waits[int(len(waits) * part)] * 1_000 for part in (0.5, 0.99))


async def waiting(one: Peer, ground: Ground, folder: Path, figures: Figures) -> None:
    """What a run takes that waits half-way: in the process, and on the disk once the bot has ended."""
    half = len(ground.walk.places) // 2
    disks, town = list[int](), Town(ground.walk.labels, stops_at=half, most=RUNS + AT_ONCE)
    async with started(one, town, ground, folder) as (process, _):
        await _come(town, AT_ONCE, half)
        before = process.memory_full_info().uss
        disks.append(_disk(folder))
        await _come(town, RUNS, half)
        figures.run_memory = (process.memory_full_info().uss - before) / RUNS
    figures.run_disk = (_disk(folder) - disks[0]) / RUNS


async def _come(town: Town, many: int, half: int) -> None:
    wanted = len(town.waits) + many * (half + 1)
    for _ in range(many):
        town.comes()
    await until(lambda: len(town.waits) >= wanted, 600)


def spent(process: psutil.Process) -> float:
    """Seconds of CPU of this process and those it has started."""
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


def _disk(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("kept*"))


async def measured(one: Peer, ground: Ground) -> Figures:
    """All of it, each in a folder of its own."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second, TemporaryDirectory() as third:
        figures = await busy(one, ground, Path(first))
        await paced(one, ground, Path(second), figures)
        await waiting(one, ground, Path(third), figures)
    return figures


async def run(names: Sequence[str], rounds: int) -> dict[str, list[Figures]]:
    """Every bot, round after round: what troubles the machine troubles all of them."""
    found: dict[str, list[Figures]] = {name: [] for name in names}
    with TemporaryDirectory() as folder, postgresql(Path(folder) / "server") as server:
        ground = Ground(await recorded(Path(folder)), server)
        for number in range(rounds):
            for name in names:
                found[name].append(await measured(PEERS[name], ground))
                print(number + 1, name, found[name][-1], file=sys.stderr, flush=True)
    return found


def medians(of: Sequence[Figures]) -> dict[str, tuple[float, float, float]]:
    """Of each figure the median, the least and the most."""
    names = Figures.__slots__
    values = {name: sorted(float(getattr(one, name)) for one in of) for name in names}
    return {name: (statistics.median(each), each[0], each[-1]) for name, each in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=PEERS, default=list(PEERS))
    parser.add_argument("--json", type=Path)
    told = parser.parse_args()
    found = asyncio.run(run(told.only, told.rounds))
    table = {name: medians(each) for name, each in found.items()}
    for name, row in table.items():
        print(f"{PEERS[name].name:<28}", *(f"{figure} {row[figure][0]:.2f}" for figure in row))
    if told.json:
        told.json.write_text(json.dumps(table, indent=1), "utf-8")


if __name__ == "__main__":
    main()
