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
from storage.db.backup import back_up
from storage.db.database import Database, open_database
from storage.errors import NoDatabase, NotBackedUp
from tests.bot.cli.conftest import changed
from tests.support.bot_process import start
from tests.support.cli import as_environment
from tests.support.disk_faults import small_disk
from tests.support.postgresql import address_of, new_database
from tests.support.postgresql import server as server_of_tests
from tests.support.stored_chat import Turning

WORDS = "Gwenllian rang the surgery back"


def test_it_is_its_owner_s_only_and_nothing_lies_about(settings: Settings, database: Database, to: Path) -> None:
    Turning(database).to_check(WORDS)
    umask = os.umask(0)
    try:
        back_up(settings.database_url, to)
    finally:
        os.umask(umask)
    assert stat.S_IMODE(to.stat().st_mode) == 0o600
    assert [one.name for one in to.parent.iterdir()] == [to.name]
    assert WORDS.encode() not in to.read_bytes()


def test_what_is_there_is_never_overwritten(settings: Settings, database: Database, to: Path) -> None:
    del database
    back_up(settings.database_url, to)
    before = to.read_bytes()
    with pytest.raises(NotBackedUp, match="is there already"):
        back_up(settings.database_url, to)
    assert to.read_bytes() == before


@pytest.mark.parametrize("name", ["bot.db", "bot.db-wal", "bot.key", "monday.backup"])
def test_it_does_not_go_into_the_database_s_own_folder(file: Path, name: str) -> None:
    address = f"sqlite:///{file}"
    database = open_database(address)
    link = file.parent.with_name("another-name")
    link.symlink_to(file.parent)
    before = kept(file.parent)
    for folder, there in ((file.parent, file.parent), (link, file.parent), (file.parent, link)):
        with pytest.raises(NotBackedUp, match=r"is there already|own folder"):
            back_up(f"sqlite:///{there / file.name}", folder / name)
    assert kept(file.parent) == before
    database.close()


def kept(folder: Path) -> dict[str, bytes]:
    """What stands in the folder; but for the index of the log, in which readers leave their marks."""
    return {one.name: one.read_bytes() for one in folder.iterdir() if not one.name.endswith("-shm")}


def test_a_folder_that_is_not_there_or_a_folder_alone(settings: Settings, database: Database, to: Path) -> None:
    del database
    with pytest.raises(NotBackedUp, match="is not there: make it first"):
        back_up(settings.database_url, to.parent / "more" / to.name)
    with pytest.raises(NotBackedUp, match="is a folder"):
        back_up(settings.database_url, to.parent)


def test_too_long_a_name_is_one_sentence_with_the_fix(settings: Settings, database: Database, to: Path) -> None:
    del database
    with pytest.raises(NotBackedUp, match=r"can't be written \(File name too long\): choose a shorter name\."):
        back_up(settings.database_url, to.with_name("a" * 300))


def test_a_backup_of_nothing_is_refused_and_makes_nothing(on_file: Settings, file: Path, to: Path) -> None:
    with pytest.raises(NoDatabase, match="There is no database at"):
        back_up(on_file.database_url, to)
    file.touch()
    with pytest.raises(NoDatabase, match="There is no database at"):
        back_up(on_file.database_url, to)
    assert not list(to.parent.iterdir())


def test_a_server_without_tables_is_nothing(on_server: Settings, to: Path) -> None:
    with new_database(server_of_tests().url) as empty, pytest.raises(NoDatabase, match="There is nothing in"):
        back_up(changed(on_server, database_url=address_of(empty)).database_url, to)


def test_a_damaged_file_leaves_no_half_backup(on_file: Settings, file: Path, to: Path) -> None:
    file.write_bytes(b"not a database" * 500)
    with pytest.raises(Exception, match="file is not a database"):
        back_up(on_file.database_url, to)
    assert not list(to.parent.iterdir())


def test_a_disk_without_room_is_named_with_the_fix(settings: Settings, database: Database, to: Path) -> None:
    del database
    no_room = f"There is no room in {to.parent} for the backup: make room, or choose"
    with small_disk(to.parent):
        with pytest.raises(NotBackedUp, match=no_room):
            back_up(settings.database_url, to)
        assert not list(to.parent.iterdir())


def test_a_folder_that_takes_nothing_is_named_with_the_fix(settings: Settings, database: Database) -> None:
    del database
    with pytest.raises(NotBackedUp, match=r"/proc/monday can't be written \(.*\): choose a folder that this user may"):
        back_up(settings.database_url, Path("/proc/monday"))


def test_what_a_killed_backup_left_goes_with_the_next(settings: Settings, database: Database, to: Path) -> None:
    del database
    old, young = (to.with_name(f"{backup.PREFIX}{name}{backup.SUFFIX}") for name in ("old", "young"))
    for left in (old, young):
        left.touch()
    os.utime(old, (0, 0))
    back_up(settings.database_url, to)
    assert {one.name for one in to.parent.iterdir()} == {to.name, young.name}


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
    on_server: Settings, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(NotBackedUp, match=r"pg_dump is not here: install .* \(postgresql-client-\d+ on Debian\)"):
        back_up(on_server.database_url, to)


def test_an_old_pg_dump_is_one_sentence_with_the_fix(
    on_server: Settings, tmp_path: Path, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", instead(tmp_path, OLD))
    with pytest.raises(NotBackedUp, match=r"pg_dump is of version 9, the server of \d+: install PostgreSQL's client"):
        back_up(on_server.database_url, to)
    assert not list(to.parent.iterdir())


async def test_a_backup_that_is_stopped_leaves_nothing(on_server: Settings, tmp_path: Path, to: Path) -> None:
    settings = as_environment(on_server) | {"PATH": instead(tmp_path, WAITS)}
    process = await start(tmp_path, "backup", "--to", str(to), **settings)
    async with asyncio.timeout(60):
        while not any(one.stat().st_size for one in to.parent.iterdir()):  # noqa: ASYNC110 - a file has no bell
            await asyncio.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    _, said = await process.communicate()
    assert process.returncode == 1
    assert b"Traceback" not in said
    assert not list(to.parent.iterdir())


SPY = '#!/bin/sh\necho "$@ PGPASSWORD=$PGPASSWORD" >&2\nexit 1\n'


def test_the_password_is_not_on_the_command_line(
    on_server: Settings, tmp_path: Path, to: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Others on the machine can read command lines."""
    monkeypatch.setenv("PATH", instead(tmp_path, SPY))
    address = make_url(on_server.database_url).set(password="hush hush")
    with pytest.raises(NotBackedUp) as refused:
        back_up(address_of(address), to)
    arguments, _, password = str(refused.value).partition("PGPASSWORD=")
    assert "hush" not in arguments
    assert password == "hush hush): try again, and see that its user may read all tables."
