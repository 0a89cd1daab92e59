"""Group commit: what waits together is kept together; what fails is undone alone; nobody is told too early."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from storage.db.database import Database, open_database
from storage.errors import StorageUnavailableError
from tests.support.group_commit import STORED_NUMBERS_SQL, WorkError, store_number
from tests.support.raw_sql import fetch_rows


async def beside(database: Database, work: Callable[[], Awaitable[Any]]) -> Any:
    """Does this while the thread that writes is busy: what joins meanwhile waits together."""
    busy = Event()
    first = asyncio.create_task(database.run_in_thread(lambda _: busy.wait(60)))
    working = asyncio.ensure_future(work())
    await asyncio.sleep(0)  # all of it has joined
    busy.set()
    await first
    return await working


async def joined(database: Database, fails: list[Exception | None]) -> list[Any]:
    """What each of these pieces, numbered, was told."""

    async def all_of_them() -> list[Any]:
        pieces = [database.run_grouped(store_number, number, fault) for number, fault in enumerate(fails)]
        return await asyncio.gather(*pieces, return_exceptions=True)

    told: list[Any] = await beside(database, all_of_them)
    return told


@contextmanager
def away(database: Database, file: Path) -> Iterator[None]:
    """The file is elsewhere, and no connection to it is left."""
    database.engine.dispose()
    moved = file.rename(file.with_suffix(".moved"))
    yield
    moved.rename(file)


@pytest.fixture
def commit_log(sqlite_database: Database) -> list[None]:
    """Grows with each commit."""
    seen: list[None] = []
    event.listen(sqlite_database.engine, "commit", lambda _: seen.append(None))
    return seen


async def test_what_waits_together_is_one_commit(sqlite_database: Database, commit_log: list[None]) -> None:
    assert await joined(sqlite_database, [None] * 20) == [*range(20)]
    assert len(fetch_rows(sqlite_database, STORED_NUMBERS_SQL)) == 20
    assert len(commit_log) == 1


@settings(max_examples=30, deadline=None)
@given(fails=st.lists(st.booleans(), min_size=1, max_size=12))
def test_what_fails_is_undone_alone(fails: list[bool], tmp_path_factory: pytest.TempPathFactory) -> None:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('kept')}/bot.db")
    try:
        told = asyncio.run(joined(database, [WorkError() if one else None for one in fails]))
        assert [isinstance(one, WorkError) for one in told] == fails
        assert fetch_rows(database, STORED_NUMBERS_SQL) == [(number,) for number, one in enumerate(fails) if not one]
    finally:
        database.close()


@pytest.mark.parametrize("damaged", [0, 1, 2])
async def test_a_damaged_row_is_the_trouble_of_those_who_need_it(sqlite_database: Database, damaged: int) -> None:
    told = await joined(
        sqlite_database, [StorageUnavailableError("damaged") if one == damaged else None for one in range(3)]
    )
    assert [str(one) for one in told] == ["damaged" if one == damaged else str(one) for one in range(3)]
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(one,) for one in range(3) if one != damaged]


async def test_where_sqlite_gives_all_of_it_up_the_others_are_kept_once(sqlite_database: Database) -> None:
    """On a full disk it rolls the whole transaction back by itself (https://sqlite.org/lang_transaction.html)."""

    def full(database: Database) -> None:
        with database.nested() as session:
            session.connection.exec_driver_sql("ROLLBACK")
            raise StorageUnavailableError("full")

    async def three() -> list[Any]:
        pieces = (
            sqlite_database.run_grouped(store_number, 1),
            sqlite_database.run_grouped(full),
            sqlite_database.run_grouped(store_number, 2),
        )
        return [*await asyncio.gather(*pieces, return_exceptions=True)]

    assert [type(one) for one in await beside(sqlite_database, three)] == [int, StorageUnavailableError, int]
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(1,), (2,)]


async def test_nobody_is_told_that_it_is_kept_where_the_commit_fails(
    sqlite_database: Database, database_file: Path
) -> None:
    """The file is moved while they write: SQLite would go on writing into what no start will find."""

    def moves(database: Database) -> int:
        kept = store_number(database, 100)
        database_file.rename(database_file.with_suffix(".moved"))
        return kept

    async def both() -> list[Any]:
        return [
            *await asyncio.gather(
                sqlite_database.run_grouped(store_number, 1), sqlite_database.run_grouped(moves), return_exceptions=True
            )
        ]

    assert [type(one) for one in await beside(sqlite_database, both)] == [
        StorageUnavailableError,
        StorageUnavailableError,
    ]
    database_file.with_suffix(".moved").rename(database_file)
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == []


async def test_a_database_that_can_t_be_begun_with_is_not_tried_for_each(
    sqlite_database: Database, database_file: Path
) -> None:
    """Where it takes its time to say no, nobody waits for more than one."""
    tries: list[int] = []

    def trying(database: Database, number: int) -> None:
        tries.append(number)
        store_number(database, number)

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(
            *(sqlite_database.run_grouped(trying, one) for one in range(5)), return_exceptions=True
        )

    with away(sqlite_database, database_file):
        assert {type(one) for one in await beside(sqlite_database, all_of_them)} == {StorageUnavailableError}
    assert tries == []


async def test_a_database_that_goes_in_the_middle_is_not_tried_for_each(
    sqlite_database: Database, database_file: Path
) -> None:
    """As above: one of them met it, and for the others it is looked whether it is still there."""
    tries: list[int] = []

    def goes(database: Database, number: int) -> None:
        tries.append(number)
        if number == 1:
            database_file.rename(database_file.with_suffix(".moved"))
            raise StorageUnavailableError("gone")
        store_number(database, number)

    async def all_of_them() -> list[Any]:
        return await asyncio.gather(
            *(sqlite_database.run_grouped(goes, one) for one in range(5)), return_exceptions=True
        )

    assert {type(one) for one in await beside(sqlite_database, all_of_them)} == {StorageUnavailableError}
    assert tries == [0, 1]
    database_file.with_suffix(".moved").rename(database_file)
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == []


async def test_what_was_erased_is_gone_from_the_log_before_anybody_is_told(
    sqlite_database: Database, database_file: Path
) -> None:
    def erase(database: Database) -> None:
        store_number(database, 7)
        database.checkpoint()

    async def both() -> int:
        await asyncio.gather(sqlite_database.run_grouped(erase), sqlite_database.run_grouped(store_number, 8))
        return database_file.with_name(f"{database_file.name}-wal").stat().st_size

    assert await beside(sqlite_database, both) == 0
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(7,), (8,)]


async def test_who_waits_no_more_is_no_trouble_to_the_others(sqlite_database: Database) -> None:
    async def one_goes() -> int:
        gone, stays = (asyncio.ensure_future(sqlite_database.run_grouped(store_number, number)) for number in (1, 2))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert await beside(sqlite_database, one_goes) == 2
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(1,), (2,)]
