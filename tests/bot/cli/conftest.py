import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.emulator import Lookalike, serving
from bot.settings import Settings
from storage.db.database import Database, open_database
from tests.support.phone import Phone
from tests.support.postgresql import SECRET, migrated
from tests.support.postgresql import server as server_of_tests
from tests.support.running_bot import Running, running, settings_for


@pytest.fixture
def lookalike() -> Lookalike:
    return Lookalike()


@pytest.fixture
async def url(lookalike: Lookalike) -> AsyncIterator[str]:
    async with serving(lookalike) as address:
        yield address


@pytest.fixture
def phone(lookalike: Lookalike) -> Phone:
    return Phone(lookalike, 7)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the bot keeps its database, in a folder of its own."""
    (tmp_path / "data").mkdir()
    return tmp_path / "data" / "bot.db"


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, file: Path) -> AsyncIterator[Running]:
    async with running(lookalike, url, file) as made:
        yield made


@pytest.fixture
def on_file(url: str, file: Path) -> Settings:
    """A bot on SQLite."""
    return settings_for(url, file)


@pytest.fixture
def on_server(on_file: Settings, server: str) -> Settings:
    """A bot on PostgreSQL."""
    return changed(on_file, database_url=server, secret_key=SECRET)


@pytest.fixture
def server() -> Iterator[str]:
    """The address of a new database on PostgreSQL."""
    with migrated() as made:
        yield made


@pytest.fixture(params=["on_file", "on_server"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """A bot on either kind of database: each test that asks for it runs on both."""
    found: Settings = request.getfixturevalue(request.param)
    return found


def changed(settings: Settings, **more: object) -> Settings:
    """The same settings but for these."""
    return Settings(_env_file=None, **(settings.model_dump(exclude_unset=True) | more))


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """The database of those settings, made and open."""
    made = open_database(settings.database_url, settings.secret)
    yield made
    made.close()


@pytest.fixture
def pg_dump(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own programs are on the PATH, of the version of the server of these tests."""
    own = server_of_tests().own
    if own:
        monkeypatch.setenv("PATH", f"{own.bin_path}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def to(tmp_path: Path, pg_dump: None) -> Path:
    """Where the backup goes."""
    del pg_dump
    (tmp_path / "backups").mkdir()
    return tmp_path / "backups" / "monday.backup"


@pytest.fixture
def database_on_file(on_file: Settings) -> Iterator[Database]:
    """The database of a bot on SQLite, made and open."""
    made = open_database(on_file.database_url, on_file.secret)
    yield made
    made.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where a command writes its files."""
    made = tmp_path / "files"
    made.mkdir()
    return made
