"""The encryption key and the address of a database: errors name the setting and the fix."""

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


def test_the_key_file_is_created_once_and_readable_by_its_owner_only(database_file: Path) -> None:
    open_database(f"sqlite:///{database_file}").close()
    key = database_file.with_suffix(".key")
    first = key.read_text()
    open_database(f"sqlite:///{database_file}").close()
    assert key.read_text() == first
    assert {stat.S_IMODE(one.stat().st_mode) for one in (key, database_file)} == {0o600}
    assert {one.name for one in database_file.parent.iterdir()} == {"bot.db", "bot.key"}


def test_a_start_after_one_killed_during_key_creation_works(database_file: Path) -> None:
    database_file.with_name("bot.key.new").write_text("half a k")
    open_database(f"sqlite:///{database_file}").close()


def delete_key(file: Path) -> None:
    file.with_suffix(".key").unlink()


def shorten_key(file: Path) -> None:
    file.with_suffix(".key").write_text("short")


def empty_key(file: Path) -> None:
    file.with_suffix(".key").write_text("")


def garble_key(file: Path) -> None:
    file.with_suffix(".key").write_bytes(b"\xff" * 40)


def replace_key(file: Path) -> None:
    file.with_suffix(".key").write_text("k" * 43)


def replace_key_by_folder(file: Path) -> None:
    delete_key(file)
    file.with_suffix(".key").mkdir()


def overwrite_with_text(file: Path) -> None:
    file.write_text("this is a letter, not a database\n" * 200)


DAMAGES: list[tuple[Callable[[Path], None], str]] = [
    (delete_key, "bot.key is missing, but .*bot.db exists: restore the key file, or set SECRET_KEY"),
    (shorten_key, "bot.key holds no complete key: restore it"),
    (empty_key, "bot.key holds no complete key: restore it"),
    (garble_key, "another key: restore its SECRET_KEY, or the .key file"),
    (replace_key, "another key: restore its SECRET_KEY, or the .key file"),
    (replace_key_by_folder, r"bot.key, the key of .*bot.db, cannot be read \(Is a directory\): check its owner"),
    (overwrite_with_text, r"DATABASE_URL: cannot use .*bot.db \(file is not a database\): stop the bot"),
]


@pytest.mark.parametrize(("damage", "expected"), DAMAGES, ids=[damage.__name__ for damage, _ in DAMAGES])
def test_an_unusable_key_or_database_is_reported_with_the_fix(
    database_file: Path, damage: Callable[[Path], None], expected: str
) -> None:
    open_database(f"sqlite:///{database_file}").close()
    damage(database_file)
    with pytest.raises(StorageUnreadableError, match=expected):
        open_database(f"sqlite:///{database_file}")


@pytest.mark.parametrize(
    ("address", "secret", "expected"),
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
def test_an_unusable_database_address_is_reported_with_the_fix(
    tmp_path: Path, address: str, secret: str | None, expected: str
) -> None:
    with pytest.raises(StorageUnreadableError, match=expected):
        open_database(address.format(folder=tmp_path), secret)


OPEN_AS_NOBODY = """
import os, sys
import storage.db.migrate  # import everything before the rights are dropped
from storage.db.database import open_database
from storage.errors import StorageUnreadableError
if os.geteuid() == 0:  # root can read any file
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    open_database(sys.argv[1])
except StorageUnreadableError as error:
    print(error)
"""


def test_a_key_without_read_permission_is_reported() -> None:
    with TemporaryDirectory(dir="/tmp") as made:
        file = Path(made) / "bot.db"
        open_database(f"sqlite:///{file}").close()
        file.with_suffix(".key").chmod(0)
        file.parent.chmod(0o755)
        command = [sys.executable, "-c", OPEN_AS_NOBODY, f"sqlite:///{file}"]
        output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "cannot be read (Permission denied): check its owner" in output


def test_a_key_from_the_settings_needs_no_file(database_file: Path) -> None:
    open_database(f"sqlite:///{database_file}", TEST_SECRET_KEY).close()
    assert not database_file.with_suffix(".key").exists()


def test_a_wrong_key_is_noticed(database_url: str) -> None:
    open_database(database_url, TEST_SECRET_KEY).close()
    with pytest.raises(StorageUnreadableError, match="another key"):
        open_database(database_url, TEST_SECRET_KEY + "!")
    open_database(database_url, TEST_SECRET_KEY).close()


def test_workers_that_create_a_database_at_once_agree_on_one_key(postgresql_url: str) -> None:
    """All find no key and wait to store theirs; those that come second read what the first stored."""
    execute_sql(postgresql_url, "delete from encryption_keys")
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    secrets = [TEST_SECRET_KEY, TEST_SECRET_KEY, TEST_SECRET_KEY + "!"]

    def start(secret: str) -> bool:
        try:
            open_database(postgresql_url, secret).close()
        except StorageUnreadableError:
            return False
        return True

    with closing(connect_directly(postgresql_url)) as lock_connection, ThreadPoolExecutor(3) as threads:
        with lock_connection.transaction():
            lock_connection.execute("lock table encryption_keys in share mode")
            started = [threads.submit(start, secret) for secret in secrets]
            while fetch_rows(postgresql_url, waiting) != [(3,)]:
                assert not any(one.done() for one in started)
        same, same_again, other = (one.result(20) for one in started)
    assert same == same_again != other
    assert fetch_rows(postgresql_url, "select count(*) from encryption_keys") == [(1,)]


def test_a_database_of_a_newer_version_is_refused_and_not_changed(database_url: str) -> None:
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
@pytest.mark.parametrize("open_function", [open_database, open_existing])
def test_error_messages_never_contain_the_password(
    tmp_path: Path, address: str, open_function: Callable[[str, str], object]
) -> None:
    with pytest.raises(StorageUnreadableError, match="DATABASE_URL") as error_info:
        open_function(address.format(folder=tmp_path), TEST_SECRET_KEY)
    assert "hidden-word" not in str(error_info.value)
