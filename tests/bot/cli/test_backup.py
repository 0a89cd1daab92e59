"""Backups are complete although the bot is running, contain nothing that was erased, and can be restored."""

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
from storage.db.backup import create_backup
from storage.db.database import Database, open_database
from storage.db.readonly import connect_readonly
from tests.support.bot_process import ProcessResult, run_command
from tests.support.cli import replace_settings, run_bot_with, to_environment
from tests.support.phone import Phone
from tests.support.postgresql import create_database, render_url
from tests.support.postgresql import get_test_server as server_of_tests
from tests.support.stored_responses import load_comments
from tests.support.walkers import Walker, get_step

WORDS = "Gwenllian rang the surgery twice"
PUT_KEY_BACK = "restore the key file, or set SECRET_KEY"


Restore = Callable[[Path], Settings]


@pytest.fixture
def restore(settings: Settings, database_file: Path, tmp_path: Path) -> Iterator[Restore]:
    """Restores a backup on a new machine and returns the settings there."""
    with create_database(server_of_tests().url) as empty:

        def restore_backup(made: Path) -> Settings:
            if not settings.database_url.startswith("sqlite"):
                address = render_url(empty.set(drivername="postgresql"))
                command = ["pg_restore", "--no-owner", "--exit-on-error", "--dbname", address, str(made)]
                subprocess.run(command, check=True)
                return replace_settings(settings, database_url=address)
            restored = tmp_path / "new" / "bot.db"
            restored.parent.mkdir()
            shutil.copy2(made, restored)
            shutil.copy2(database_file.with_suffix(".key"), restored.with_suffix(".key"))
            return replace_settings(settings, database_url=f"sqlite:///{restored}")

        yield restore_backup


def file_bytes(file: Path) -> bytes:
    return file.read_bytes()


async def run_backup(folder: Path, settings: Settings, to: Path) -> ProcessResult:
    return await run_command(folder, "backup", "--to", str(to), **to_environment(settings))


async def test_a_backup_of_a_running_bot_can_be_restored_and_continues(
    tmp_path: Path, settings: Settings, backup_file: Path, restore: Restore, phone: Phone
) -> None:
    walker = Walker(phone)
    async with run_bot_with(settings):
        await walker.walk_to("informed_why")
        await walker.type_text(WORDS)
        done = await run_backup(tmp_path, settings, backup_file)
        assert (done.exit_code, done.stderr) == (0, "")
        assert str(backup_file) in done.stdout
        assert "The key is not in it" in done.stdout
        prompt_at_backup = phone.latest_prompt
        await walker.walk_to("more")
        later_prompt = phone.latest_prompt
    message_count = len(phone.received_ids)
    restored = restore(backup_file)
    async with run_bot_with(restored):
        phone.tap_in(later_prompt, later_prompt.buttons[0])
        await phone.wait_until(lambda: len(phone.received_ids) > message_count)
        assert "I may be a little behind" in phone.latest_prompt.text, "the button is from after the backup"
        assert get_step(phone.latest_prompt) == get_step(prompt_at_backup) == "confident"
        await walker.walk_to("check")
        assert WORDS in phone.latest_prompt.text
        await walker.submit()
    assert WORDS in str(load_comments(restored.database_url))


async def test_a_backup_without_its_key_is_written_and_exits_with_1(
    tmp_path: Path, sqlite_settings: Settings, database_file: Path, backup_file: Path
) -> None:
    open_database(sqlite_settings.database_url).close()
    database_file.with_suffix(".key").rename(tmp_path / "elsewhere.key")
    done = await run_backup(tmp_path, sqlite_settings, backup_file)
    assert done.exit_code == 1
    assert "without the key it can't be used" in done.stdout
    assert (
        done.stderr
        == f"Could not: {database_file.with_suffix('.key')} is missing, but {database_file} exists: {PUT_KEY_BACK}.\n"
    )
    assert file_bytes(backup_file)


async def test_a_backup_during_writes_contains_no_half_turn(
    settings: Settings, database: Database, backup_file: Path
) -> None:
    """Each turn changes two rows; a copy of half a turn would show two values."""
    with database.transaction() as session:
        session.execute(text("CREATE TABLE pair_a (n int)"))
        session.execute(text("CREATE TABLE pair_b (n int, room text)"))
        session.execute(text("INSERT INTO pair_a VALUES (0)"))
        session.execute(text("INSERT INTO pair_b VALUES (0, :room)"), {"room": "x" * 100_000})
    stopping = asyncio.Event()
    turns = 0

    def move(database: Database) -> None:
        with database.transaction() as session:
            session.execute(text("UPDATE pair_a SET n = n + 1"))
            session.execute(text("UPDATE pair_b SET n = n + 1"))

    async def write() -> None:
        nonlocal turns
        while not stopping.is_set():
            await database.run_in_thread(move)
            turns += 1

    writing = asyncio.create_task(write())
    await database.run_in_thread(move)
    before = turns
    for number in range(5):
        await asyncio.to_thread(create_backup, settings.database_url, backup_file.with_name(f"{number}.backup"))
    stopping.set()
    await writing
    assert turns > before, "turns go on during the backup"
    if settings.database_url.startswith("sqlite"):
        for number in range(5):
            with closing(sqlite3.connect(backup_file.with_name(f"{number}.backup"))) as copy:
                [(one, other)] = copy.execute("select pair_a.n, pair_b.n from pair_a, pair_b").fetchall()
            assert one == other


async def test_a_backup_contains_nothing_that_was_erased(
    sqlite_settings: Settings, backup_file: Path, phone: Phone
) -> None:
    """Neither in plain text nor encrypted. An earlier backup contains it, so the search works."""
    walker = Walker(phone)
    async with run_bot_with(sqlite_settings):
        await walker.walk_to("informed_why")
        await walker.type_text(WORDS)
        with connect_readonly(sqlite_settings.database_url) as connection:
            encrypted = connection.execute(text("SELECT texts FROM answers WHERE texts IS NOT NULL")).scalar_one()
        earlier = backup_file.with_name("earlier.backup")
        create_backup(sqlite_settings.database_url, earlier)
        assert encrypted in file_bytes(earlier)
        phone.type_text("/delete")
        await phone.receive()
        phone.tap(phone.latest_prompt.buttons[0])
        await phone.receive()
        with connect_readonly(sqlite_settings.database_url) as connection:
            assert connection.execute(text("SELECT count(*) FROM answers")).scalar_one() == 0
        create_backup(sqlite_settings.database_url, backup_file)
    backup_bytes = file_bytes(backup_file)
    assert encrypted not in backup_bytes
    assert not any(word.encode() in backup_bytes for word in WORDS.split())


def test_a_backup_does_not_copy_free_pages(database_file: Path, backup_file: Path) -> None:
    """Even if rows were deleted without overwriting, as a program other than the bot would."""
    address = f"sqlite:///{database_file}"
    open_database(address).close()
    with closing(sqlite3.connect(database_file, isolation_level=None)) as other:
        other.execute("pragma secure_delete = off")
        other.execute("insert into released_responses values ('a', 'i', 1, 'f', 1, 'en', ?, x'00')", (WORDS * 1000,))
        other.execute("delete from released_responses")
    assert WORDS.encode() in database_file.read_bytes()
    create_backup(address, backup_file)
    assert WORDS.encode() not in backup_file.read_bytes()
