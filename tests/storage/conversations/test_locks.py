"""What only one worker may do at a time: it ends with the worker, however that ends."""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from storage.conversations.locks import AmongWorkers, Claims, Floor, claims_on
from storage.errors import StorageAway
from tests.support.postgresql import plainly, stopped
from tests.support.raw_sql import change
from tests.support.statement_listener import Driver, hearing

ROOT = Path(__file__).parents[3]
Make = Callable[[str], Claims]


@pytest.fixture
async def on() -> AsyncIterator[Make]:
    """A new worker's claims on the database at this address, each time it is called."""
    made: list[Claims] = []

    def make(address: str) -> Claims:
        made.append(claims_on(address))
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


async def test_one_worker_speaks_in_a_chat_and_the_other_after_it_left(on_server: str, on: Make) -> None:
    one, other = on(on_server), on(on_server)
    for _ in range(2):
        assert await one.speak(-1_001_234_567_890)
        assert not await other.speak(-1_001_234_567_890)
        assert await other.speak(8), "another chat is free"
        await one.leave(-1_001_234_567_890)
        assert await other.speak(-1_001_234_567_890)
        await other.leave(-1_001_234_567_890)
        await other.leave(8)


async def test_only_worker_on_a_file_speaks_everywhere(file: Path, on: Make) -> None:
    claims = on(f"sqlite:///{file}")
    assert await claims.speak(7)
    assert await claims.speak(7)
    await claims.leave(7)


async def test_another_worker_may_speak_once_the_first_is_closed(on_server: str, on: Make) -> None:
    one, other = claims_on(on_server), on(on_server)
    assert await one.speak(7)
    await one.close()
    await until(lambda: other.speak(7))


async def test_another_worker_may_speak_once_the_first_is_killed(on_server: str, on: Make) -> None:
    other = on(on_server)
    async with worker(on_server, "7") as first:
        assert not await other.speak(7)
        first.kill()
        await first.wait()
        await until(lambda: other.speak(7))


async def test_who_lost_its_session_is_told_once_and_asks_anew(on_server: str, on: Make) -> None:
    one, other = on(on_server), on(on_server)
    assert await one.speak(7)
    assert await one.intake()
    end_sessions_that_hold_locks(on_server)
    assert await other.speak(7), "its claims went with its session"
    assert await other.intake()
    with pytest.raises(StorageAway):
        await one.speak(8)
    assert await one.speak(8)
    assert not await one.speak(7)
    assert not await one.intake()


async def test_leaving_a_chat_after_the_session_is_lost_is_no_fault(on_server: str, on: Make) -> None:
    one = on(on_server)
    assert await one.speak(7)
    end_sessions_that_hold_locks(on_server)
    await one.leave(7)
    assert await one.speak(7)


async def test_leaving_without_a_session_opens_none(on_server: str, on: Make) -> None:
    await on(on_server).leave(7)
    ours = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    with closing(plainly(on_server)) as connection:
        assert connection.execute(ours).fetchone() == (0,)


# What is to be said, read with the claim


def leave_word(address: str, chat: int, word: str) -> None:
    change(address, "insert into outbox (chat, saying, left_at, bulk) values (?, ?, 0, false)", chat, word.encode())


async def test_whoever_has_the_floor_is_told_what_is_oldest_in_each_chat(on_server: str, on: Make) -> None:
    for chat, word in ((7, "first"), (8, "other"), (7, "second")):
        leave_word(on_server, chat, word)
    columns = "chat, taken, open_message, open_ask, blocked, seen_at"
    change(on_server, f"insert into chats ({columns}) values (8, '', 5, 3, false, 0)")
    claims = on(on_server)
    first, other, none = [floor and floor.oldest for floor in await asyncio.gather(*map(claims.speak, (7, 8, 9)))]
    assert first
    assert (first.chat, first.saying, first.open_message, first.open_ask) == (7, b"first", None, None)
    assert other
    assert (other.chat, other.saying, other.open_message, other.open_ask) == (8, b"other", 5, 3)
    assert none is None


async def test_many_chats_are_claimed_and_left_at_once_each_with_its_own_answer(on_server: str, on: Make) -> None:
    one, other = on(on_server), on(on_server)
    theirs = set(range(0, 50, 3))
    assert all(await asyncio.gather(*map(other.speak, theirs)))
    got = await asyncio.gather(*map(one.speak, range(50)))
    assert {chat for chat, floor in enumerate(got) if not floor} == theirs
    ours = set(range(50)) - theirs
    await asyncio.gather(*map(one.leave, list(ours)), *map(other.leave, theirs))
    assert all(await asyncio.gather(*map(other.speak, range(50))))


async def test_what_another_worker_said_just_before_it_left_is_not_said_again(on_server: str, on: Make) -> None:
    """It strikes off and leaves while we ask: what we then have the floor for was looked at after that."""
    leave_word(on_server, 7, "said by the other")
    one, asked = on(on_server), list[str]()
    assert isinstance(one, AmongWorkers)

    def others_end(_: Driver, statement: str, _values: object) -> None:
        asked.append(statement)
        if "pg_try_advisory_lock" in statement:
            change(on_server, "delete from outbox where chat = 7")

    with hearing(one.engine, others_end):
        floor = await one.speak(7)
    assert len(asked) == 2, "the claim, and then the look"
    assert floor == Floor(None)


async def test_whoever_leaves_is_told_of_what_came_meanwhile(on_server: str, on: Make) -> None:
    one, other = on(on_server), on(on_server)
    assert await one.speak(7)
    leave_word(on_server, 7, "left by the other's turn")
    assert await other.speak(7) is None, "who left it finds us there"
    assert await one.leave(7) is True
    assert await one.speak(8)
    assert await one.leave(8) is False


async def test_after_the_session_was_lost_it_is_looked_again(on_server: str, on: Make) -> None:
    one = on(on_server)
    assert await one.speak(7)
    end_sessions_that_hold_locks(on_server)
    assert await one.leave(7) is True


async def test_who_is_broken_off_while_it_asks_holds_no_claim(on_server: str, on: Make) -> None:
    one, other = on(on_server), on(on_server)
    asking = asyncio.create_task(one.speak(7))
    await asyncio.sleep(0)  # it has asked
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    assert await other.speak(7)


async def test_closing_twice_does_no_harm(address: str) -> None:
    claims = claims_on(address)
    assert await claims.intake()
    await claims.close()
    await claims.close()


# Asking Telegram for updates


async def test_one_worker_takes_updates_in_and_the_other_when_it_is_gone(address: str, on: Make) -> None:
    one, other = claims_on(address), on(address)
    assert await one.intake()
    assert await one.intake(), "asked again, it still holds"
    assert not await other.intake()
    await one.close()
    await until(other.intake)


async def test_another_worker_takes_updates_in_once_the_first_is_killed(address: str, on: Make) -> None:
    other = on(address)
    async with worker(address, "intake") as first:
        assert not await other.intake()
        first.kill()
        await first.wait()
        await until(other.intake)
    assert await other.intake()


async def test_a_worker_in_another_process_finds_the_claim_taken(address: str, on: Make) -> None:
    one = on(address)
    assert await one.intake()
    async with worker(address, "intake", says="False"):
        assert await one.intake()


async def test_a_lock_that_was_removed_by_hand_is_locked_anew(file: Path, on: Make) -> None:
    one, other = on(f"sqlite:///{file}"), on(f"sqlite:///{file}")
    assert await one.intake()
    lock_of(file).unlink()
    assert await one.speak(7)
    assert not await other.intake()


async def test_whoever_locks_first_after_the_lock_was_removed_is_the_only_one(file: Path, on: Make) -> None:
    one, other = on(f"sqlite:///{file}"), on(f"sqlite:///{file}")
    assert await one.intake()
    lock_of(file).unlink()
    assert await other.intake()
    assert not await one.speak(7)
    assert not await one.intake()
    await other.close()
    assert await one.intake()


async def test_in_a_folder_that_was_moved_the_lock_holds_and_no_folder_is_made(file: Path, on: Make) -> None:
    file = file.parent / "data" / file.name
    one = on(f"sqlite:///{file}")
    assert await one.intake()
    elsewhere = file.parent.rename(file.parent.with_name("elsewhere"))
    assert await one.intake()
    assert not lock_of(file).parent.exists()
    elsewhere.rename(file.parent)
    assert not await on(f"sqlite:///{file}").intake()


def lock_of(file: Path) -> Path:
    return Path(f"{file}.lock")


async def test_taking_updates_in_and_speaking_in_a_chat_of_the_same_number_are_two_claims(
    on_server: str, on: Make
) -> None:
    one, other = on(on_server), on(on_server)
    assert await one.intake()
    assert await other.speak(1)
    assert await other.speak((1_127 << 32) + 1), "two numbers of 32 bits are not one of 64"


async def test_who_lost_the_claim_with_the_session_does_not_believe_to_hold_it(on_server: str, on: Make) -> None:
    one = on(on_server)
    assert await one.intake()
    end_sessions_that_hold_locks(on_server)
    with pytest.raises(StorageAway):
        await one.intake()
    assert await one.intake()


async def test_after_the_database_was_started_again_claims_are_asked_anew(on_server: str, on: Make) -> None:
    one, other = on(on_server), on(on_server)
    assert await one.intake()
    assert await one.speak(7)
    with stopped():
        for _ in range(2):
            with pytest.raises(StorageAway):
                await one.intake()
        await one.leave(7)
    assert await one.intake(), "its session was known to be lost already"
    assert not await other.intake()
    assert await other.speak(7)


def end_sessions_that_hold_locks(address: str) -> None:
    """As a failing server does: the sessions are gone, and nobody is told."""
    here = "select oid from pg_database where datname = current_database()"
    holding = f"select distinct pid from pg_locks where locktype = 'advisory' and database = ({here})"
    with closing(plainly(address)) as connection:
        ended = connection.execute(f"select pg_terminate_backend(pid, 10000) from ({holding})".encode()).fetchall()
    assert [done for (done,) in ended] == [True]
