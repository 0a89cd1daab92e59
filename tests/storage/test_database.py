"""The database: its settings, its key, its faults, and many who write at once."""

import os
import sqlite3
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from storage.database import Database, open_database
from storage.faults import StorageAway, StorageUnusable
from storage.tables import chats
from tests.storage.turning import Turning, rows

SECRET = "a secret of more than thirty-two characters"


@pytest.mark.parametrize(
    ("pragma", "value"), [("foreign_keys", 1), ("journal_mode", "wal"), ("synchronous", 2), ("secure_delete", 1)]
)
def test_every_connection_is_set_up(database: Database, pragma: str, value: object) -> None:
    with database.transaction() as one, database.engine.connect() as other:
        assert one.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
        assert other.connection.driver_connection.execute(f"PRAGMA {pragma}").fetchone() == (value,)  # type: ignore[union-attr]


def test_many_who_read_and_then_write_lose_nothing(database: Database) -> None:
    with database.transaction() as tx:
        tx.execute(insert(chats).values(chat=1, taken="", open_ask=0, blocked=False, seen_at=0))

    def add_one(_: int) -> None:
        with database.transaction() as tx:
            seen = tx.execute(select(chats.c.seen_at)).scalar_one()
            tx.execute(update(chats).values(seen_at=seen + 1))

    with ThreadPoolExecutor(8) as many:
        list(many.map(add_one, range(200)))
    assert rows(Path(database.engine.url.database or ""), "select seen_at from chats") == [(200,)]


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database, file: Path) -> None:
    def half() -> None:
        with database.transaction() as tx:
            tx.execute(insert(chats).values(chat=1, taken="", open_ask=0, blocked=False, seen_at=0))
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert rows(file, "select * from chats") == []


def test_a_damaged_database_is_away_and_not_somebody_s_fault(database: Database, file: Path) -> None:
    Turning(database).to_check()
    with database.transaction() as tx:
        tx.exec_driver_sql("select 1")
    database.engine.dispose()
    with file.open("r+b") as raw:
        raw.seek(0)
        raw.write(b"x" * 4096)
    for more in (file.with_name("bot.db-wal"), file.with_name("bot.db-shm")):
        more.unlink(missing_ok=True)
    with pytest.raises(StorageAway):
        Turning(database).to_check()


def test_chat_ids_of_64_bits_are_kept(database: Database, file: Path) -> None:
    for chat in (2**52 + 1, -1_001_234_567_890, 2**63 - 1):
        Turning(database, chat).to_check()
    assert {chat for (chat,) in rows(file, "select chat from runs")} == {2**52 + 1, -1_001_234_567_890, 2**63 - 1}


# The key


def test_the_key_is_made_once_for_its_owner_only(file: Path) -> None:
    open_database(f"sqlite:///{file}").close()
    key = file.with_suffix(".key")
    first = key.read_text()
    open_database(f"sqlite:///{file}").close()
    assert key.read_text() == first
    assert {stat.S_IMODE(one.stat().st_mode) for one in (key, file)} == {0o600}
    assert {one.name for one in file.parent.iterdir()} == {"bot.db", "bot.key"}


def test_a_start_that_was_killed_while_it_made_the_key_does_not_spoil_the_next(file: Path) -> None:
    file.with_name("bot.key.new").write_text("half a k")
    open_database(f"sqlite:///{file}").close()


def lose_the_key(file: Path) -> None:
    file.with_suffix(".key").unlink()


def shorten_the_key(file: Path) -> None:
    file.with_suffix(".key").write_text("short")


def empty_the_key(file: Path) -> None:
    file.with_suffix(".key").write_text("")


def garble_the_key(file: Path) -> None:
    file.with_suffix(".key").write_bytes(b"\xff" * 40)


def another_key(file: Path) -> None:
    file.with_suffix(".key").write_text("k" * 43)


def a_folder_for_a_key(file: Path) -> None:
    lose_the_key(file)
    file.with_suffix(".key").mkdir()


def not_a_database(file: Path) -> None:
    file.write_text("this is a letter, not a database\n" * 200)


def a_newer_database(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("update alembic_version set version_num = '9999'")


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (lose_the_key, "bot.key is missing, but .*bot.db is there: put the key back, or set SECRET_KEY"),
    (shorten_the_key, "bot.key holds no whole key: put back the one"),
    (empty_the_key, "bot.key holds no whole key: put back the one"),
    (garble_the_key, "another key: put back its SECRET_KEY, or the .key file"),
    (another_key, "another key: put back its SECRET_KEY, or the .key file"),
    (a_folder_for_a_key, "bot.key can't be read: Is a directory. It holds the key of"),
    (not_a_database, "DATABASE_URL: .*bot.db can't be used: file is not a database"),
    (a_newer_database, "written by a newer version: upgrade the bot"),
]


@pytest.mark.parametrize(("spoil", "says"), FAULTS, ids=[spoil.__name__ for spoil, _ in FAULTS])
def test_what_cannot_be_used_is_said_with_the_fix(file: Path, spoil: Callable[[Path], None], says: str) -> None:
    open_database(f"sqlite:///{file}").close()
    spoil(file)
    with pytest.raises(StorageUnusable, match=says):
        open_database(f"sqlite:///{file}")


@pytest.mark.parametrize(
    ("address", "secret", "says"),
    [
        ("sqlite:///{folder}/bot.db", "short", "SECRET_KEY is under 32 characters"),
        ("sqlite:////proc/nowhere/bot.db", None, "DATABASE_URL: /proc/nowhere/bot.db can't be used"),
        ("sqlite:///{folder}", SECRET, "DATABASE_URL: .* can't be used"),
        ("sqlite://", None, "DATABASE_URL names no file"),
        ("sqlite:///:memory:", None, "DATABASE_URL names no file"),
        ("nonsense", None, "DATABASE_URL is no address"),
        ("postgresql://localhost/bot", None, "DATABASE_URL: this version keeps to SQLite"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(tmp_path: Path, address: str, secret: str | None, says: str) -> None:
    with pytest.raises(StorageUnusable, match=says):
        open_database(address.format(folder=tmp_path), secret)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_key_that_may_not_be_read_is_named(file: Path) -> None:
    open_database(f"sqlite:///{file}").close()
    file.with_suffix(".key").chmod(0)
    with pytest.raises(StorageUnusable, match=r"bot\.key can't be read: Permission denied"):
        open_database(f"sqlite:///{file}")


def test_a_key_from_the_settings_needs_no_file(file: Path) -> None:
    open_database(f"sqlite:///{file}", SECRET).close()
    assert not file.with_suffix(".key").exists()
    with pytest.raises(StorageUnusable, match="another key"):
        open_database(f"sqlite:///{file}", SECRET + "!")
