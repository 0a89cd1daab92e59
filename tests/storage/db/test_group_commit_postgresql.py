"""Groups of work on PostgreSQL: several at once and of several workers, without deadlocks."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from sqlalchemy import event, text

from storage.conversations.chats import lock_chat
from storage.db.database import Database, open_database
from storage.db.postgresql import THREAD_COUNT
from tests.support.connection_kills import kill_transaction_session
from tests.support.group_commit import STORED_NUMBERS_SQL, WorkError, store_number
from tests.support.postgresql import TEST_SECRET_KEY, render_url
from tests.support.raw_sql import fetch_rows


@pytest.fixture
def two_workers(postgresql_url: str) -> Iterator[list[Database]]:
    with ExitStack() as ending:
        yield [ending.enter_context(closing(open_database(postgresql_url, TEST_SECRET_KEY))) for _ in range(2)]


def hold(database: Database, chat_id: int = 1, meanwhile: Callable[[], object] = int) -> int:
    with database.nested() as session:
        lock_chat(session, chat_id)
        meanwhile()
    return chat_id


async def hold_until_released(database: Database, chat_id: int) -> Callable[[], Awaitable[int]]:
    """Holds this chat's lock in a transaction until the returned function is called."""
    is_locked, may_end = Event(), Event()

    def wait_for_release() -> None:
        is_locked.set()
        assert may_end.wait(20)

    async def release() -> int:
        may_end.set()
        return await holder

    holder = asyncio.ensure_future(database.run_in_thread(hold, chat_id, wait_for_release))
    await asyncio.to_thread(is_locked.wait, 20)
    return release


async def run_as_group(database: Database, *works: Callable[[Database], Any]) -> list[Any]:
    """The results of these pieces of work, run as one group."""
    busy = Event()
    first = asyncio.ensure_future(database.run_grouped(lambda _: busy.wait(20)))
    for _ in range(2):
        await asyncio.sleep(0)  # the first work has joined and runs alone
    group_works = [asyncio.ensure_future(database.run_grouped(work)) for work in works]
    await asyncio.sleep(0)
    busy.set()
    await first
    return await asyncio.gather(*group_works, return_exceptions=True)


async def test_a_group_is_one_commit_and_failed_work_is_undone_alone(two_workers: list[Database]) -> None:
    commits: list[None] = []
    event.listen(two_workers[0].engine, "commit", lambda _: commits.append(None))
    errors = [None, WorkError(), None, None, WorkError()]
    results = await run_as_group(
        two_workers[0], *(lambda db, one=one: store_number(db, one, errors[one]) for one in range(5))
    )
    assert [one if isinstance(one, int) else type(one) for one in results] == [0, WorkError, 2, 3, WorkError]
    assert fetch_rows(two_workers[0], STORED_NUMBERS_SQL) == [(0,), (2,), (3,)]
    assert len(commits) == 1


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_after_a_lost_connection_each_work_of_the_group_is_stored_once(
    two_workers: list[Database], after: int
) -> None:
    attempts: list[int] = []

    def lose_connection(database: Database) -> int:
        attempts.append(1)
        with database.nested() as session:
            if len(attempts) == 1:
                kill_transaction_session(session.connection)
            return store_number(database, 100)

    works = [partial(store_number, number=one) for one in range(2)]
    results = await run_as_group(two_workers[0], *works[:after], lose_connection, *works[after:])
    assert sorted(results) == [0, 1, 100]
    assert fetch_rows(two_workers[0], STORED_NUMBERS_SQL) == [(0,), (1,), (100,)]


async def test_work_that_fails_with_its_connection_does_not_affect_the_others(two_workers: list[Database]) -> None:
    """It cannot be undone alone, as the whole transaction is lost."""
    attempts: list[int] = []

    def lose_connection(database: Database) -> None:
        attempts.append(1)
        with database.nested() as session:
            if len(attempts) == 1:
                kill_transaction_session(session.connection)
            raise WorkError

    results = await run_as_group(
        two_workers[0], lambda db: store_number(db, 1), lose_connection, lambda db: store_number(db, 2)
    )
    assert [type(one) for one in results] == [int, WorkError, int]
    assert fetch_rows(two_workers[0], STORED_NUMBERS_SQL) == [(1,), (2,)]


async def test_groups_that_lock_chats_in_opposite_order_both_complete(
    two_workers: list[Database],
) -> None:
    """The first piece of each group holds the chat that the second piece of the other needs. Only waiting work is
    undone.
    """
    barrier, attempts = Barrier(2, timeout=20), list[tuple[int, int]]()

    def lock_and_write(database: Database, chat_id: int) -> int:
        worker = two_workers.index(database)
        first = chat_id == 1 + worker
        attempts.append((worker, chat_id))
        with database.nested() as session:
            lock_chat(session, chat_id)
            session.execute(
                text("update chats set recent_update_ids = recent_update_ids || :me where chat_id = :chat"),
                {"me": str(worker), "chat": chat_id},
            )
        if first and attempts.count((worker, chat_id)) == 1:
            barrier.wait()
        return chat_id

    for chat in (1, 2):
        with two_workers[0].transaction() as session:
            lock_chat(session, chat)
    orders = ((1, 2), (2, 1))
    results = await asyncio.gather(
        *(
            run_as_group(database, *(lambda db, chat=chat: lock_and_write(db, chat) for chat in order))
            for database, order in zip(two_workers, orders, strict=True)
        )
    )
    assert results == [[1, 2], [2, 1]]
    assert attempts.count((0, 1)) == attempts.count((1, 2)) == 1, "work that held a chat was not undone"
    assert [
        sorted(update_ids)
        for (update_ids,) in fetch_rows(two_workers[0], "select recent_update_ids from chats order by chat_id")
    ] == [["0", "1"]] * 2


async def test_work_that_waits_long_for_a_chat_does_not_delay_its_group(two_workers: list[Database]) -> None:
    """Another worker holds a chat for a long time; in the group, only that chat's turn waits."""
    release = await hold_until_released(two_workers[1], 1)
    group = asyncio.ensure_future(
        run_as_group(two_workers[0], hold, lambda db: store_number(db, 2), lambda db: store_number(db, 3))
    )
    while not fetch_rows(render_url(two_workers[0].engine.url), STORED_NUMBERS_SQL):  # noqa: ASYNC110 - until the others are committed
        await asyncio.sleep(0.01)
    waiting_work = asyncio.ensure_future(two_workers[0].run_grouped(hold))
    await asyncio.sleep(0)
    assert await two_workers[0].run_grouped(store_number, 4) == 4, "later work does not wait either"
    assert not group.done()
    assert not waiting_work.done()
    await release()
    assert (await group, await waiting_work) == ([1, 2, 3], 1)


async def test_many_turns_waiting_for_one_chat_delay_no_other_chat(two_workers: list[Database]) -> None:
    """A worker that hangs holds one chat, many turns wait for it, and every other chat is answered at once."""
    release = await hold_until_released(two_workers[1], 1)
    crowd = [asyncio.ensure_future(two_workers[0].run_grouped(hold)) for _ in range(3 * THREAD_COUNT)]
    for number in range(20):
        await two_workers[0].run_grouped(store_number, number)
    assert not any(one.done() for one in crowd)
    await release()
    assert set(await asyncio.gather(*crowd)) == {1}
