"""Group commit: concurrent work shares a commit, failed work is undone alone, and no result is returned before the
commit.
"""

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


async def run_as_group(database: Database, work: Callable[[], Awaitable[Any]]) -> Any:
    """Runs this work while the writing thread is busy, so that it forms one group."""
    busy = Event()
    first = asyncio.create_task(database.run_in_thread(lambda _: busy.wait(60)))
    running_work = asyncio.ensure_future(work())
    await asyncio.sleep(0)  # all work has joined the group
    busy.set()
    await first
    return await running_work


async def run_numbered(database: Database, errors: list[Exception | None]) -> list[Any]:
    """The results of numbered pieces of work that form one group, each with this error or none."""

    async def run_all() -> list[Any]:
        pieces = [database.run_grouped(store_number, number, error) for number, error in enumerate(errors)]
        return await asyncio.gather(*pieces, return_exceptions=True)

    results: list[Any] = await run_as_group(database, run_all)
    return results


@contextmanager
def move_file_away(database: Database, file: Path) -> Iterator[None]:
    """Moves the file away while no connection to it is open."""
    database.engine.dispose()
    moved = file.rename(file.with_suffix(".moved"))
    yield
    moved.rename(file)


@pytest.fixture
def commit_log(sqlite_database: Database) -> list[None]:
    """A list with one item for each commit."""
    commits: list[None] = []
    event.listen(sqlite_database.engine, "commit", lambda _: commits.append(None))
    return commits


async def test_concurrent_work_shares_one_commit(sqlite_database: Database, commit_log: list[None]) -> None:
    assert await run_numbered(sqlite_database, [None] * 20) == [*range(20)]
    assert len(fetch_rows(sqlite_database, STORED_NUMBERS_SQL)) == 20
    assert len(commit_log) == 1


@settings(max_examples=30, deadline=None)
@given(errors=st.lists(st.booleans(), min_size=1, max_size=12))
def test_failed_work_is_undone_alone(errors: list[bool], tmp_path_factory: pytest.TempPathFactory) -> None:
    database = open_database(f"sqlite:///{tmp_path_factory.mktemp('kept')}/bot.db")
    try:
        results = asyncio.run(run_numbered(database, [WorkError() if one else None for one in errors]))
        assert [isinstance(one, WorkError) for one in results] == errors
        assert fetch_rows(database, STORED_NUMBERS_SQL) == [(number,) for number, one in enumerate(errors) if not one]
    finally:
        database.close()


@pytest.mark.parametrize("damaged", [0, 1, 2])
async def test_an_unreadable_row_fails_only_the_work_that_reads_it(sqlite_database: Database, damaged: int) -> None:
    results = await run_numbered(
        sqlite_database, [StorageUnavailableError("damaged") if one == damaged else None for one in range(3)]
    )
    assert [str(one) for one in results] == ["damaged" if one == damaged else str(one) for one in range(3)]
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(one,) for one in range(3) if one != damaged]


async def test_after_a_full_rollback_the_other_work_is_stored_once(sqlite_database: Database) -> None:
    """On a full disk, SQLite rolls back the whole transaction (https://sqlite.org/lang_transaction.html)."""

    def roll_back_all(database: Database) -> None:
        with database.nested() as session:
            session.connection.exec_driver_sql("ROLLBACK")
            raise StorageUnavailableError("full")

    async def run_three() -> list[Any]:
        pieces = (
            sqlite_database.run_grouped(store_number, 1),
            sqlite_database.run_grouped(roll_back_all),
            sqlite_database.run_grouped(store_number, 2),
        )
        return [*await asyncio.gather(*pieces, return_exceptions=True)]

    assert [type(one) for one in await run_as_group(sqlite_database, run_three)] == [int, StorageUnavailableError, int]
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(1,), (2,)]


async def test_a_failed_commit_fails_all_work_of_the_group(sqlite_database: Database, database_file: Path) -> None:
    """The file is moved during the writes, and SQLite would go on writing to the moved file."""

    def store_and_move_file(database: Database) -> int:
        stored = store_number(database, 100)
        database_file.rename(database_file.with_suffix(".moved"))
        return stored

    async def run_both() -> list[Any]:
        return [
            *await asyncio.gather(
                sqlite_database.run_grouped(store_number, 1),
                sqlite_database.run_grouped(store_and_move_file),
                return_exceptions=True,
            )
        ]

    assert [type(one) for one in await run_as_group(sqlite_database, run_both)] == [
        StorageUnavailableError,
        StorageUnavailableError,
    ]
    database_file.with_suffix(".moved").rename(database_file)
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == []


async def test_a_missing_database_is_not_tried_for_each_piece_of_work(
    sqlite_database: Database, database_file: Path
) -> None:
    """So nobody waits for more than one failed attempt."""
    attempts: list[int] = []

    def store_and_count(database: Database, number: int) -> None:
        attempts.append(number)
        store_number(database, number)

    async def run_all() -> list[Any]:
        return await asyncio.gather(
            *(sqlite_database.run_grouped(store_and_count, one) for one in range(5)), return_exceptions=True
        )

    with move_file_away(sqlite_database, database_file):
        assert {type(one) for one in await run_as_group(sqlite_database, run_all)} == {StorageUnavailableError}
    assert attempts == []


async def test_a_database_lost_midway_is_not_tried_for_each_piece_of_work(
    sqlite_database: Database, database_file: Path
) -> None:
    """After one piece failed, the database is checked before the others are tried."""
    attempts: list[int] = []

    def fail_in_the_middle(database: Database, number: int) -> None:
        attempts.append(number)
        if number == 1:
            database_file.rename(database_file.with_suffix(".moved"))
            raise StorageUnavailableError("gone")
        store_number(database, number)

    async def run_all() -> list[Any]:
        return await asyncio.gather(
            *(sqlite_database.run_grouped(fail_in_the_middle, one) for one in range(5)), return_exceptions=True
        )

    assert {type(one) for one in await run_as_group(sqlite_database, run_all)} == {StorageUnavailableError}
    assert attempts == [0, 1]
    database_file.with_suffix(".moved").rename(database_file)
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == []


async def test_erased_data_is_gone_from_the_log_before_results_are_returned(
    sqlite_database: Database, database_file: Path
) -> None:
    def erase(database: Database) -> None:
        store_number(database, 7)
        database.checkpoint()

    async def run_both() -> int:
        await asyncio.gather(sqlite_database.run_grouped(erase), sqlite_database.run_grouped(store_number, 8))
        return database_file.with_name(f"{database_file.name}-wal").stat().st_size

    assert await run_as_group(sqlite_database, run_both) == 0
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(7,), (8,)]


async def test_cancelled_work_does_not_affect_the_others(sqlite_database: Database) -> None:
    async def cancel_one() -> int:
        cancelled, other = (
            asyncio.ensure_future(sqlite_database.run_grouped(store_number, number)) for number in (1, 2)
        )
        await asyncio.sleep(0)
        cancelled.cancel()
        return await other

    assert await run_as_group(sqlite_database, cancel_one) == 2
    assert fetch_rows(sqlite_database, STORED_NUMBERS_SQL) == [(1,), (2,)]
