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
from storage.db.postgresql import THREADS
from tests.storage.db.test_group_commit import KEPT, Failed, keep
from tests.storage.db.test_outage import kill
from tests.support.postgresql import SECRET, address_of
from tests.support.raw_sql import rows


@pytest.fixture
def two(on_server: str) -> Iterator[list[Database]]:
    with ExitStack() as ending:
        yield [ending.enter_context(closing(open_database(on_server, SECRET))) for _ in range(2)]


def hold(database: Database, chat: int = 1, meanwhile: Callable[[], object] = int) -> int:
    with database.transaction() as tx:
        lock_chat(tx, chat)
        meanwhile()
    return chat


async def held(database: Database, chat: int) -> Callable[[], Awaitable[int]]:
    """Somebody holds this chat and takes their time, until what is given back is called."""
    begun, over = Event(), Event()

    def long() -> None:
        begun.set()
        assert over.wait(20)

    async def let_go() -> int:
        over.set()
        return await holding

    holding = asyncio.ensure_future(database.hop(hold, chat, long))
    await asyncio.to_thread(begun.wait, 20)
    return let_go


async def in_a_group(database: Database, *pieces: Callable[[Database], Any]) -> list[Any]:
    """These pieces of work, as one group: what each was told."""
    busy = Event()
    first = asyncio.ensure_future(database.join(lambda _: busy.wait(20)))
    for _ in range(2):
        await asyncio.sleep(0)  # it has joined; it is worked at, alone
    joined = [asyncio.ensure_future(database.join(piece)) for piece in pieces]
    await asyncio.sleep(0)
    busy.set()
    await first
    return await asyncio.gather(*joined, return_exceptions=True)


async def test_what_waits_together_is_one_commit_and_what_fails_is_undone_alone(two: list[Database]) -> None:
    commits: list[None] = []
    event.listen(two[0].engine, "commit", lambda _: commits.append(None))
    fails = [None, Failed(), None, None, Failed()]
    told = await in_a_group(two[0], *(lambda db, one=one: keep(db, one, fails[one]) for one in range(5)))
    assert [one if isinstance(one, int) else type(one) for one in told] == [0, Failed, 2, 3, Failed]
    assert rows(two[0], KEPT) == [(0,), (2,), (3,)]
    assert len(commits) == 1


@pytest.mark.parametrize("after", [0, 1, 2])
async def test_a_connection_that_is_lost_in_a_group_is_nobody_s_fault_and_each_is_kept_once(
    two: list[Database], after: int
) -> None:
    tries: list[int] = []

    def lose(database: Database) -> int:
        tries.append(1)
        with database.transaction() as tx:
            if len(tries) == 1:
                kill(tx)
            return keep(database, 100)

    pieces = [partial(keep, number=one) for one in range(2)]
    told = await in_a_group(two[0], *pieces[:after], lose, *pieces[after:])
    assert sorted(told) == [0, 1, 100]
    assert rows(two[0], KEPT) == [(0,), (1,), (100,)]


async def test_what_fails_as_its_connection_is_lost_is_no_trouble_to_the_others(two: list[Database]) -> None:
    """It can't be undone alone: nothing of the group is there any more."""
    tries: list[int] = []

    def lose(database: Database) -> None:
        tries.append(1)
        with database.transaction() as tx:
            if len(tries) == 1:
                kill(tx)
            raise Failed

    told = await in_a_group(two[0], lambda db: keep(db, 1), lose, lambda db: keep(db, 2))
    assert [type(one) for one in told] == [int, Failed, int]
    assert rows(two[0], KEPT) == [(1,), (2,)]


async def test_groups_of_two_workers_with_the_same_chats_the_other_way_round_both_get_through(
    two: list[Database],
) -> None:
    """The first piece of each holds the chat that the second of the other needs. Nobody is undone but who waits."""
    together, tries = Barrier(2, timeout=20), list[tuple[int, int]]()

    def turn(database: Database, chat: int) -> int:
        worker = two.index(database)
        first = chat == 1 + worker
        tries.append((worker, chat))
        with database.transaction() as tx:
            lock_chat(tx, chat)
            tx.execute(
                text("update chats set taken = taken || :me where chat = :chat"), {"me": str(worker), "chat": chat}
            )
        if first and tries.count((worker, chat)) == 1:
            together.wait()
        return chat

    for chat in (1, 2):
        with two[0].transaction() as tx:
            lock_chat(tx, chat)
    orders = ((1, 2), (2, 1))
    told = await asyncio.gather(
        *(
            in_a_group(database, *(lambda db, chat=chat: turn(db, chat) for chat in order))
            for database, order in zip(two, orders, strict=True)
        )
    )
    assert told == [[1, 2], [2, 1]]
    assert tries.count((0, 1)) == tries.count((1, 2)) == 1, "whoever held a chat was not undone"
    assert [sorted(taken) for (taken,) in rows(two[0], "select taken from chats order by chat")] == [["0", "1"]] * 2


async def test_who_would_wait_for_long_waits_alone_and_keeps_nobody(two: list[Database]) -> None:
    """A chat is held by somebody who takes their time: of the group, only its own turn waits for it."""
    let_go = await held(two[1], 1)
    group = asyncio.ensure_future(in_a_group(two[0], hold, lambda db: keep(db, 2), lambda db: keep(db, 3)))
    while not rows(address_of(two[0].engine.url), KEPT):  # noqa: ASYNC110 - the others are committed
        await asyncio.sleep(0.01)
    alone = asyncio.ensure_future(two[0].join(hold))
    await asyncio.sleep(0)
    assert await two[0].join(keep, 4) == 4, "later ones don't wait for it either"
    assert not group.done()
    assert not alone.done()
    await let_go()
    assert (await group, await alone) == ([1, 2, 3], 1)


async def test_however_many_wait_for_what_is_held_others_don_t(two: list[Database]) -> None:
    """A campaign is held by a worker that froze, and a crowd sends there: each other chat is answered at once."""
    let_go = await held(two[1], 1)
    crowd = [asyncio.ensure_future(two[0].join(hold)) for _ in range(3 * THREADS)]
    for number in range(20):
        await two[0].join(keep, number)
    assert not any(one.done() for one in crowd)
    await let_go()
    assert set(await asyncio.gather(*crowd)) == {1}
