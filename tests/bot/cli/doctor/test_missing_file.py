"""What the doctor sees where a database's file was moved away, and something of it was left behind."""

from contextlib import closing
from pathlib import Path

import pytest

from bot.settings import Settings
from storage.db import sqlite
from storage.db.database import open_database
from tests.bot.cli.conftest import changed
from tests.support.cli import to_mend
from tests.support.postgresql import SECRET


def move(file: Path, to: str = "elsewhere.db") -> Path:
    return file.rename(file.with_name(to))


def make_empty(file: Path) -> None:
    file.touch(0o600)


@pytest.mark.parametrize("secret", [None, SECRET])
async def test_a_file_that_was_moved_under_the_bot_is_missed(on_file: Settings, file: Path, secret: str | None) -> None:
    """Whatever it left: its key, or a log in which nothing stands any more."""
    settings = changed(on_file, secret_key=secret)
    with closing(open_database(settings.database_url, secret)) as database:
        database.settle()
        elsewhere = move(file)
        [found] = await to_mend(settings)
        assert found.subject == "database"
        assert f"{file} is not there, but bot.{'db-wal' if secret else 'key'} stands beside it" in found.text
        move(elsewhere, file.name)
    assert await to_mend(settings) == []


async def test_a_log_without_its_file_is_left_alone(on_file: Settings, file: Path) -> None:
    """SQLite would throw it away with the first look at an empty file."""
    with closing(open_database(on_file.database_url)):
        move(file)
        make_empty(file)
        [found] = await to_mend(on_file)
    assert (found.subject, "put that file back beside it" in found.text) == ("database", True)
    assert sqlite.log_of(file).stat().st_size
