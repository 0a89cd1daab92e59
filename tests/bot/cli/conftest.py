import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator
from bot.settings import Settings
from storage.db.database import Database, open_database
from tests.support.cli import replace_settings
from tests.support.postgresql import TEST_SECRET_KEY, create_migrated_database
from tests.support.postgresql import get_test_server as server_of_tests
from tests.support.running_bot import RunningBot, make_settings, running_bot


@pytest.fixture
def emulator() -> TelegramEmulator:
    return TelegramEmulator()


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """The file of the bot's database, in a folder of its own."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "bot.db"


@pytest.fixture
async def bot(emulator: TelegramEmulator, emulator_url: str, database_file: Path) -> AsyncIterator[RunningBot]:
    async with running_bot(emulator, emulator_url, database_file) as created:
        yield created


@pytest.fixture
def sqlite_settings(emulator_url: str, database_file: Path) -> Settings:
    """A bot on SQLite."""
    return make_settings(emulator_url, database_file)


@pytest.fixture
def postgresql_settings(sqlite_settings: Settings, postgresql_url: str) -> Settings:
    """A bot on PostgreSQL."""
    return replace_settings(sqlite_settings, database_url=postgresql_url, secret_key=TEST_SECRET_KEY)


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The address of a new database on PostgreSQL."""
    with create_migrated_database() as created:
        yield created


@pytest.fixture(params=["sqlite_settings", "postgresql_settings"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """A bot on either kind of database: a test that uses it runs on both."""
    resolved: Settings = request.getfixturevalue(request.param)
    return resolved


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The migrated and open database of those settings."""
    created = open_database(settings.database_url, settings.secret)
    yield created
    created.close()


@pytest.fixture
def pg_dump_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts PostgreSQL's own programs, in the version of the test server, on the PATH."""
    server = server_of_tests().managed_server
    if server:
        monkeypatch.setenv("PATH", f"{server.bin_path}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def backup_file(tmp_path: Path, pg_dump_on_path: None) -> Path:
    """The file that a backup is written to."""
    del pg_dump_on_path
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "monday.backup"


@pytest.fixture
def sqlite_database(sqlite_settings: Settings) -> Iterator[Database]:
    """The migrated and open database of a bot on SQLite."""
    created = open_database(sqlite_settings.database_url, sqlite_settings.secret)
    yield created
    created.close()


@pytest.fixture
def output_folder(tmp_path: Path) -> Path:
    """The folder that a command writes its files to."""
    created = tmp_path / "files"
    created.mkdir()
    return created
