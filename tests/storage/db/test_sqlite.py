"""What is SQLite's own: how each connection is set up, a damaged file, a full one."""

import resource
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from flows.models import Commanded
from storage.db.database import Database, open_database
from storage.db.readonly import open_existing
from storage.errors import StorageAway, StorageUnusable
from tests.support.raw_sql import rows
from tests.support.stored_chat import Turning


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1)]
)
def test_every_connection_is_set_up(on_file: Database, pragma: str, value: object) -> None:
    with on_file.transaction() as one, on_file.engine.connect() as other:
        assert one.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        assert other.connection.driver_connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)  # type: ignore[union-attr]


def test_a_damaged_database_is_away_and_not_somebody_s_fault(on_file: Database, file: Path) -> None:
    Turning(on_file).to_check()
    with on_file.transaction() as tx:
        tx.exec_driver_sql("select 1")
    on_file.engine.dispose()
    with file.open("r+b") as raw:
        raw.seek(0)
        raw.write(b"x" * 4096)
    for more in (file.with_name("bot.db-wal"), file.with_name("bot.db-shm")):
        more.unlink(missing_ok=True)
    with pytest.raises(StorageAway):
        Turning(on_file).to_check()


def test_a_full_disk_is_a_database_that_is_away_and_nothing_of_the_turn_is_kept(on_file: Database) -> None:
    turning = Turning(on_file)
    turning.to_check()
    limit(on_file, 1)  # no more than there are now
    kept = fill(turning)
    assert everything(on_file) == kept
    limit(on_file, 1_000_000)
    turning.say()
    turning.send()


def test_what_was_committed_counts_although_there_is_no_room_to_move_it(on_file: Database, file: Path) -> None:
    """The turn is kept in the write-ahead log; that it can't be moved into the file is no fault of the turn."""
    turning = Turning(on_file)
    turning.to_check()
    kept, log = everything(on_file), file.with_name("bot.db-wal")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))  # no file of this process may be written beyond this
    try:
        on_file.settle()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert log.stat().st_size, "it could not be moved"
    on_file.settle()
    assert not log.stat().st_size
    assert everything(on_file) == kept


def gone(file: Path) -> None:
    file.rename(file.with_name("elsewhere.db"))


def replaced(file: Path) -> None:
    gone(file)
    file.write_bytes(file.with_name("elsewhere.db").read_bytes())


@pytest.mark.parametrize("lost", [gone, replaced])
@pytest.mark.parametrize("reconnects", [False, True])
def test_a_file_that_is_moved_away_takes_nothing_in_and_comes_back(
    on_file: Database, file: Path, lost: Callable[[Path], None], reconnects: bool
) -> None:
    """SQLite itself would write on into the one that no start will find."""
    turning = Turning(on_file)
    turning.to_check()
    kept, there = everything(on_file), set(file.parent.iterdir())
    lost(file)
    if reconnects:
        on_file.engine.dispose()
    left = set(file.parent.iterdir())
    for number in (500, 501):
        with pytest.raises(StorageAway, match="was moved, deleted or replaced: put it back; to move it, stop"):
            turning.take(Commanded("help"), number)
    on_file.settle()
    assert set(file.parent.iterdir()) == left, "no new file took its place"
    file.with_name("elsewhere.db").rename(file)
    assert (everything(on_file), reconnects or set(file.parent.iterdir()) == there) == (kept, True)
    turning.say()
    turning.send()


def emptied(file: Path) -> None:
    gone(file)
    file.touch()


@pytest.mark.parametrize("lost", [gone, emptied])
@pytest.mark.parametrize("way_in", [open_database, open_existing])
def test_what_stands_in_the_log_of_a_file_that_was_moved_is_not_lost_by_the_next_start(
    file: Path, lost: Callable[[Path], None], way_in: Callable[[str, str | None], Database]
) -> None:
    """SQLite alone would make a new file, and throw the log away. The key may have gone with the file."""
    address, key = f"sqlite:///{file}", file.with_suffix(".key")
    database = open_database(address)
    Turning(database).to_check()
    kept = everything(database)
    lost(file)
    database.close()
    key.rename(file.with_name("elsewhere.key"))
    left = {one.name: one.read_bytes() for one in file.parent.iterdir()}
    with pytest.raises(StorageUnusable, match=r"bot.db-wal holds the last answers of .*: put that file back beside it"):
        way_in(address, None)
    assert {one.name: one.read_bytes() for one in file.parent.iterdir()} == left
    file.with_name("elsewhere.db").rename(file)
    file.with_name("elsewhere.key").rename(key)
    with closing(open_database(address)) as again:
        assert everything(again) == kept


def test_a_file_that_goes_within_a_turn_keeps_nothing_of_it(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check()
    kept = everything(on_file)

    def lost_on_the_way() -> None:
        with on_file.transaction() as tx:
            tx.exec_driver_sql("delete from chats")
            gone(file)

    with pytest.raises(StorageAway, match="was moved"):
        lost_on_the_way()
    file.with_name("elsewhere.db").rename(file)
    assert everything(on_file) == kept


def fill(turning: Turning) -> list[list[tuple[Any, ...]]]:
    """Turns until there is no room; gives what the last one that was kept left behind."""
    kept = everything(turning.database)
    for number in range(1_000, 2_000):
        try:
            turning.take(Commanded("help"), number)
        except StorageAway as fault:
            assert "full" in str(fault)  # noqa: PT017 - what is looked for is what stood before it
            return kept
        kept = everything(turning.database)
    raise AssertionError("it was never full")


def everything(database: Database) -> list[list[tuple[Any, ...]]]:
    return [rows(database, f"select * from {table}") for table in ("chats", "runs", "answers", "outbox", "waiting")]


def limit(database: Database, pages: int) -> None:
    """The limit belongs to a connection; the pool of an SQLite file hands out the same one again."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
