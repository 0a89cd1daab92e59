"""`doctor` names each problem of the database with its fix, and leaves nothing behind."""

import asyncio
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from sqlalchemy import create_engine

from bot.cli.doctor.findings import FindingStatus
from bot.settings import Settings
from flows.models import Command
from storage.db import sqlite
from storage.db.database import open_database
from storage.db.migrate import upgrade_schema
from tests.support.cli import find_findings, find_problems, run_doctor
from tests.support.running_bot import execute_sql, make_settings
from tests.support.stored_chat import StoredChat


def delete_key(file: Path) -> None:
    file.with_suffix(".key").unlink()


def replace_key(file: Path) -> None:
    file.with_suffix(".key").write_text("k" * 43)


def make_key_readable(file: Path) -> None:
    file.with_suffix(".key").chmod(0o644)


def make_file_readable(file: Path) -> None:
    file.chmod(0o640)


def overwrite_with_text(file: Path) -> None:
    file.write_text("this is a letter, not a database\n" * 200)


def damage_page(file: Path) -> None:
    """Damages a page of a table, as the first page has the header."""
    execute_sql(file, "insert into released_responses values ('a', 'i', 1, 'f', 1, 'en', ?, x'00')", "words " * 3000)
    with file.open("r+b") as raw:
        raw.seek(-4096, os.SEEK_END)
        raw.write(b"\xff" * 4096)


def restore_older_file_beside_log(file: Path) -> None:
    """Puts an older copy of the file next to the log of the newer one, as after a kill and a restore.

    Table and index no longer fit each other.
    """
    older, log = file.read_bytes(), sqlite.get_wal_file(file)
    with closing(open_database(f"sqlite:///{file}")) as database:
        for chat in range(1, 6):
            StoredChat(database, chat).send_reply(Command("start"))
        database.checkpoint()
        StoredChat(database, 1).take_reply(Command("help"), 1)
        newest = log.read_bytes()
    file.write_bytes(older)
    log.touch(0o600)
    log.write_bytes(newest)


def set_newer_version(file: Path) -> None:
    execute_sql(file, "update alembic_version set version_num = '9999'")


DAMAGED_FILES: list[tuple[Callable[[Path], None], str, str]] = [
    (delete_key, "key", "restore the key file"),
    (replace_key, "key", "written with another key"),
    (make_key_readable, "files", "chmod 600"),
    (make_file_readable, "files", "chmod 600"),
    (overwrite_with_text, "database", "newest backup"),
    (damage_page, "integrity", "newest backup"),
    (restore_older_file_beside_log, "integrity", "delete the -wal and -shm files next to it"),
    (set_newer_version, "tables", "upgrade the bot"),
]


@pytest.mark.parametrize(
    ("damage", "subject", "expected_text"), DAMAGED_FILES, ids=[damage.__name__ for damage, *_ in DAMAGED_FILES]
)
async def test_a_problem_of_the_database_file_is_reported_with_its_fix(
    sqlite_settings: Settings, database_file: Path, damage: Callable[[Path], None], subject: str, expected_text: str
) -> None:
    open_database(sqlite_settings.database_url).close()
    assert await find_problems(sqlite_settings) == []
    damage(database_file)
    [found] = await find_problems(sqlite_settings)
    assert (found.subject, expected_text in found.text) == (subject, True)
    assert str(database_file.with_suffix("")) in found.text or subject in {"tables", "integrity", "key"}


async def test_a_locked_database_file_is_reported(sqlite_settings: Settings, database_file: Path) -> None:
    open_database(sqlite_settings.database_url).close()
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("begin immediate")
        [found] = await find_problems(sqlite_settings)
    assert (found.subject, "wait for the other program that uses it" in found.text) == ("database", True)


@pytest.fixture
def file_size_limit() -> Iterator[None]:
    """No file of this process can grow beyond half a megabyte, as under a quota."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (500_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("file_size_limit")
async def test_a_full_disk_is_found_by_writing_a_trial_file(sqlite_settings: Settings, database_file: Path) -> None:
    open_database(sqlite_settings.database_url).close()
    before = set(database_file.parent.iterdir())
    found = {one.subject: one.text for one in await find_problems(sqlite_settings)}
    assert found.keys() == {"database", "temporary"}
    assert "not even a megabyte can be written (File too large)" in found["database"]
    assert set(database_file.parent.iterdir()) == before


DOCTOR_AS_NOBODY = """
import asyncio, os
from bot.cli.doctor import run_checks
from bot.settings import Settings

async def look():
    return [str(finding) async for finding in run_checks(Settings(), {})]

asyncio.run(look())  # import everything before the rights are dropped
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
print("\\n".join(asyncio.run(look())))
"""


@contextmanager
def make_read_only_database() -> Iterator[Path]:
    """A database in a folder that everybody may read and only root may write."""
    with TemporaryDirectory(dir="/tmp") as made:
        file = Path(made) / "bot.db"
        open_database(f"sqlite:///{file}").close()
        for path, mode in ((file, 0o444), (file.with_suffix(".key"), 0o444), (file.parent, 0o555)):
            path.chmod(mode)
        yield file
        file.parent.chmod(0o755)


def test_a_read_only_database_file_is_reported() -> None:
    with make_read_only_database() as file:
        completed = subprocess.run(
            [sys.executable, "-c", DOCTOR_AS_NOBODY],
            cwd=file.parent,
            env={"DATABASE_URL": f"sqlite:///{file}", "TELEGRAM_API_URL": "http://127.0.0.1:1"},
            capture_output=True,
            text=True,
            check=True,
        )
        assert {one.name for one in file.parent.iterdir()} == {"bot.db", "bot.key"}
    [line] = [line for line in completed.stdout.splitlines() if line.startswith("PROBLEM  database")]
    assert "check the owner and the permissions of the file" in line


def test_an_older_database_is_reported_and_not_migrated(database_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is one version so far: it is older than one that adds another migration."""
    monkeypatch.setattr("storage.db.schema_age.list_revisions", lambda: ["0001", "0002"])
    on_file = make_settings("http://127.0.0.1:1", database_file)
    database_file.with_suffix(".key").write_text("k" * 43)
    database_file.with_suffix(".key").chmod(0o600)
    database_file.touch(0o600)
    engine = create_engine(on_file.database_url)
    upgrade_schema(engine, "0001")
    engine.dispose()
    before = database_file.read_bytes()
    found = {finding.subject: finding for finding in asyncio.run(run_doctor(on_file))}
    assert (found["tables"].status, "older version" in found["tables"].text) == (FindingStatus.WARNING, True)
    assert (found["key"].status, found["outbox"].status) == (FindingStatus.WARNING, FindingStatus.SKIPPED)
    assert database_file.read_bytes() == before


@pytest.mark.parametrize(
    ("free", "mark"),
    [(10_000_000, FindingStatus.PROBLEM), (200_000_000, FindingStatus.WARNING), (10**12, FindingStatus.OK)],
)
async def test_low_disk_space_is_a_warning_and_hardly_any_is_a_problem(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch, free: int, mark: FindingStatus
) -> None:
    open_database(sqlite_settings.database_url).close()
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": free}))
    [found] = await find_findings(sqlite_settings, "disk")
    assert found.status is mark
