"""`doctor` reports a database file that was moved away while its key or log stayed."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import Settings
from storage.db import sqlite
from storage.db.database import open_database
from tests.support.cli import find_problems, replace_settings
from tests.support.postgresql import TEST_SECRET_KEY


def move(file: Path, to: str = "elsewhere.db") -> Path:
    return file.rename(file.with_name(to))


def make_empty(file: Path) -> None:
    file.touch(0o600)


@pytest.mark.parametrize("secret", [None, TEST_SECRET_KEY])
async def test_a_database_file_moved_away_from_its_key_or_log_is_reported(
    sqlite_settings: Settings, database_file: Path, secret: str | None
) -> None:
    """Its key or an empty log is left behind."""
    settings = replace_settings(sqlite_settings, secret_key=secret)
    with closing(open_database(settings.database_url, secret)) as database:
        database.checkpoint()
        elsewhere = move(database_file)
        [found] = await find_problems(settings)
        assert found.subject == "database"
        assert f"{database_file} is not there, but bot.{'db-wal' if secret else 'key'} is in its folder" in found.text
        move(elsewhere, database_file.name)
    assert await find_problems(settings) == []


async def test_a_log_next_to_an_empty_database_file_is_kept(sqlite_settings: Settings, database_file: Path) -> None:
    """SQLite would delete it on opening an empty file."""
    with closing(open_database(sqlite_settings.database_url)):
        move(database_file)
        make_empty(database_file)
        [found] = await find_problems(sqlite_settings)
    assert (found.subject, "put the database file back next to it" in found.text) == ("database", True)
    assert sqlite.get_wal_file(database_file).stat().st_size
