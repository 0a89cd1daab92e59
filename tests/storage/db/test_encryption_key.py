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
from storage.errors import StorageUnusable
from tests.support.postgresql import SECRET, plainly
from tests.support.raw_sql import change, rows


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


FAULTS: list[tuple[Callable[[Path], None], str]] = [
    (lose_the_key, "bot.key is missing, but .*bot.db is there: put the key back, or set SECRET_KEY"),
    (shorten_the_key, "bot.key holds no whole key: put back the one"),
    (empty_the_key, "bot.key holds no whole key: put back the one"),
    (garble_the_key, "another key: put back its SECRET_KEY, or the .key file"),
    (another_key, "another key: put back its SECRET_KEY, or the .key file"),
    (a_folder_for_a_key, "bot.key can't be read: Is a directory. It holds the key of"),
    (not_a_database, "DATABASE_URL: .*bot.db can't be used \\(file is not a database\\): stop the bot"),
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
        ("sqlite:///{folder}", SECRET, "DATABASE_URL names a folder: write sqlite:////.*/connection-test.db"),
        ("sqlite://", None, "DATABASE_URL names no file"),
        ("sqlite:///:memory:", None, "DATABASE_URL names no file"),
        ("nonsense", None, "DATABASE_URL is no address"),
        ("postgresql://localhost", SECRET, "DATABASE_URL names no database: postgresql://"),
        (
            "postgres://localhost/bot",
            None,
            "SECRET_KEY is not set: with PostgreSQL there is no",
        ),
        ("postgresql://localhost/bot", "short", "SECRET_KEY is under 32 characters"),
        (
            "postgresql://me:hidden@/bot?host={folder}",
            SECRET,
            r"DATABASE_URL: .*:\*\*\*@/bot.* can't be used .+",
        ),
        (
            "postgresql://u:p@h:abc/n",
            SECRET,
            "DATABASE_URL has no number for its port: .*:5432/name has one",
        ),
        ("postgresql://u:p@[::1/n", SECRET, "DATABASE_URL has no number for its port"),
        ("sqlite+aiosqlite:///x", SECRET, "DATABASE_URL names a driver that this version can't use: .* sqlite:///"),
        ("mysql://localhost/bot", SECRET, "DATABASE_URL names a kind of database that this version can't use"),
    ],
)
def test_an_address_that_cannot_be_used_is_named(tmp_path: Path, address: str, secret: str | None, says: str) -> None:
    with pytest.raises(StorageUnusable, match=says):
        open_database(address.format(folder=tmp_path), secret)


AS_NOBODY = """
import os, sys
import storage.migrating  # all is imported while that is allowed
from storage.database import open_database
from storage.faults import StorageUnusable
if os.geteuid() == 0:  # root may read everything
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
try:
    open_database(sys.argv[1])
except StorageUnusable as fault:
    print(fault)
"""


def test_a_key_that_may_not_be_read_is_named() -> None:
    with TemporaryDirectory(dir="/tmp") as made:
        file = Path(made) / "bot.db"
        open_database(f"sqlite:///{file}").close()
        file.with_suffix(".key").chmod(0)
        file.parent.chmod(0o755)
        command = [sys.executable, "-c", AS_NOBODY, f"sqlite:///{file}"]
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "bot.key can't be read: Permission denied" in said


def test_a_key_from_the_settings_needs_no_file(file: Path) -> None:
    open_database(f"sqlite:///{file}", SECRET).close()
    assert not file.with_suffix(".key").exists()


def test_another_key_than_the_database_was_written_with_is_noticed(address: str) -> None:
    open_database(address, SECRET).close()
    with pytest.raises(StorageUnusable, match="another key"):
        open_database(address, SECRET + "!")
    open_database(address, SECRET).close()


def test_workers_that_begin_a_new_database_at_once_agree_on_one_key(on_server: str) -> None:
    """All found no key yet, and wait to write theirs: those that come second read what the first one wrote."""
    change(on_server, "delete from keys")
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    secrets = [SECRET, SECRET, SECRET + "!"]

    def start(secret: str) -> bool:
        try:
            open_database(on_server, secret).close()
        except StorageUnusable:
            return False
        return True

    with closing(plainly(on_server)) as holding, ThreadPoolExecutor(3) as threads:
        with holding.transaction():
            holding.execute("lock table keys in share mode")
            started = [threads.submit(start, secret) for secret in secrets]
            while rows(on_server, waiting) != [(3,)]:
                assert not any(one.done() for one in started)
        same, as_well, other = (one.result(20) for one in started)
    assert same == as_well != other
    assert rows(on_server, "select count(*) from keys") == [(1,)]


def test_a_newer_database_is_left_alone(address: str) -> None:
    open_database(address, SECRET).close()
    change(address, "update alembic_version set version_num = '9999'")
    with pytest.raises(StorageUnusable, match="written by a newer version: upgrade the bot"):
        open_database(address, SECRET)
    assert rows(address, "select version_num from alembic_version") == [("9999",)]


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
    with pytest.raises(StorageUnusable, match="DATABASE_URL") as fault:
        way_in(address.format(folder=tmp_path), SECRET)
    assert "hidden-word" not in str(fault.value)
