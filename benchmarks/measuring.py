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

from benchmarks.town import BENCHMARK_TOKEN, SimulatedTelegram, serve_bot_api
from benchmarks.walk import RecordedWalk
from tests.support.postgresql import TEST_SECRET_KEY, create_database, render_url
from tests.support.running_bot import wait_until

PROJECT_FOLDER = Path(__file__).parents[1]
CONCURRENT_USERS = 200  # people, each tapping as soon as asked
MEASURED_UPDATES = 2_500  # of a measurement
WARMUP_UPDATES = 600  # before it
UPDATES_PER_SECOND, PACED_UPDATES = (
    50,
    750,
)  # updates a second, and so many of them, for waits on a machine that isn't busy
WAITING_RUNS = 800  # that wait half-way, for what one of them takes


@dataclass(frozen=True, slots=True)
class Peer:
    """A bot: how it is started, and what it keeps where."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    uses_postgresql: bool = False


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
class Conditions:
    """What all bots are measured on: the walk, and a PostgreSQL server."""

    walk: RecordedWalk
    postgresql_url: URL


@asynccontextmanager
async def start_peer(
    peer: Peer, telegram: SimulatedTelegram, conditions: Conditions, folder: Path
) -> AsyncIterator[tuple[psutil.Process, float]]:
    """The bot, once it asks for updates; and the seconds that it took to start."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serve_bot_api(telegram))
        conditions.walk.write(folder)
        environment = {
            "API": address,
            "TOKEN": BENCHMARK_TOKEN,
            "TELEGRAM_API_URL": address,
            "TELEGRAM_BOT_TOKEN": BENCHMARK_TOKEN,
            **peer.environment,
        }
        database_url = f"sqlite:///{folder}/kept.db"
        if peer.uses_postgresql:
            database_url = render_url(stack.enter_context(create_database(conditions.postgresql_url)))
        environment |= {"DATABASE_URL": database_url, "SECRET_KEY": TEST_SECRET_KEY, "LOG_LEVEL": "warning"}
        started_at = time.perf_counter()
        process = await _start_process(peer, environment, folder)
        stack.push_async_callback(_stop_process, process)
        async with asyncio.timeout(60):
            await telegram.poll_received.wait()
        yield psutil.Process(process.pid), time.perf_counter() - started_at


async def _start_process(peer: Peer, settings: Mapping[str, str], folder: Path) -> Process:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(PROJECT_FOLDER), **settings}
    return await asyncio.create_subprocess_exec(
        *peer.command, cwd=folder, env=environment, stdout=DEVNULL, stderr=DEVNULL
    )


async def _stop_process(process: Process) -> None:
    process.terminate()
    await process.wait()


async def measure_busy(peer: Peer, conditions: Conditions, folder: Path) -> Figures:
    """So many people at once, each tapping as soon as asked."""
    telegram = SimulatedTelegram(conditions.walk.labels)
    async with start_peer(peer, telegram, conditions, folder) as (process, start_seconds):
        idle_megabytes = process.memory_full_info().uss / 1e6
        for _ in range(CONCURRENT_USERS):
            telegram.start_user()
        await wait_until(lambda: telegram.update_count >= WARMUP_UPDATES, 120)
        updates_before, cpu_before, own_cpu_before, started_at = (
            telegram.update_count,
            used_cpu_seconds(process),
            time.process_time(),
            time.perf_counter(),
        )
        await wait_until(lambda: telegram.update_count >= updates_before + MEASURED_UPDATES, 600)
        update_count, seconds = telegram.update_count - updates_before, time.perf_counter() - started_at
        return Figures(
            cpu=(used_cpu_seconds(process) - cpu_before) * 1_000 / update_count,
            a_second=update_count / seconds,
            start=start_seconds,
            at_rest=idle_megabytes,
            town=(time.process_time() - own_cpu_before) * 1_000 / update_count,
        )


async def measure_waits(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """At a pace that leaves the machine time: how long does a person wait for the next question?"""
    user_count = 50
    telegram = SimulatedTelegram(conditions.walk.labels, tap_delay_seconds=user_count / UPDATES_PER_SECOND)
    async with start_peer(peer, telegram, conditions, folder):
        for _ in range(user_count):
            telegram.start_user()
            await asyncio.sleep(1 / UPDATES_PER_SECOND)
        await wait_until(lambda: telegram.update_count >= user_count * 4, 120)
        telegram.wait_seconds.clear()
        await wait_until(lambda: len(telegram.wait_seconds) >= PACED_UPDATES, 300)
        waits = sorted(telegram.wait_seconds)
    figures.p50, figures.p99 = (waits[int(len(waits) * quantile)] * 1_000 for quantile in (0.5, 0.99))


async def measure_waiting_runs(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """What a run takes that waits half-way: in the process, once it is warm; on the disk, once the bot has ended."""
    half_way = len(conditions.walk.steps) // 2
    disk_bytes, telegram = list[int](), SimulatedTelegram(conditions.walk.labels, max_taps=half_way)
    for user_count in (0, WAITING_RUNS):
        telegram.poll_received.clear()
        async with start_peer(peer, telegram, conditions, folder) as (process, _):
            await _add_users(telegram, CONCURRENT_USERS, half_way)
            memory_before = process.memory_full_info().uss
            await _add_users(telegram, user_count, half_way)
            figures.run_memory = (process.memory_full_info().uss - memory_before) / WAITING_RUNS
        disk_bytes.append(_disk_bytes(folder))
    figures.run_disk = (disk_bytes[1] - disk_bytes[0]) / (WAITING_RUNS + CONCURRENT_USERS)


async def _add_users(telegram: SimulatedTelegram, user_count: int, half_way: int) -> None:
    expected_waits = len(telegram.wait_seconds) + user_count * (half_way + 1)
    for _ in range(user_count):
        telegram.start_user()
    await wait_until(lambda: len(telegram.wait_seconds) >= expected_waits, 600)


def used_cpu_seconds(process: psutil.Process) -> float:
    """Seconds of CPU of this process and those it has started."""
    return sum(sum(child_process.cpu_times()[:2]) for child_process in [process, *process.children(recursive=True)])


def _disk_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("kept*"))


async def measure_peer(peer: Peer, conditions: Conditions) -> Figures:
    """All of it, each in a folder of its own."""
    with TemporaryDirectory() as first, TemporaryDirectory() as second, TemporaryDirectory() as third:
        figures = await measure_busy(peer, conditions, Path(first))
        await measure_waits(peer, conditions, Path(second), figures)
        await measure_waiting_runs(peer, conditions, Path(third), figures)
    return figures
