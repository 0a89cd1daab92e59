"""A backup is its owner's only, overwrites nothing, and leaves nothing behind where it can't be made."""

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


def test_it_is_its_owner_s_only_and_nothing_lies_about(
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


def test_what_is_there_is_never_overwritten(settings: Settings, database: Database, backup_file: Path) -> None:
    del database
    create_backup(settings.database_url, backup_file)
    before = backup_file.read_bytes()
    with pytest.raises(BackupError, match="already exists"):
        create_backup(settings.database_url, backup_file)
    assert backup_file.read_bytes() == before


@pytest.mark.parametrize("name", ["bot.db", "bot.db-wal", "bot.key", "monday.backup"])
def test_it_does_not_go_into_the_database_s_own_folder(database_file: Path, name: str) -> None:
    address = f"sqlite:///{database_file}"
    database = open_database(address)
    link = database_file.parent.with_name("another-name")
    link.symlink_to(database_file.parent)
    before = kept(database_file.parent)
    for folder, there in (
        (database_file.parent, database_file.parent),
        (link, database_file.parent),
        (database_file.parent, link),
    ):
        with pytest.raises(BackupError, match=r"already exists|own folder"):
            create_backup(f"sqlite:///{there / database_file.name}", folder / name)
    assert kept(database_file.parent) == before
    database.close()


def kept(folder: Path) -> dict[str, bytes]:
    """What stands in the folder; but for the index of the log, in which readers leave their marks."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.endswith("-shm")}


def test_a_folder_that_is_not_there_or_a_folder_alone(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    del database
    with pytest.raises(BackupError, match="does not exist: create it first"):
        create_backup(settings.database_url, backup_file.parent / "more" / backup_file.name)
    with pytest.raises(BackupError, match="is a folder"):
        create_backup(settings.database_url, backup_file.parent)


def test_too_long_a_name_is_one_sentence_with_the_fix(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    del database
    with pytest.raises(BackupError, match=r"cannot be written \(File name too long\): choose a shorter name\."):
        create_backup(settings.database_url, backup_file.with_name("a" * 300))


def test_a_backup_of_nothing_is_refused_and_makes_nothing(
    sqlite_settings: Settings, database_file: Path, backup_file: Path
) -> None:
    with pytest.raises(DatabaseMissingError, match="There is no database at"):
        create_backup(sqlite_settings.database_url, backup_file)
    database_file.touch()
    with pytest.raises(DatabaseMissingError, match="There is no database at"):
        create_backup(sqlite_settings.database_url, backup_file)
    assert not list(backup_file.parent.iterdir())


def test_a_server_without_tables_is_nothing(postgresql_settings: Settings, backup_file: Path) -> None:
    with (
        create_database(server_of_tests().url) as empty,
        pytest.raises(DatabaseMissingError, match="There are no tables in"),
    ):
        create_backup(replace_settings(postgresql_settings, database_url=render_url(empty)).database_url, backup_file)


def test_a_damaged_file_leaves_no_half_backup(
    sqlite_settings: Settings, database_file: Path, backup_file: Path
) -> None:
    database_file.write_bytes(b"not a database" * 500)
    with pytest.raises(Exception, match="file is not a database"):
        create_backup(sqlite_settings.database_url, backup_file)
    assert not list(backup_file.parent.iterdir())


def test_a_disk_without_room_is_named_with_the_fix(settings: Settings, database: Database, backup_file: Path) -> None:
    del database
    no_room = f"There is no space in {backup_file.parent} for the backup: free space, or choose"
    with mount_small_disk(backup_file.parent):
        with pytest.raises(BackupError, match=no_room):
            create_backup(settings.database_url, backup_file)
        assert not list(backup_file.parent.iterdir())


def test_a_folder_that_takes_nothing_is_named_with_the_fix(settings: Settings, database: Database) -> None:
    del database
    with pytest.raises(BackupError, match=r"/proc/monday cannot be written \(.*\): choose a folder that this user may"):
        create_backup(settings.database_url, Path("/proc/monday"))


def test_what_a_killed_backup_left_goes_with_the_next(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    del database
    old, young = (
        backup_file.with_name(f"{backup.TEMPORARY_PREFIX}{name}{backup.TEMPORARY_SUFFIX}") for name in ("old", "young")
    )
    for left in (old, young):
        left.touch()
    os.utime(old, (0, 0))
    create_backup(settings.database_url, backup_file)
    assert {one.name for one in backup_file.parent.iterdir()} == {backup_file.name, young.name}


# pg_dump

WAITS = "#!/bin/sh\necho half a backup\nexec sleep 60\n"
OLD = """#!/bin/sh
case "$1" in --version) echo "pg_dump (PostgreSQL) 9.6.24"; exit;; esac
echo "pg_dump: error: aborting because of server version mismatch" >&2
exit 1
"""


def instead(folder: Path, script: str) -> str:
    """A PATH on which pg_dump is this."""
    program = folder / "tools" / "pg_dump"
    program.parent.mkdir()
    program.write_text(script)
    program.chmod(0o755)
    return f"{program.parent}{os.pathsep}/usr/bin{os.pathsep}/bin"


def test_no_pg_dump_is_one_sentence_with_the_fix(
    postgresql_settings: Settings, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(BackupError, match=r"pg_dump is not installed: install .* \(postgresql-client-\d+ on Debian\)"):
        create_backup(postgresql_settings.database_url, backup_file)


def test_an_old_pg_dump_is_one_sentence_with_the_fix(
    postgresql_settings: Settings, tmp_path: Path, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", instead(tmp_path, OLD))
    with pytest.raises(BackupError, match=r"pg_dump 9 cannot back up PostgreSQL \d+: install the PostgreSQL client"):
        create_backup(postgresql_settings.database_url, backup_file)
    assert not list(backup_file.parent.iterdir())


async def test_a_backup_that_is_stopped_leaves_nothing(
    postgresql_settings: Settings, tmp_path: Path, backup_file: Path
) -> None:
    settings = to_environment(postgresql_settings) | {"PATH": instead(tmp_path, WAITS)}
    process = await start_process(tmp_path, "backup", "--to", str(backup_file), **settings)
    async with asyncio.timeout(60):
        while not any(one.stat().st_size for one in backup_file.parent.iterdir()):  # noqa: ASYNC110 - a file has no bell
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in said
    assert not list(backup_file.parent.iterdir())


SPY = '#!/bin/sh\necho "$@ PGPASSWORD=$PGPASSWORD" >&2\nexit 1\n'


def test_the_password_is_not_on_the_command_line(
    postgresql_settings: Settings, tmp_path: Path, backup_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others on the machine can read command lines."""
    monkeypatch.setenv("PATH", instead(tmp_path, SPY))
    address = make_url(postgresql_settings.database_url).set(password="hush hush")
    with pytest.raises(BackupError) as refused:
        create_backup(render_url(address), backup_file)
    arguments, _, password = str(refused.value).partition("PGPASSWORD=")
    assert "hush" not in arguments
    assert password == "hush hush): try again, and check that its user may read all tables."
