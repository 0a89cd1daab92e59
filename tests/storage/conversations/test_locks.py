"""What only one worker may do at a time: it ends with the worker, however that ends."""

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
Make = Callable[[str], Locks]


@pytest.fixture
async def open_locks() -> AsyncIterator[Make]:
    """A new worker's claims on the database at this address, each time it is called."""
    made: list[Locks] = []

    def make(address: str) -> Locks:
        made.append(create_locks(address))
        return made[-1]

    yield make
    for claims in made:
        await claims.close()


@asynccontextmanager
async def worker(address: str, what: str, says: str = "True") -> AsyncIterator[asyncio.subprocess.Process]:
    """A worker in a process of its own, that was told this when it asked for its claim."""
    pipe = asyncio.subprocess.PIPE
    command = (sys.executable, "-m", "tests.storage.conversations.lock_worker", address, what)
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=ROOT)
    assert process.stdin
    assert process.stdout
    try:
        assert (await process.stdout.readline()).decode().strip() == says
        yield process
    finally:
        process.stdin.close()
        await process.wait()


async def until(holds: Callable[[], Awaitable[object]]) -> None:
    """Waits for what PostgreSQL does in its own time: it notices that a client is gone when it next looks."""
    async with asyncio.timeout(60):
        while not await holds():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


# Speaking in a chat


async def test_one_worker_speaks_in_a_chat_and_the_other_after_it_left(postgresql_url: str, open_locks: Make) -> None:
    one, other = open_locks(postgresql_url), open_locks(postgresql_url)
    for _ in range(2):
        assert await one.acquire_chat(-1_001_234_567_890)
        assert not await other.acquire_chat(-1_001_234_567_890)
        assert await other.acquire_chat(8), "another chat is free"
        await one.release_chat(-1_001_234_567_890)
        assert await other.acquire_chat(-1_001_234_567_890)
        await other.release_chat(-1_001_234_567_890)
        await other.release_chat(8)


async def test_only_worker_on_a_file_speaks_everywhere(database_file: Path, open_locks: Make) -> None:
    claims = open_locks(f"sqlite:///{database_file}")
    assert await claims.acquire_chat(7)
    assert await claims.acquire_chat(7)
    await claims.release_chat(7)


async def test_another_worker_may_speak_once_the_first_is_closed(postgresql_url: str, open_locks: Make) -> None:
    one, other = create_locks(postgresql_url), open_locks(postgresql_url)
    assert await one.acquire_chat(7)
    await one.close()
    await until(lambda: other.acquire_chat(7))


async def test_another_worker_may_speak_once_the_first_is_killed(postgresql_url: str, open_locks: Make) -> None:
    other = open_locks(postgresql_url)
    async with worker(postgresql_url, "7") as first:
        assert not await other.acquire_chat(7)
        first.kill()
        await first.wait()
        await until(lambda: other.acquire_chat(7))


async def test_who_lost_its_session_is_told_once_and_asks_anew(postgresql_url: str, open_locks: Make) -> None:
    one, other = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await one.acquire_chat(7)
    assert await one.acquire_intake()
    end_sessions_that_hold_locks(postgresql_url)
    assert await other.acquire_chat(7), "its claims went with its session"
    assert await other.acquire_intake()
    with pytest.raises(StorageUnavailableError):
        await one.acquire_chat(8)
    assert await one.acquire_chat(8)
    assert not await one.acquire_chat(7)
    assert not await one.acquire_intake()


async def test_leaving_a_chat_after_the_session_is_lost_is_no_fault(postgresql_url: str, open_locks: Make) -> None:
    one = open_locks(postgresql_url)
    assert await one.acquire_chat(7)
    end_sessions_that_hold_locks(postgresql_url)
    await one.release_chat(7)
    assert await one.acquire_chat(7)


async def test_leaving_without_a_session_opens_none(postgresql_url: str, open_locks: Make) -> None:
    await open_locks(postgresql_url).release_chat(7)
    ours = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with closing(connect_directly(postgresql_url)) as connection:
        assert connection.execute(ours).fetchone() == (0,)


# What is to be said, read with the claim


def leave_word(address: str, chat_id: int, word: str) -> None:
    execute_sql(
        address,
        "insert into outbox_entries (chat_id, content, created_at, is_broadcast) values (?, ?, 0, false)",
        chat_id,
        word.encode(),
    )


async def test_whoever_has_the_floor_is_told_what_is_oldest_in_each_chat(postgresql_url: str, open_locks: Make) -> None:
    for chat, word in ((7, "first"), (8, "other"), (7, "second")):
        leave_word(postgresql_url, chat, word)
    columns = "chat_id, recent_update_ids, open_message_id, open_prompt, opened_at, is_blocked, seen_at"
    execute_sql(postgresql_url, f"insert into chats ({columns}) values (8, '', 5, 3, 0, false, 0)")
    claims = open_locks(postgresql_url)
    first, other, none = [
        floor and floor.oldest_row for floor in await asyncio.gather(*map(claims.acquire_chat, (7, 8, 9)))
    ]
    assert first
    assert (first.chat_id, first.content, first.open_message_id, first.open_prompt) == (7, b"first", None, None)
    assert other
    assert (other.chat_id, other.content, other.open_message_id, other.open_prompt) == (8, b"other", 5, 3)
    assert none is None


async def test_many_chats_are_claimed_and_left_at_once_each_with_its_own_answer(
    postgresql_url: str, open_locks: Make
) -> None:
    one, other = open_locks(postgresql_url), open_locks(postgresql_url)
    theirs = set(range(0, 50, 3))
    assert all(await asyncio.gather(*map(other.acquire_chat, theirs)))
    got = await asyncio.gather(*map(one.acquire_chat, range(50)))
    assert {chat for chat, floor in enumerate(got) if not floor} == theirs
    ours = set(range(50)) - theirs
    await asyncio.gather(*map(one.release_chat, list(ours)), *map(other.release_chat, theirs))
    assert all(await asyncio.gather(*map(other.acquire_chat, range(50))))


async def test_what_another_worker_said_just_before_it_left_is_not_said_again(
    postgresql_url: str, open_locks: Make
) -> None:
    """It strikes off and leaves while we ask: what we then have the floor for was looked at after that."""
    leave_word(postgresql_url, 7, "said by the other")
    one, asked = open_locks(postgresql_url), list[str]()
    assert isinstance(one, AdvisoryLocks)

    def others_end(_: DriverConnection, statement: str, _values: object) -> None:
        asked.append(statement)
        if "pg_try_advisory_lock" in statement:
            execute_sql(postgresql_url, "delete from outbox_entries where chat_id = 7")

    with listen_to_statements(one.engine, others_end):
        floor = await one.acquire_chat(7)
    assert len(asked) == 2, "the claim, and then the look"
    assert floor == ChatLock(None)


async def test_whoever_leaves_is_told_of_what_came_meanwhile(postgresql_url: str, open_locks: Make) -> None:
    one, other = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await one.acquire_chat(7)
    leave_word(postgresql_url, 7, "left by the other's turn")
    assert await other.acquire_chat(7) is None, "who left it finds us there"
    assert await one.release_chat(7) is True
    assert await one.acquire_chat(8)
    assert await one.release_chat(8) is False


async def test_after_the_session_was_lost_it_is_looked_again(postgresql_url: str, open_locks: Make) -> None:
    one = open_locks(postgresql_url)
    assert await one.acquire_chat(7)
    end_sessions_that_hold_locks(postgresql_url)
    assert await one.release_chat(7) is True


async def test_who_is_broken_off_while_it_asks_holds_no_claim(postgresql_url: str, open_locks: Make) -> None:
    one, other = open_locks(postgresql_url), open_locks(postgresql_url)
    asking = asyncio.create_task(one.acquire_chat(7))
    await asyncio.sleep(0)  # it has asked
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await other.acquire_chat(7)


async def test_closing_twice_does_no_harm(database_url: str) -> None:
    claims = create_locks(database_url)
    assert await claims.acquire_intake()
    await claims.close()
    await claims.close()


# Asking Telegram for updates


async def test_one_worker_takes_updates_in_and_the_other_when_it_is_gone(database_url: str, open_locks: Make) -> None:
    one, other = create_locks(database_url), open_locks(database_url)
    assert await one.acquire_intake()
    assert await one.acquire_intake(), "asked again, it still holds"
    assert not await other.acquire_intake()
    await one.close()
    await until(other.acquire_intake)


async def test_another_worker_takes_updates_in_once_the_first_is_killed(database_url: str, open_locks: Make) -> None:
    other = open_locks(database_url)
    async with worker(database_url, "intake") as first:
        assert not await other.acquire_intake()
        first.kill()
        await first.wait()
        await until(other.acquire_intake)
    assert await other.acquire_intake()


async def test_a_worker_in_another_process_finds_the_claim_taken(database_url: str, open_locks: Make) -> None:
    one = open_locks(database_url)
    assert await one.acquire_intake()
    async with worker(database_url, "intake", says="False"):
        assert await one.acquire_intake()


async def test_a_lock_that_was_removed_by_hand_is_locked_anew(database_file: Path, open_locks: Make) -> None:
    one, other = open_locks(f"sqlite:///{database_file}"), open_locks(f"sqlite:///{database_file}")
    assert await one.acquire_intake()
    lock_of(database_file).unlink()
    assert await one.acquire_chat(7)
    assert not await other.acquire_intake()


async def test_whoever_locks_first_after_the_lock_was_removed_is_the_only_one(
    database_file: Path, open_locks: Make
) -> None:
    one, other = open_locks(f"sqlite:///{database_file}"), open_locks(f"sqlite:///{database_file}")
    assert await one.acquire_intake()
    lock_of(database_file).unlink()
    assert await other.acquire_intake()
    assert not await one.acquire_chat(7)
    assert not await one.acquire_intake()
    await other.close()
    assert await one.acquire_intake()


async def test_in_a_folder_that_was_moved_the_lock_holds_and_no_folder_is_made(
    database_file: Path, open_locks: Make
) -> None:
    database_file = database_file.parent / "data" / database_file.name
    one = open_locks(f"sqlite:///{database_file}")
    assert await one.acquire_intake()
    elsewhere = database_file.parent.rename(database_file.parent.with_name("elsewhere"))
    assert await one.acquire_intake()
    assert not lock_of(database_file).parent.exists()
    elsewhere.rename(database_file.parent)
    assert not await open_locks(f"sqlite:///{database_file}").acquire_intake()


def lock_of(file: Path) -> Path:
    return Path(f"{file}.lock")


async def test_taking_updates_in_and_speaking_in_a_chat_of_the_same_number_are_two_claims(
    postgresql_url: str, open_locks: Make
) -> None:
    one, other = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await one.acquire_intake()
    assert await other.acquire_chat(1)
    assert await other.acquire_chat((1_127 << 32) + 1), "two numbers of 32 bits are not one of 64"


async def test_who_lost_the_claim_with_the_session_does_not_believe_to_hold_it(
    postgresql_url: str, open_locks: Make
) -> None:
    one = open_locks(postgresql_url)
    assert await one.acquire_intake()
    end_sessions_that_hold_locks(postgresql_url)
    with pytest.raises(StorageUnavailableError):
        await one.acquire_intake()
    assert await one.acquire_intake()


async def test_after_the_database_was_started_again_claims_are_asked_anew(
    postgresql_url: str, open_locks: Make
) -> None:
    one, other = open_locks(postgresql_url), open_locks(postgresql_url)
    assert await one.acquire_intake()
    assert await one.acquire_chat(7)
    with stop_server_temporarily():
        for _ in range(2):
            with pytest.raises(StorageUnavailableError):
                await one.acquire_intake()
        await one.release_chat(7)
    assert await one.acquire_intake(), "its session was known to be lost already"
    assert not await other.acquire_intake()
    assert await other.acquire_chat(7)


def end_sessions_that_hold_locks(address: str) -> None:
    """As a failing server does: the sessions are gone, and nobody is told."""
    here = "select oid from pg_database where datname = current_database()"
    holding = f"select distinct pid from pg_locks where locktype = 'advisory' and database = ({here})"
    with closing(connect_directly(address)) as connection:
        ended = connection.execute(f"select pg_terminate_backend(pid, 10000) from ({holding})".encode()).fetchall()
    assert [done for (done,) in ended] == [True]
