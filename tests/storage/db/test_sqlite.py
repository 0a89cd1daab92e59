"""SQLite: connection settings, damaged, moved and full files."""

import resource
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flows.models import Command
from storage.db.database import Database, open_database
from storage.db.readonly import open_existing
from storage.errors import StorageUnavailableError, StorageUnreadableError
from tests.support.raw_sql import fetch_rows
from tests.support.stored_chat import StoredChat


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1)]
)
def test_every_connection_has_its_pragmas(sqlite_database: Database, pragma: str, value: object) -> None:
    with sqlite_database.transaction() as one, sqlite_database.engine.connect() as other:
        assert one.connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        assert other.connection.driver_connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)  # type: ignore[union-attr]


def test_a_damaged_file_is_an_outage(sqlite_database: Database, database_file: Path) -> None:
    StoredChat(sqlite_database).walk_to_review()
    with sqlite_database.transaction() as session:
        session.connection.exec_driver_sql("select 1")
    sqlite_database.engine.dispose()
    with database_file.open("r+b") as raw:
        raw.seek(0)
        raw.write(b"x" * 4096)
    for log_file in (database_file.with_name("bot.db-wal"), database_file.with_name("bot.db-shm")):
        log_file.unlink(missing_ok=True)
    with pytest.raises(StorageUnavailableError):
        StoredChat(sqlite_database).walk_to_review()


def test_a_full_disk_is_an_outage_and_undoes_the_turn(sqlite_database: Database) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    limit_pages(sqlite_database, 1)  # no more pages than there are now
    stored = fill_disk(stored_chat)
    assert read_tables(sqlite_database) == stored
    limit_pages(sqlite_database, 1_000_000)
    stored_chat.deliver_entries()
    stored_chat.submit()


def test_a_failed_checkpoint_loses_no_committed_turn(sqlite_database: Database, database_file: Path) -> None:
    """The turn is stored in the write-ahead log; a failed checkpoint does not undo it."""
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    stored, wal_file = read_tables(sqlite_database), database_file.with_name("bot.db-wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))  # no file of this process may grow beyond one byte
    try:
        sqlite_database.checkpoint()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert wal_file.stat().st_size, "the checkpoint failed"
    sqlite_database.checkpoint()
    assert not wal_file.stat().st_size
    assert read_tables(sqlite_database) == stored


def move_away(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))


def replace_by_copy(file: Path) -> None:
    move_away(file)
    file.write_bytes(file.with_name("elsewhere.db").read_bytes())


@pytest.mark.parametrize("lose_file", [move_away, replace_by_copy])
@pytest.mark.parametrize("reconnects", [False, True])
def test_a_moved_file_is_an_outage_until_it_is_back(
    sqlite_database: Database, database_file: Path, lose_file: Callable[[Path], None], reconnects: bool
) -> None:
    """SQLite itself would go on writing to the moved file."""
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    stored, files_before = read_tables(sqlite_database), set(database_file.parent.iterdir())
    lose_file(database_file)
    if reconnects:
        sqlite_database.engine.dispose()
    files_after = set(database_file.parent.iterdir())
    for number in (500, 501):
        with pytest.raises(
            StorageUnavailableError, match="was moved, deleted or replaced: put it back; to move it, stop"
        ):
            stored_chat.take_reply(Command("help"), number)
    sqlite_database.checkpoint()
    assert set(database_file.parent.iterdir()) == files_after, "no new file was created"
    database_file.with_name("elsewhere.db").rename(database_file)
    assert (read_tables(sqlite_database), reconnects or set(database_file.parent.iterdir()) == files_before) == (
        stored,
        True,
    )
    stored_chat.deliver_entries()
    stored_chat.submit()


def replace_by_empty_file(file: Path) -> None:
    move_away(file)
    file.touch()


@pytest.mark.parametrize("lose_file", [move_away, replace_by_empty_file])
@pytest.mark.parametrize("open_function", [open_database, open_existing])
def test_opening_a_log_without_its_file_is_refused_and_loses_nothing(
    database_file: Path, lose_file: Callable[[Path], None], open_function: Callable[[str, str | None], Database]
) -> None:
    """SQLite alone would create a new file and delete the log. The key may have been moved too."""
    address, key = f"sqlite:///{database_file}", database_file.with_suffix(".key")
    database = open_database(address)
    StoredChat(database).walk_to_review()
    stored = read_tables(database)
    lose_file(database_file)
    database.close()
    key.rename(database_file.with_name("elsewhere.key"))
    files_after = {one.name: one.read_bytes() for one in database_file.parent.iterdir()}
    with pytest.raises(
        StorageUnreadableError, match=r"bot.db-wal holds the last answers of .*: put the database file back next to it"
    ):
        open_function(address, None)
    assert {one.name: one.read_bytes() for one in database_file.parent.iterdir()} == files_after
    database_file.with_name("elsewhere.db").rename(database_file)
    database_file.with_name("elsewhere.key").rename(key)
    with closing(open_database(address)) as reopened:
        assert read_tables(reopened) == stored


def test_a_file_moved_during_a_turn_undoes_the_turn(sqlite_database: Database, database_file: Path) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    stored = read_tables(sqlite_database)

    def lose_file_in_transaction() -> None:
        with sqlite_database.transaction() as session:
            session.connection.exec_driver_sql("delete from chats")
            move_away(database_file)

    with pytest.raises(StorageUnavailableError, match="was moved"):
        lose_file_in_transaction()
    database_file.with_name("elsewhere.db").rename(database_file)
    assert read_tables(sqlite_database) == stored


def fill_disk(stored_chat: StoredChat) -> list[list[tuple[Any, ...]]]:
    """Processes updates until the disk is full; returns the tables after the last stored one."""
    stored = read_tables(stored_chat.database)
    for number in range(1_000, 2_000):
        try:
            stored_chat.take_reply(Command("help"), number)
        except StorageUnavailableError as error:
            assert "full" in str(error)  # noqa: PT017 - the state before the error is needed
            return stored
        stored = read_tables(stored_chat.database)
    raise AssertionError("the disk was never full")


def read_tables(database: Database) -> list[list[tuple[Any, ...]]]:
    return [
        fetch_rows(database, f"select * from {table}")
        for table in ("chats", "runs", "answers", "outbox_entries", "pending_parts")
    ]


def limit_pages(database: Database, pages: int) -> None:
    """Sets the limit on a connection; the pool of an SQLite file returns the same one again."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
