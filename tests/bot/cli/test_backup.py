"""Backups: whole while the bot writes, without what was erased, refused where they would do harm; and put back."""

import asyncio
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.settings import Settings
from storage.db.backup import back_up
from storage.db.database import Database, open_database
from storage.db.readonly import looking
from tests.bot.cli.conftest import changed
from tests.support.bot_process import Ended, run
from tests.support.cli import as_environment, bot_on
from tests.support.phone import Phone
from tests.support.postgresql import address_of, new_database
from tests.support.postgresql import server as server_of_tests
from tests.support.stored_responses import said
from tests.support.walkers import Walker, place_of

WORDS = "Gwenllian rang the surgery twice"
PUT_KEY_BACK = "put the key back, or set SECRET_KEY"


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
        phone.tap_on(later, later.buttons[0])
        await phone.until(lambda: len(phone.heard) > heard)
        assert "I may be a little behind" in phone.asking.text, "a button of later than the backup"
        assert place_of(phone.asking) == place_of(asked) == "confident"
        await walker.to("check")
        assert WORDS in phone.asking.text
        await walker.send()
    assert WORDS in str(said(new.database_url))


async def test_a_backup_whose_key_is_missing_is_made_and_is_no_success(
    tmp_path: Path, on_file: Settings, file: Path, to: Path
) -> None:
    open_database(on_file.database_url).close()
    file.with_suffix(".key").rename(tmp_path / "elsewhere.key")
    done = await backed_up(tmp_path, on_file, to)
    assert done.code == 1
    assert "without the key it can't be used" in done.out
    assert done.err == f"Could not: {file.with_suffix('.key')} is missing, but {file} is there: {PUT_KEY_BACK}.\n"
    assert content(to)


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
