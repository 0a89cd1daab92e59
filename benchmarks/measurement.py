"""Measures one bot in a process of its own: CPU, throughput, waits, memory, disk, start."""

import asyncio
import os
import time
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil  # type: ignore[import-untyped]  # its types are a separate package
from sqlalchemy.engine import URL

from benchmarks.recorded_walk import RecordedWalk
from benchmarks.simulated_telegram import BENCHMARK_TOKEN, SimulatedTelegram, serve_bot_api
from tests.support.postgresql import TEST_SECRET_KEY, create_database, render_url
from tests.support.running_bot import wait_until

PROJECT_FOLDER = Path(__file__).parents[1]
BUSY_USERS = 200  # each taps at once when prompted
MEASURED_UPDATES = 2_500
WARMUP_UPDATES = 600
MIXED_USERS = 60  # who answer at random
KNOWN_PICTURES_RUNS = 300  # complete runs at random, after which Telegram has nine in ten of the 125 result cards
SPARSE_UPDATES_PER_SECOND = 20
SPARSE_USERS, SPARSE_UPDATES = 20, 600
PACED_USERS = 50
PACED_UPDATES_PER_SECOND = 50  # leaves the machine time, so that waits are those of an idle bot
PACED_UPDATES = 1_000
WAITING_RUNS = 800  # runs that wait half-way


@dataclass(frozen=True, slots=True)
class Peer:
    """A bot and how it is started."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    uses_postgresql: bool = False


@dataclass(slots=True)
class Figures:
    """What was measured of one bot in one round. CPU is per update, memory and disk are per waiting run."""

    cpu_ms: float = 0.0
    cold_cpu_ms: float = 0.0
    warm_cpu_ms: float = 0.0
    sparse_cpu_ms: float = 0.0
    updates_per_second: float = 0.0
    wait_p50_ms: float = 0.0
    wait_p99_ms: float = 0.0
    cold_wait_p99_ms: float = 0.0
    start_seconds: float = 0.0
    idle_megabytes: float = 0.0
    run_memory_bytes: float = 0.0
    run_disk_bytes: float = 0.0
    simulator_cpu_ms: float = 0.0  # of the measuring process itself


@dataclass(frozen=True, slots=True)
class Conditions:
    """What all bots are measured with: the walk, and a PostgreSQL server."""

    walk: RecordedWalk
    postgresql_url: URL


@dataclass(frozen=True, slots=True)
class _Reading:
    """Counters at one moment, in updates and seconds."""

    update_count: int
    bot_cpu: float
    own_cpu: float
    time: float


async def measure_peer(peer: Peer, conditions: Conditions) -> Figures:
    """Takes all measurements of one bot, each in a folder of its own."""
    figures = Figures()
    for measure in (
        measure_busy,
        measure_mixed,
        measure_sparse,
        measure_waits,
        measure_cold_waits,
        measure_waiting_runs,
    ):
        with TemporaryDirectory() as folder:
            await measure(peer, conditions, Path(folder), figures)
    return figures


async def measure_busy(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """Measures the start, memory at rest, and CPU and throughput with many users who tap at once when prompted.

    It is the second start in this folder: the first one creates the database.
    """
    telegram = SimulatedTelegram(conditions.walk.labels)
    async with start_peer(peer, telegram, conditions, folder):
        pass
    telegram.poll_received.clear()
    async with start_peer(peer, telegram, conditions, folder) as (process, figures.start_seconds):
        figures.idle_megabytes = process.memory_full_info().uss / 1e6
        for _ in range(BUSY_USERS):
            telegram.start_user()
        await wait_until(lambda: telegram.update_count >= WARMUP_UPDATES, 120)
        before = _read_counters(telegram, process)
        await wait_until(lambda: telegram.update_count >= before.update_count + MEASURED_UPDATES, 600)
        after = _read_counters(telegram, process)
    update_count = after.update_count - before.update_count
    figures.cpu_ms = _cpu_ms_per_update(before, after)
    figures.updates_per_second = update_count / (after.time - before.time)
    figures.simulator_cpu_ms = (after.own_cpu - before.own_cpu) * 1_000 / update_count


async def measure_mixed(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """Measures CPU while everybody answers at random: from a cold start, and once most result cards are known."""
    telegram = SimulatedTelegram(conditions.walk.labels, has_random_answers=True)
    async with start_peer(peer, telegram, conditions, folder) as (process, _):
        started = _read_counters(telegram, process)
        for _ in range(MIXED_USERS):
            telegram.start_user()
        await wait_until(lambda: telegram.update_count >= MEASURED_UPDATES, 600)
        figures.cold_cpu_ms = _cpu_ms_per_update(started, _read_counters(telegram, process))
        await wait_until(lambda: telegram.finished_runs >= KNOWN_PICTURES_RUNS, 600)
        before = _read_counters(telegram, process)
        await wait_until(lambda: telegram.update_count >= before.update_count + MEASURED_UPDATES, 600)
        figures.warm_cpu_ms = _cpu_ms_per_update(before, _read_counters(telegram, process))


async def measure_sparse(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """Measures CPU from a cold start with few updates per second, so that hardly any are committed together."""
    delay_seconds = SPARSE_USERS / SPARSE_UPDATES_PER_SECOND
    telegram = SimulatedTelegram(conditions.walk.labels, tap_delay_seconds=delay_seconds, has_random_answers=True)
    async with start_peer(peer, telegram, conditions, folder) as (process, _):
        before = _read_counters(telegram, process)
        await _start_users_evenly(telegram, SPARSE_USERS, SPARSE_UPDATES_PER_SECOND)
        await wait_until(lambda: telegram.update_count >= SPARSE_UPDATES, 300)
        figures.sparse_cpu_ms = _cpu_ms_per_update(before, _read_counters(telegram, process))


async def measure_waits(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """Measures how long a user waits for the next question, at a pace that leaves the machine time.

    Once every user has completed a run, and all give the same answers, so that all pictures are known.
    """
    telegram = _make_paced_telegram(conditions)
    async with start_peer(peer, telegram, conditions, folder):
        await _start_users_evenly(telegram, PACED_USERS, PACED_UPDATES_PER_SECOND)
        await wait_until(lambda: telegram.finished_runs >= PACED_USERS, 120)
        waits = await _collect_waits(telegram)
    figures.wait_p50_ms, figures.wait_p99_ms = (waits[int(len(waits) * share)] * 1_000 for share in (0.5, 0.99))


async def measure_cold_waits(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """The same from a cold start, while everybody answers at random, so that most results need a new picture."""
    telegram = _make_paced_telegram(conditions, has_random_answers=True)
    async with start_peer(peer, telegram, conditions, folder):
        await _start_users_evenly(telegram, PACED_USERS, PACED_UPDATES_PER_SECOND)
        await wait_until(lambda: telegram.finished_runs > 0, 120)
        waits = await _collect_waits(telegram)
    figures.cold_wait_p99_ms = waits[int(len(waits) * 0.99)] * 1_000


async def measure_waiting_runs(peer: Peer, conditions: Conditions, folder: Path, figures: Figures) -> None:
    """Measures a run that waits half-way: its memory in a warm process, its disk space after the bot has stopped."""
    half_way = len(conditions.walk.steps) // 2
    disk_bytes, telegram = list[int](), SimulatedTelegram(conditions.walk.labels, max_taps=half_way)
    for user_count in (0, WAITING_RUNS):
        telegram.poll_received.clear()
        async with start_peer(peer, telegram, conditions, folder) as (process, _):
            await _add_users(telegram, BUSY_USERS, half_way)
            memory_before = process.memory_full_info().uss
            await _add_users(telegram, user_count, half_way)
            figures.run_memory_bytes = (process.memory_full_info().uss - memory_before) / WAITING_RUNS
        disk_bytes.append(_disk_bytes(folder))
    figures.run_disk_bytes = (disk_bytes[1] - disk_bytes[0]) / (WAITING_RUNS + BUSY_USERS)


@asynccontextmanager
async def start_peer(
    peer: Peer, telegram: SimulatedTelegram, conditions: Conditions, folder: Path
) -> AsyncIterator[tuple[psutil.Process, float]]:
    """Yields the bot's process once it asks for updates, and the seconds that it took to start."""
    async with AsyncExitStack() as stack:
        address = await stack.enter_async_context(serve_bot_api(telegram))
        conditions.walk.write(folder)
        database_url = f"sqlite:///{folder}/kept.db"
        if peer.uses_postgresql:
            database_url = render_url(stack.enter_context(create_database(conditions.postgresql_url)))
        environment = {
            "API": address,
            "TOKEN": BENCHMARK_TOKEN,
            "TELEGRAM_API_URL": address,
            "TELEGRAM_BOT_TOKEN": BENCHMARK_TOKEN,
            **peer.environment,
            "DATABASE_URL": database_url,
            "SECRET_KEY": TEST_SECRET_KEY,
            "LOG_LEVEL": "warning",
        }
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


def _make_paced_telegram(conditions: Conditions, *, has_random_answers: bool = False) -> SimulatedTelegram:
    delay_seconds = PACED_USERS / PACED_UPDATES_PER_SECOND
    return SimulatedTelegram(
        conditions.walk.labels, tap_delay_seconds=delay_seconds, has_random_answers=has_random_answers
    )


async def _collect_waits(telegram: SimulatedTelegram) -> list[float]:
    """The next waits in seconds, sorted."""
    telegram.wait_seconds.clear()
    await wait_until(lambda: len(telegram.wait_seconds) >= PACED_UPDATES, 300)
    return sorted(telegram.wait_seconds)


async def _start_users_evenly(telegram: SimulatedTelegram, user_count: int, users_per_second: float) -> None:
    for _ in range(user_count):
        telegram.start_user()
        await asyncio.sleep(1 / users_per_second)


async def _add_users(telegram: SimulatedTelegram, user_count: int, half_way: int) -> None:
    """Starts users and waits until all of them are half-way."""
    expected_waits = len(telegram.wait_seconds) + user_count * (half_way + 1)
    for _ in range(user_count):
        telegram.start_user()
    await wait_until(lambda: len(telegram.wait_seconds) >= expected_waits, 600)


def _cpu_ms_per_update(before: _Reading, after: _Reading) -> float:
    return (after.bot_cpu - before.bot_cpu) * 1_000 / (after.update_count - before.update_count)


def _read_counters(telegram: SimulatedTelegram, process: psutil.Process) -> _Reading:
    return _Reading(telegram.update_count, _used_cpu_seconds(process), time.process_time(), time.perf_counter())


def _used_cpu_seconds(process: psutil.Process) -> float:
    """Returns the CPU time of a process and its children."""
    return sum(sum(one.cpu_times()[:2]) for one in [process, *process.children(recursive=True)])


def _disk_bytes(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob("kept*"))
