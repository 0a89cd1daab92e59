"""The key that a database is written with, and what can't be used: said with the setting and the fix."""

import stat
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from storage.db.database import open_database
from storage.db.readonly import open_existing
from storage.errors import StorageUnreadableError
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly
from tests.support.raw_sql import execute_sql, fetch_rows


def test_the_key_is_made_once_for_its_owner_only(database_file: Path) -> None:
    open_database(f"sqlite:///{database_file}").close()
    key = database_file.with_suffix(".key")
    first = key.read_text()
    open_database(f"sqlite:///{database_file}").close()
    assert key.read_text() == first
    assert {stat.S_IMODE(one.stat().st_mode) for one in (key, database_file)} == {0o600}
    assert {one.name for one in database_file.parent.iterdir()} == {"bot.db", "bot.key"}


def test_a_start_that_was_killed_while_it_made_the_key_does_not_spoil_the_next(database_file: Path) -> None:
    database_file.with_name("bot.key.new").write_text("half a k")
    open_database(f"sqlite:///{database_file}").close()


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


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (lose_the_key, "bot.key is missing, but .*bot.db exists: restore the key file, or set SECRET_KEY"),
    (shorten_the_key, "bot.key holds no complete key: restore it"),
    (empty_the_key, "bot.key holds no complete key: restore it"),
    (garble_the_key, "another key: restore its SECRET_KEY, or the .key file"),
    (another_key, "another key: restore its SECRET_KEY, or the .key file"),
    (a_folder_for_a_key, r"bot.key, the key of .*bot.db, cannot be read \(Is a directory\): check its owner"),
    (not_a_database, r"DATABASE_URL: cannot use .*bot.db \(file is not a database\): stop the bot"),
]


@pytest.mark.parametrize(("spoil", "says"), FAULTS, ids=[spoil.__name__ for spoil, _ in FAULTS])
def test_what_cannot_be_used_is_said_with_the_fix(
    database_file: Path, spoil: Callable[[Path], None], says: str
) -> None:
    open_database(f"sqlite:///{database_file}").close()
    spoil(database_file)
    with pytest.raises(StorageUnreadableError, match=says):
        open_database(f"sqlite:///{database_file}")


@pytest.mark.parametrize(
    ("address", "secret", "says"),
    [
        ("sqlite:///{folder}/bot.db", "short", "SECRET_KEY is shorter than 32 characters"),
        ("sqlite:////proc/nowhere/bot.db", None, "DATABASE_URL: cannot use /proc/nowhere/bot.db"),
        ("sqlite:///{folder}", TEST_SECRET_KEY, "DATABASE_URL names a folder: write sqlite:////.*/connection-test.db"),
        ("sqlite://", None, "DATABASE_URL names no file"),
        ("sqlite:///:memory:", None, "DATABASE_URL names no file"),
        ("nonsense", None, "DATABASE_URL is not a URL: write sqlite:///"),
        ("postgresql://localhost", TEST_SECRET_KEY, "DATABASE_URL names no database: add it as in postgresql://"),
        (
            "postgres://localhost/bot",
            None,
            "SECRET_KEY is not set: PostgreSQL needs one",
        ),
        ("postgresql://localhost/bot", "short", "SECRET_KEY is shorter than 32 characters"),
        (
            "postgresql://me:hidden@/bot?host={folder}",
            TEST_SECRET_KEY,
            r"DATABASE_URL: cannot use .*:\*\*\*@/bot.* .+",
        ),
        (
            "postgresql://u:p@h:abc/n",
            TEST_SECRET_KEY,
            "DATABASE_URL has no number as its port: .*:5432/name",
        ),
        ("postgresql://u:p@[::1/n", TEST_SECRET_KEY, "DATABASE_URL has no number as its port"),
        (
            "sqlite+aiosqlite:///x",
            TEST_SECRET_KEY,
            "DATABASE_URL names a driver that is not supported: .* sqlite:///",
        ),
        ("mysql://localhost/bot", TEST_SECRET_KEY, "DATABASE_URL names a database that is not supported"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(tmp_path: Path, address: str, secret: str | None, says: str) -> None:
    with pytest.raises(StorageUnreadableError, match=says):
        open_database(address.format(folder=tmp_path), secret)


AS_NOBODY = """
import os, sys
import storage.db.migrate  # all is imported while that is allowed
from storage.db.database import open_database
from storage.errors import StorageUnreadableError
if os.geteuid() == 0:  # root may read everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    open_database(sys.argv[1])
except StorageUnreadableError as error:
    print(error)
"""


def test_a_key_that_may_not_be_read_is_named() -> None:
    with TemporaryDirectory(dir="/tmp") as made:
        file = Path(made) / "bot.db"
        open_database(f"sqlite:///{file}").close()
        file.with_suffix(".key").chmod(0)
        file.parent.chmod(0o755)
        command = [sys.executable, "-c", AS_NOBODY, f"sqlite:///{file}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "cannot be read (Permission denied): check its owner" in said


def test_a_key_from_the_settings_needs_no_file(database_file: Path) -> None:
    open_database(f"sqlite:///{database_file}", TEST_SECRET_KEY).close()
    assert not database_file.with_suffix(".key").exists()


def test_another_key_than_the_database_was_written_with_is_noticed(database_url: str) -> None:
    open_database(database_url, TEST_SECRET_KEY).close()
    with pytest.raises(StorageUnreadableError, match="another key"):
        open_database(database_url, TEST_SECRET_KEY + "!")
    open_database(database_url, TEST_SECRET_KEY).close()


def test_workers_that_begin_a_new_database_at_once_agree_on_one_key(postgresql_url: str) -> None:
    """All found no key yet, and wait to write theirs: those that come second read what the first one wrote."""
    execute_sql(postgresql_url, "delete from encryption_keys")
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    secrets = [TEST_SECRET_KEY, TEST_SECRET_KEY, TEST_SECRET_KEY + "!"]

    def start(secret: str) -> bool:
        try:
            open_database(postgresql_url, secret).close()
        except StorageUnreadableError:
            return False
        return True

    with closing(connect_directly(postgresql_url)) as holding, ThreadPoolExecutor(3) as threads:
        with holding.transaction():
            holding.execute("lock table encryption_keys in share mode")
            started = [threads.submit(start, secret) for secret in secrets]
            while fetch_rows(postgresql_url, waiting) != [(3,)]:
                assert not any(one.done() for one in started)
        same, as_well, other = (one.result(20) for one in started)
    assert same == as_well != other
    assert fetch_rows(postgresql_url, "select count(*) from encryption_keys") == [(1,)]


def test_a_newer_database_is_left_alone(database_url: str) -> None:
    open_database(database_url, TEST_SECRET_KEY).close()
    execute_sql(database_url, "update alembic_version set version_num = '9999'")
    with pytest.raises(StorageUnreadableError, match="written by a newer version: upgrade the bot"):
        open_database(database_url, TEST_SECRET_KEY)
    assert fetch_rows(database_url, "select version_num from alembic_version") == [("9999",)]


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:hidden-word@/bot?host={folder}",
        "postgresql://me@/bot?host={folder}&password=hidden-word",
        "postgresql://me@/bot?host={folder}&Password=hidden-word",
        "postgresql://me@/bot?host={folder}&password=hidden-word&password=hidden-word",
        "postgresql://me@/bot?host={folder}&sslpassword=hidden-word",
        "postgresql://me:hidden-word@h:abc/bot",
    ],
)
@pytest.mark.parametrize("way_in", [open_database, open_existing])
def test_a_password_is_never_part_of_what_is_said(
    tmp_path: Path, address: str, way_in: Callable[[str, str], object]
) -> None:
    with pytest.raises(StorageUnreadableError, match="DATABASE_URL") as fault:
        way_in(address.format(folder=tmp_path), TEST_SECRET_KEY)
    assert "hidden-word" not in str(fault.value)
