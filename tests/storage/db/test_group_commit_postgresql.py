"""Groups of work on PostgreSQL: several at once, of several workers; none waits for another for ever."""

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


async def held(database: Database, chat_id: int) -> Callable[[], Awaitable[int]]:
    """Somebody holds this chat and takes their time, until what is given back is called."""
    begun, over = Event(), Event()

    def long() -> None:
        begun.set()
        assert over.wait(20)

    async def let_go() -> int:
        over.set()
        return await holding

    holding = asyncio.ensure_future(database.run_in_thread(hold, chat_id, long))
    await asyncio.to_thread(begun.wait, 20)
    return let_go


async def in_a_group(database: Database, *pieces: Callable[[Database], Any]) -> list[Any]:
    """These pieces of work, as one group: what each was told."""
    busy = Event()
    first = asyncio.ensure_future(database.run_grouped(lambda _: busy.wait(20)))
    for _ in range(2):
        await asyncio.sleep(0)  # it has joined; it is worked at, alone
    joined = [asyncio.ensure_future(database.run_grouped(piece)) for piece in pieces]
    await asyncio.sleep(0)
    busy.set()
    await first
    return await asyncio.gather(*joined, return_exceptions=True)


async def test_what_waits_together_is_one_commit_and_what_fails_is_undone_alone(two_workers: list[Database]) -> None:
    commits: list[None] = []
    event.listen(two_workers[0].engine, "commit", lambda _: commits.append(None))
    fails = [None, WorkError(), None, None, WorkError()]
    told = await in_a_group(
        two_workers[0], *(lambda db, one=one: store_number(db, one, fails[one]) for one in range(5))
    )
    assert [one if isinstance(one, int) else type(one) for one in told] == [0, WorkError, 2, 3, WorkError]
    assert fetch_rows(two_workers[0], STORED_NUMBERS_SQL) == [(0,), (2,), (3,)]
    assert len(commits) == 1


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_connection_that_is_lost_in_a_group_is_nobody_s_fault_and_each_is_kept_once(
    two_workers: list[Database], after: int
) -> None:
    tries: list[int] = []

    def lose(database: Database) -> int:
        tries.append(1)
        with database.nested() as session:
            if len(tries) == 1:
                kill_transaction_session(session.connection)
            return store_number(database, 100)

    pieces = [partial(store_number, number=one) for one in range(2)]
    told = await in_a_group(two_workers[0], *pieces[:after], lose, *pieces[after:])
    assert sorted(told) == [0, 1, 100]
    assert fetch_rows(two_workers[0], STORED_NUMBERS_SQL) == [(0,), (1,), (100,)]


async def test_what_fails_as_its_connection_is_lost_is_no_trouble_to_the_others(two_workers: list[Database]) -> None:
    """It can't be undone alone: nothing of the group is there any more."""
    tries: list[int] = []

    def lose(database: Database) -> None:
        tries.append(1)
        with database.nested() as session:
            if len(tries) == 1:
                kill_transaction_session(session.connection)
            raise WorkError

    told = await in_a_group(two_workers[0], lambda db: store_number(db, 1), lose, lambda db: store_number(db, 2))
    assert [type(one) for one in told] == [int, WorkError, int]
    assert fetch_rows(two_workers[0], STORED_NUMBERS_SQL) == [(1,), (2,)]


async def test_groups_of_two_workers_with_the_same_chats_the_other_way_round_both_get_through(
    two_workers: list[Database],
) -> None:
    """The first piece of each holds the chat that the second of the other needs. Nobody is undone but who waits."""
    together, tries = Barrier(2, timeout=20), list[tuple[int, int]]()

    def turn(database: Database, chat_id: int) -> int:
        worker = two_workers.index(database)
        first = chat_id == 1 + worker
        tries.append((worker, chat_id))
        with database.nested() as session:
            lock_chat(session, chat_id)
            session.execute(
                text("update chats set recent_update_ids = recent_update_ids || :me where chat_id = :chat"),
                {"me": str(worker), "chat": chat_id},
            )
        if first and tries.count((worker, chat_id)) == 1:
            together.wait()
        return chat_id

    for chat in (1, 2):
        with two_workers[0].transaction() as session:
            lock_chat(session, chat)
    orders = ((1, 2), (2, 1))
    told = await asyncio.gather(
        *(
            in_a_group(database, *(lambda db, chat=chat: turn(db, chat) for chat in order))
            for database, order in zip(two_workers, orders, strict=True)
        )
    )
    assert told == [[1, 2], [2, 1]]
    assert tries.count((0, 1)) == tries.count((1, 2)) == 1, "whoever held a chat was not undone"
    assert [
        sorted(taken) for (taken,) in fetch_rows(two_workers[0], "select recent_update_ids from chats order by chat_id")
    ] == [["0", "1"]] * 2


async def test_who_would_wait_for_long_waits_alone_and_keeps_nobody(two_workers: list[Database]) -> None:
    """A chat is held by somebody who takes their time: of the group, only its own turn waits for it."""
    let_go = await held(two_workers[1], 1)
    group = asyncio.ensure_future(
        in_a_group(two_workers[0], hold, lambda db: store_number(db, 2), lambda db: store_number(db, 3))
    )
    while not fetch_rows(render_url(two_workers[0].engine.url), STORED_NUMBERS_SQL):  # noqa: ASYNC110 - the others are committed
        await asyncio.sleep(0.01)
    alone = asyncio.ensure_future(two_workers[0].run_grouped(hold))
    await asyncio.sleep(0)
    assert await two_workers[0].run_grouped(store_number, 4) == 4, "later ones don't wait for it either"
    assert not group.done()
    assert not alone.done()
    await let_go()
    assert (await group, await alone) == ([1, 2, 3], 1)


async def test_however_many_wait_for_what_is_held_others_don_t(two_workers: list[Database]) -> None:
    """A campaign is held by a worker that froze, and a crowd sends there: each other chat is answered at once."""
    let_go = await held(two_workers[1], 1)
    crowd = [asyncio.ensure_future(two_workers[0].run_grouped(hold)) for _ in range(3 * THREAD_COUNT)]
    for number in range(20):
        await two_workers[0].run_grouped(store_number, number)
    assert not any(one.done() for one in crowd)
    await let_go()
    assert set(await asyncio.gather(*crowd)) == {1}
