"""One bot in a process of its own, measured: CPU, throughput, waits, memory, disk, start."""

import asyncio
import os
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
from benchmarks.walk import Walk
from tests.support.postgresql import SECRET, address_of, new_database
from tests.support.running_bot import until

HOUSE = Path(__file__).parents[1]
AT_ONCE = 200  # people, each tapping as soon as asked
UPDATES = 2_500  # of a measurement
WARM = 600  # before it
PACE, PACED = 50, 750  # updates a second, and so many of them, for waits on a machine that isn't busy
RUNS = 800  # that wait half-way, for what one of them takes


@dataclass(frozen=True, slots=True)
class Peer:
    """A bot: how it is started, and what it keeps where."""

    name: str
    command: Sequence[str]
    more: Mapping[str, str] = field(default_factory=dict)
    on_postgresql: bool = False


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
    return await asyncio.create_subprocess_exec(
        *one.command, cwd=folder, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )


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
        await until(lambda: town.updates >= people * 4, 120)
        town.waits.clear()
        await until(lambda: len(town.waits) >= PACED, 300)
        waits = sorted(town.waits)
    figures.p50, figures.p99 = (waits[int(len(waits) * part)] * 1_000 for part in (0.5, 0.99))


async def waiting(one: Peer, ground: Ground, folder: Path, figures: Figures) -> None:
    """What a run takes that waits half-way: in the process, once it is warm; on the disk, once the bot has ended."""
    half = len(ground.walk.places) // 2
    disks, town = list[int](), Town(ground.walk.labels, stops_at=half)
    for many in (0, RUNS):
        town.polled.clear()
        async with started(one, town, ground, folder) as (process, _):
            await _come(town, AT_ONCE, half)
            before = process.memory_full_info().uss
            await _come(town, many, half)
            figures.run_memory = (process.memory_full_info().uss - before) / RUNS
        disks.append(_disk(folder))
    figures.run_disk = (disks[1] - disks[0]) / (RUNS + AT_ONCE)


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
