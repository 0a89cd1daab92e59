"""A backup is readable by its owner only, overwrites nothing, and leaves nothing behind if it fails."""

import asyncio
import os
import signal
import stat
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.settings import Settings
from storage.db import backup
from storage.db.backup import create_backup
from storage.db.database import Database, open_database
from storage.errors import BackupError, DatabaseMissingError
from tests.support.bot_process import start_process
from tests.support.cli import replace_settings, to_environment
from tests.support.disk_faults import mount_small_disk
from tests.support.postgresql import create_database, render_url
from tests.support.postgresql import get_test_server as server_of_tests
from tests.support.stored_chat import StoredChat

WORDS = "Gwenllian rang the surgery back"


def test_a_backup_is_readable_by_its_owner_only_and_leaves_no_other_file(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    StoredChat(database).walk_to_review(WORDS)
    umask = os.umask(0)
    try:
        create_backup(settings.database_url, backup_file)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(backup_file.stat().st_mode) == 0o600
    assert [one.name for one in backup_file.parent.iterdir()] == [backup_file.name]
    assert WORDS.encode() not in backup_file.read_bytes()


def test_a_backup_never_overwrites_a_file(settings: Settings, database: Database, backup_file: Path) -> None:
    del database
    create_backup(settings.database_url, backup_file)
    before = backup_file.read_bytes()
    with pytest.raises(BackupError, match="already exists"):
        create_backup(settings.database_url, backup_file)
    assert backup_file.read_bytes() == before


@pytest.mark.parametrize("name", ["bot.db", "bot.db-wal", "bot.key", "monday.backup"])
def test_a_backup_into_the_database_s_own_folder_is_refused(database_file: Path, name: str) -> None:
    address = f"sqlite:///{database_file}"
    database = open_database(address)
    link = database_file.parent.with_name("another-name")
    link.symlink_to(database_file.parent)
    before = folder_contents(database_file.parent)
    for folder, database_folder in (
        (database_file.parent, database_file.parent),
        (link, database_file.parent),
        (database_file.parent, link),
    ):
        with pytest.raises(BackupError, match=r"already exists|own folder"):
            create_backup(f"sqlite:///{database_folder / database_file.name}", folder / name)
    assert folder_contents(database_file.parent) == before
    database.close()


def folder_contents(folder: Path) -> dict[str, bytes]:
    """The bytes of the folder's files, except the log's index, which changes on reading."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.endswith("-shm")}


def test_a_missing_folder_or_a_folder_without_a_file_name_is_refused(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    del database
    with pytest.raises(BackupError, match="does not exist: create it first"):
        create_backup(settings.database_url, backup_file.parent / "more" / backup_file.name)
    with pytest.raises(BackupError, match="is a folder"):
        create_backup(settings.database_url, backup_file.parent)


def test_a_file_name_that_is_too_long_is_refused_with_the_fix(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    del database
    with pytest.raises(BackupError, match=r"cannot be written \(File name too long\): choose a shorter name\."):
        create_backup(settings.database_url, backup_file.with_name("a" * 300))


def test_a_backup_of_a_missing_or_empty_database_is_refused(
    sqlite_settings: Settings, database_file: Path, backup_file: Path
) -> None:
    with pytest.raises(DatabaseMissingError, match="There is no database at"):
        create_backup(sqlite_settings.database_url, backup_file)
    database_file.touch()
    with pytest.raises(DatabaseMissingError, match="There is no database at"):
        create_backup(sqlite_settings.database_url, backup_file)
    assert not list(backup_file.parent.iterdir())


def test_a_backup_of_a_server_without_tables_is_refused(postgresql_settings: Settings, backup_file: Path) -> None:
    with (
        create_database(server_of_tests().url) as empty,
        pytest.raises(DatabaseMissingError, match="There are no tables in"),
    ):
        create_backup(replace_settings(postgresql_settings, database_url=render_url(empty)).database_url, backup_file)


def test_a_damaged_database_leaves_no_partial_backup(
    sqlite_settings: Settings, database_file: Path, backup_file: Path
) -> None:
    database_file.write_bytes(b"not a database" * 500)
    with pytest.raises(Exception, match="file is not a database"):
        create_backup(sqlite_settings.database_url, backup_file)
    assert not list(backup_file.parent.iterdir())


def test_a_full_disk_is_reported_with_the_fix(settings: Settings, database: Database, backup_file: Path) -> None:
    del database
    no_room = f"There is no space in {backup_file.parent} for the backup: free space, or choose"
    with mount_small_disk(backup_file.parent):
        with pytest.raises(BackupError, match=no_room):
            create_backup(settings.database_url, backup_file)
        assert not list(backup_file.parent.iterdir())


def test_a_folder_that_cannot_be_written_is_reported_with_the_fix(settings: Settings, database: Database) -> None:
    del database
    with pytest.raises(BackupError, match=r"/proc/monday cannot be written \(.*\): choose a folder that this user may"):
        create_backup(settings.database_url, Path("/proc/monday"))


def test_the_next_backup_deletes_what_a_killed_one_left(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    del database
    old, young = (
        backup_file.with_name(f"{backup.TEMPORARY_PREFIX}{name}{backup.TEMPORARY_SUFFIX}") for name in ("old", "young")
    )
    for leftover in (old, young):
        leftover.touch()
    os.utime(old, (0, 0))
    create_backup(settings.database_url, backup_file)
    assert {one.name for one in backup_file.parent.iterdir()} == {backup_file.name, young.name}


# pg_dump

HANGING_PG_DUMP = "#!/bin/sh\necho half a backup\nexec sleep 60\n"
OLD_PG_DUMP = """#!/bin/sh
case "$1" in --version) echo "pg_dump (PostgreSQL) 9.6.24"; exit;; esac
echo "pg_dump: error: aborting because of server version mismatch" >&2
exit 1
"""


def replace_pg_dump(folder: Path, script: str) -> str:
    """Returns a PATH on which this script is pg_dump."""
    program = folder / "tools" / "pg_dump"
    program.parent.mkdir()
    program.write_text(script)
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"


def test_a_missing_pg_dump_is_reported_with_the_fix(
    postgresql_settings: Settings, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BackupError, match=r"pg_dump is not installed: install .* \(postgresql-client-\d+ on Debian\)"):
        create_backup(postgresql_settings.database_url, backup_file)


def test_an_old_pg_dump_is_reported_with_the_fix(
    postgresql_settings: Settings, tmp_path: Path, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", replace_pg_dump(tmp_path, OLD_PG_DUMP))
    with pytest.raises(BackupError, match=r"pg_dump 9 cannot back up PostgreSQL \d+: install the PostgreSQL client"):
        create_backup(postgresql_settings.database_url, backup_file)
    assert not list(backup_file.parent.iterdir())


async def test_a_terminated_backup_leaves_no_file(
    postgresql_settings: Settings, tmp_path: Path, backup_file: Path
) -> None:
    settings = to_environment(postgresql_settings) | {"PATH": replace_pg_dump(tmp_path, HANGING_PG_DUMP)}
    process = await start_process(tmp_path, "backup", "--to", str(backup_file), **settings)
    async with asyncio.timeout(60):
        while not any(one.stat().st_size for one in backup_file.parent.iterdir()):  # noqa: ASYNC110 - a file sends no events
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, stderr = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in stderr
    assert not list(backup_file.parent.iterdir())


PRINTING_PG_DUMP = '#!/bin/sh\necho "$@ PGPASSWORD=$PGPASSWORD" >&2\nexit 1\n'


def test_pg_dump_gets_the_password_outside_its_command_line(
    postgresql_settings: Settings, tmp_path: Path, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other users of the machine can read command lines."""
    monkeypatch.setenv("PATH", replace_pg_dump(tmp_path, PRINTING_PG_DUMP))
    address = make_url(postgresql_settings.database_url).set(password="hush hush")
    with pytest.raises(BackupError) as refused:
        create_backup(render_url(address), backup_file)
    arguments, _, password = str(refused.value).partition("PGPASSWORD=")
    assert "hush" not in arguments
    assert password == "hush hush): try again, and check that its user may read all tables."
