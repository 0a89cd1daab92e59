"""What is SQLite's own: how each connection is set up, a damaged file, a full one."""

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
def test_every_connection_is_set_up(sqlite_database: Database, pragma: str, value: object) -> None:
    with sqlite_database.transaction() as one, sqlite_database.engine.connect() as other:
        assert one.connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        assert other.connection.driver_connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)  # type: ignore[union-attr]


def test_a_damaged_database_is_away_and_not_somebody_s_fault(sqlite_database: Database, database_file: Path) -> None:
    StoredChat(sqlite_database).walk_to_review()
    with sqlite_database.transaction() as session:
        session.connection.exec_driver_sql("select 1")
    sqlite_database.engine.dispose()
    with database_file.open("r+b") as raw:
        raw.seek(0)
        raw.write(b"x" * 4096)
    for more in (database_file.with_name("bot.db-wal"), database_file.with_name("bot.db-shm")):
        more.unlink(missing_ok=True)
    with pytest.raises(StorageUnavailableError):
        StoredChat(sqlite_database).walk_to_review()


def test_a_full_disk_is_a_database_that_is_away_and_nothing_of_the_turn_is_kept(sqlite_database: Database) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    limit(sqlite_database, 1)  # no more than there are now
    kept = fill(stored_chat)
    assert everything(sqlite_database) == kept
    limit(sqlite_database, 1_000_000)
    stored_chat.deliver_entries()
    stored_chat.submit()


def test_what_was_committed_counts_although_there_is_no_room_to_move_it(
    sqlite_database: Database, database_file: Path
) -> None:
    """The turn is kept in the write-ahead log; that it can't be moved into the file is no fault of the turn."""
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    kept, log = everything(sqlite_database), database_file.with_name("bot.db-wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))  # no file of this process may be written beyond this
    try:
        sqlite_database.checkpoint()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert log.stat().st_size, "it could not be moved"
    sqlite_database.checkpoint()
    assert not log.stat().st_size
    assert everything(sqlite_database) == kept


def gone(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))


def replaced(file: Path) -> None:
    gone(file)
    file.write_bytes(file.with_name("elsewhere.db").read_bytes())


@pytest.mark.parametrize("lost", [gone, replaced])
@pytest.mark.parametrize("reconnects", [False, True])
def test_a_file_that_is_moved_away_takes_nothing_in_and_comes_back(
    sqlite_database: Database, database_file: Path, lost: Callable[[Path], None], reconnects: bool
) -> None:
    """SQLite itself would write on into the one that no start will find."""
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    kept, there = everything(sqlite_database), set(database_file.parent.iterdir())
    lost(database_file)
    if reconnects:
        sqlite_database.engine.dispose()
    left = set(database_file.parent.iterdir())
    for number in (500, 501):
        with pytest.raises(
            StorageUnavailableError, match="was moved, deleted or replaced: put it back; to move it, stop"
        ):
            stored_chat.take_reply(Command("help"), number)
    sqlite_database.checkpoint()
    assert set(database_file.parent.iterdir()) == left, "no new file took its place"
    database_file.with_name("elsewhere.db").rename(database_file)
    assert (everything(sqlite_database), reconnects or set(database_file.parent.iterdir()) == there) == (kept, True)
    stored_chat.deliver_entries()
    stored_chat.submit()


def emptied(file: Path) -> None:
    gone(file)
    file.touch()


@pytest.mark.parametrize("lost", [gone, emptied])
@pytest.mark.parametrize("way_in", [open_database, open_existing])
def test_what_stands_in_the_log_of_a_file_that_was_moved_is_not_lost_by_the_next_start(
    database_file: Path, lost: Callable[[Path], None], way_in: Callable[[str, str | None], Database]
) -> None:
    """SQLite alone would make a new file, and throw the log away. The key may have gone with the file."""
    address, key = f"sqlite:///{database_file}", database_file.with_suffix(".key")
    database = open_database(address)
    StoredChat(database).walk_to_review()
    kept = everything(database)
    lost(database_file)
    database.close()
    key.rename(database_file.with_name("elsewhere.key"))
    left = {one.name: one.read_bytes() for one in database_file.parent.iterdir()}
    with pytest.raises(
        StorageUnreadableError, match=r"bot.db-wal holds the last answers of .*: put the database file back next to it"
    ):
        way_in(address, None)
    assert {one.name: one.read_bytes() for one in database_file.parent.iterdir()} == left
    database_file.with_name("elsewhere.db").rename(database_file)
    database_file.with_name("elsewhere.key").rename(key)
    with closing(open_database(address)) as again:
        assert everything(again) == kept


def test_a_file_that_goes_within_a_turn_keeps_nothing_of_it(sqlite_database: Database, database_file: Path) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review()
    kept = everything(sqlite_database)

    def lost_on_the_way() -> None:
        with sqlite_database.transaction() as session:
            session.connection.exec_driver_sql("delete from chats")
            gone(database_file)

    with pytest.raises(StorageUnavailableError, match="was moved"):
        lost_on_the_way()
    database_file.with_name("elsewhere.db").rename(database_file)
    assert everything(sqlite_database) == kept


def fill(stored_chat: StoredChat) -> list[list[tuple[Any, ...]]]:
    """Turns until there is no room; gives what the last one that was kept left behind."""
    kept = everything(stored_chat.database)
    for number in range(1_000, 2_000):
        try:
            stored_chat.take_reply(Command("help"), number)
        except StorageUnavailableError as error:
            assert "full" in str(error)  # noqa: PT017 - what is looked for is what stood before it
            return kept
        kept = everything(stored_chat.database)
    raise AssertionError("it was never full")


def everything(database: Database) -> list[list[tuple[Any, ...]]]:
    return [
        fetch_rows(database, f"select * from {table}")
        for table in ("chats", "runs", "answers", "outbox_entries", "pending_parts")
    ]


def limit(database: Database, pages: int) -> None:
    """The limit belongs to a connection; the pool of an SQLite file hands out the same one again."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
