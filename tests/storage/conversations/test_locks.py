"""Locks that one worker holds at a time, and that are released however the worker ends."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from storage.conversations.locks import AdvisoryLocks, ChatLock, Locks, create_locks
from storage.errors import StorageUnavailableError
from tests.support.postgresql import connect_directly, stop_server_temporarily
from tests.support.raw_sql import execute_sql
from tests.support.statement_listener import DriverConnection, listen_to_statements

ROOT = Path(__file__).parents[3]
OpenLocks = Callable[[str], Locks]


@pytest.fixture
async def open_locks() -> AsyncIterator[OpenLocks]:
    """Creates a new worker's locks on the database at this address."""
    created: list[Locks] = []

    def create(address: str) -> Locks:
        created.append(create_locks(address))
        return created[-1]

    yield create
    for own_locks in created:
        await own_locks.close()


@asynccontextmanager
async def worker(
    address: str, lock_name: str, expected_output: str = "True"
) -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in its own process that printed this when it requested its lock."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.storage.conversations.lock_worker", address, lock_name)
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=ROOT)
    assert process.stdin
    assert process.stdout
    try:
        assert (await process.stdout.readline()).decode().strip() == expected_output
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def wait_for(condition: Callable[[], Awaitable[object]]) -> None:
    """Waits for PostgreSQL to notice that a client is gone."""
    async with asyncio.timeout(60):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# Locks of chats


async def test_a_chat_is_locked_by_one_worker_until_it_releases_it(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks, second_locks = open_locks(postgresql_url), open_locks(postgresql_url)
    for _ in range(2):
        assert await first_locks.acquire_chat(-1_001_234_567_890)
        assert not await second_locks.acquire_chat(-1_001_234_567_890)
        assert await second_locks.acquire_chat(8), "another chat is not locked"
        await first_locks.release_chat(-1_001_234_567_890)
        assert await second_locks.acquire_chat(-1_001_234_567_890)
        await second_locks.release_chat(-1_001_234_567_890)
        await second_locks.release_chat(8)


async def test_on_sqlite_every_chat_can_be_locked(database_file: Path, open_locks: OpenLocks) -> None:
    own_locks = open_locks(f"sqlite:///{database_file}")
    assert await own_locks.acquire_chat(7)
    assert await own_locks.acquire_chat(7)
    await own_locks.release_chat(7)


async def test_a_chat_lock_ends_when_its_worker_closes(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks, second_locks = create_locks(postgresql_url), open_locks(postgresql_url)
    assert await first_locks.acquire_chat(7)
    await first_locks.close()
    await wait_for(lambda: second_locks.acquire_chat(7))


async def test_a_chat_lock_ends_when_its_worker_is_killed(postgresql_url: str, open_locks: OpenLocks) -> None:
    second_locks = open_locks(postgresql_url)
    async with worker(postgresql_url, "7") as first:
        assert not await second_locks.acquire_chat(7)
        first.kill()
        await first.wait()
        await wait_for(lambda: second_locks.acquire_chat(7))


async def test_a_lost_session_is_reported_once_and_replaced(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks, second_locks = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await first_locks.acquire_chat(7)
    assert await first_locks.acquire_intake()
    end_sessions_that_hold_locks(postgresql_url)
    assert await second_locks.acquire_chat(7), "the locks ended with the session"
    assert await second_locks.acquire_intake()
    with pytest.raises(StorageUnavailableError):
        await first_locks.acquire_chat(8)
    assert await first_locks.acquire_chat(8)
    assert not await first_locks.acquire_chat(7)
    assert not await first_locks.acquire_intake()


async def test_releasing_a_chat_after_a_lost_session_is_no_error(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks = open_locks(postgresql_url)
    assert await first_locks.acquire_chat(7)
    end_sessions_that_hold_locks(postgresql_url)
    await first_locks.release_chat(7)
    assert await first_locks.acquire_chat(7)


async def test_releasing_a_chat_without_a_session_opens_none(postgresql_url: str, open_locks: OpenLocks) -> None:
    await open_locks(postgresql_url).release_chat(7)
    own_chats = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with closing(connect_directly(postgresql_url)) as connection:
        assert connection.execute(own_chats).fetchone() == (0,)


# The oldest entry, read with the lock


def add_outbox_row(address: str, chat_id: int, content: str) -> None:
    execute_sql(
        address,
        "insert into outbox_entries (chat_id, content, created_at, is_broadcast) values (?, ?, 0, false)",
        chat_id,
        content.encode(),
    )


async def test_a_chat_lock_comes_with_the_chat_s_oldest_entry(postgresql_url: str, open_locks: OpenLocks) -> None:
    for chat, content in ((7, "first"), (8, "other"), (7, "second")):
        add_outbox_row(postgresql_url, chat, content)
    columns = "chat_id, recent_update_ids, open_message_id, open_prompt, opened_at, is_blocked, seen_at"
    execute_sql(postgresql_url, f"insert into chats ({columns}) values (8, '', 5, 3, 0, false, 0)")
    own_locks = open_locks(postgresql_url)
    first, second_locks, none = [
        chat_lock and chat_lock.oldest_row
        for chat_lock in await asyncio.gather(*map(own_locks.acquire_chat, (7, 8, 9)))
    ]
    assert first
    assert (first.chat_id, first.content, first.open_message_id, first.open_prompt) == (7, b"first", None, None)
    assert second_locks
    assert (second_locks.chat_id, second_locks.content, second_locks.open_message_id, second_locks.open_prompt) == (
        8,
        b"other",
        5,
        3,
    )
    assert none is None


async def test_many_chats_are_locked_and_released_concurrently(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks, second_locks = open_locks(postgresql_url), open_locks(postgresql_url)
    other_chats = set(range(0, 50, 3))
    assert all(await asyncio.gather(*map(second_locks.acquire_chat, other_chats)))
    acquired = await asyncio.gather(*map(first_locks.acquire_chat, range(50)))
    assert {chat for chat, chat_lock in enumerate(acquired) if not chat_lock} == other_chats
    own_chats = set(range(50)) - other_chats
    await asyncio.gather(*map(first_locks.release_chat, list(own_chats)), *map(second_locks.release_chat, other_chats))
    assert all(await asyncio.gather(*map(second_locks.acquire_chat, range(50))))


async def test_an_entry_acknowledged_while_the_lock_is_requested_is_not_returned(
    postgresql_url: str, open_locks: OpenLocks
) -> None:
    """The other worker acknowledges and releases meanwhile; the entry is read after the lock was acquired."""
    add_outbox_row(postgresql_url, 7, "said by the other")
    first_locks, statements = open_locks(postgresql_url), list[str]()
    assert isinstance(first_locks, AdvisoryLocks)

    def acknowledge_meanwhile(_: DriverConnection, statement: str, _values: object) -> None:
        statements.append(statement)
        if "pg_try_advisory_lock" in statement:
            execute_sql(postgresql_url, "delete from outbox_entries where chat_id = 7")

    with listen_to_statements(first_locks.engine, acknowledge_meanwhile):
        chat_lock = await first_locks.acquire_chat(7)
    assert len(statements) == 2, "first the lock, then the entry"
    assert chat_lock == ChatLock(None)


async def test_releasing_a_chat_reports_a_refused_request_in_between(
    postgresql_url: str, open_locks: OpenLocks
) -> None:
    first_locks, second_locks = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await first_locks.acquire_chat(7)
    add_outbox_row(postgresql_url, 7, "left by the other's turn")
    assert await second_locks.acquire_chat(7) is None, "the first worker holds the lock"
    assert await first_locks.release_chat(7) is True
    assert await first_locks.acquire_chat(8)
    assert await first_locks.release_chat(8) is False


async def test_releasing_after_a_lost_session_asks_to_look_again(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks = open_locks(postgresql_url)
    assert await first_locks.acquire_chat(7)
    end_sessions_that_hold_locks(postgresql_url)
    assert await first_locks.release_chat(7) is True


async def test_a_cancelled_request_holds_no_lock(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks, second_locks = open_locks(postgresql_url), open_locks(postgresql_url)
    request = asyncio.create_task(first_locks.acquire_chat(7))
    await asyncio.sleep(0)  # the request has been sent
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert await second_locks.acquire_chat(7)


async def test_closing_twice_is_harmless(database_url: str) -> None:
    own_locks = create_locks(database_url)
    assert await own_locks.acquire_intake()
    await own_locks.close()
    await own_locks.close()


# The lock for polling


async def test_the_intake_lock_is_held_by_one_worker_until_it_closes(database_url: str, open_locks: OpenLocks) -> None:
    first_locks, second_locks = create_locks(database_url), open_locks(database_url)
    assert await first_locks.acquire_intake()
    assert await first_locks.acquire_intake(), "a repeated request succeeds"
    assert not await second_locks.acquire_intake()
    await first_locks.close()
    await wait_for(second_locks.acquire_intake)


async def test_the_intake_lock_ends_when_its_worker_is_killed(database_url: str, open_locks: OpenLocks) -> None:
    second_locks = open_locks(database_url)
    async with worker(database_url, "intake") as first:
        assert not await second_locks.acquire_intake()
        first.kill()
        await first.wait()
        await wait_for(second_locks.acquire_intake)
    assert await second_locks.acquire_intake()


async def test_a_worker_in_another_process_cannot_take_the_intake_lock(
    database_url: str, open_locks: OpenLocks
) -> None:
    first_locks = open_locks(database_url)
    assert await first_locks.acquire_intake()
    async with worker(database_url, "intake", expected_output="False"):
        assert await first_locks.acquire_intake()


async def test_a_deleted_lock_file_is_created_and_locked_again(database_file: Path, open_locks: OpenLocks) -> None:
    first_locks, second_locks = open_locks(f"sqlite:///{database_file}"), open_locks(f"sqlite:///{database_file}")
    assert await first_locks.acquire_intake()
    get_lock_file(database_file).unlink()
    assert await first_locks.acquire_chat(7)
    assert not await second_locks.acquire_intake()


async def test_after_the_lock_file_was_deleted_one_worker_holds_the_lock(
    database_file: Path, open_locks: OpenLocks
) -> None:
    first_locks, second_locks = open_locks(f"sqlite:///{database_file}"), open_locks(f"sqlite:///{database_file}")
    assert await first_locks.acquire_intake()
    get_lock_file(database_file).unlink()
    assert await second_locks.acquire_intake()
    assert not await first_locks.acquire_chat(7)
    assert not await first_locks.acquire_intake()
    await second_locks.close()
    assert await first_locks.acquire_intake()


async def test_a_lock_holds_in_a_moved_folder_and_creates_none(database_file: Path, open_locks: OpenLocks) -> None:
    database_file = database_file.parent / "data" / database_file.name
    first_locks = open_locks(f"sqlite:///{database_file}")
    assert await first_locks.acquire_intake()
    elsewhere = database_file.parent.rename(database_file.parent.with_name("elsewhere"))
    assert await first_locks.acquire_intake()
    assert not get_lock_file(database_file).parent.exists()
    elsewhere.rename(database_file.parent)
    assert not await open_locks(f"sqlite:///{database_file}").acquire_intake()


def get_lock_file(file: Path) -> Path:
    return Path(f"{file}.lock")


async def test_intake_and_chat_locks_of_the_same_number_are_independent(
    postgresql_url: str, open_locks: OpenLocks
) -> None:
    first_locks, second_locks = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await first_locks.acquire_intake()
    assert await second_locks.acquire_chat(1)
    assert await second_locks.acquire_chat((1_127 << 32) + 1), "a lock of two 32-bit numbers is not one of 64 bits"


async def test_an_intake_lock_lost_with_its_session_is_reported(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks = open_locks(postgresql_url)
    assert await first_locks.acquire_intake()
    end_sessions_that_hold_locks(postgresql_url)
    with pytest.raises(StorageUnavailableError):
        await first_locks.acquire_intake()
    assert await first_locks.acquire_intake()


async def test_locks_can_be_acquired_again_after_a_database_restart(postgresql_url: str, open_locks: OpenLocks) -> None:
    first_locks, second_locks = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await first_locks.acquire_intake()
    assert await first_locks.acquire_chat(7)
    with stop_server_temporarily():
        for _ in range(2):
            with pytest.raises(StorageUnavailableError):
                await first_locks.acquire_intake()
        await first_locks.release_chat(7)
    assert await first_locks.acquire_intake(), "the lost session was noticed already"
    assert not await second_locks.acquire_intake()
    assert await second_locks.acquire_chat(7)


def end_sessions_that_hold_locks(address: str) -> None:
    """Ends the sessions that hold locks without telling the clients, as a failing server does."""
    database_oid = "select oid from pg_database where datname = current_database()"
    lock_holders = f"select distinct pid from pg_locks where locktype = 'advisory' and database = ({database_oid})"
    with closing(connect_directly(address)) as connection:
        terminated = connection.execute(
            f"select pg_terminate_backend(pid, 10000) from ({lock_holders})".encode()
        ).fetchall()
    assert [is_terminated for (is_terminated,) in terminated] == [True]
