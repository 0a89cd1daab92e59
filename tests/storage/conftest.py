from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db.database import Database, open_database
from tests.support.postgresql import TEST_SECRET_KEY, create_migrated_database
from tests.support.sqlite import create_database_with_key, create_migrated_file


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    """The file of an SQLite database, for tests of what only SQLite does."""
    return tmp_path / "bot.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, database_file: Path) -> Iterator[str]:
    """The address of a new database; a test that uses it runs on both kinds."""
    if request.param == "sqlite":
        yield create_migrated_file(database_file)
        return
    with create_migrated_database() as created:
        yield created


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    created = open_database(database_url, TEST_SECRET_KEY)
    yield created
    created.close()


@pytest.fixture
def sqlite_database(database_file: Path) -> Iterator[Database]:
    """A database on SQLite with its key file next to it."""
    created = open_database(create_database_with_key(database_file))
    yield created
    created.close()


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The address of a new database on PostgreSQL, for tests of what only several workers do."""
    with create_migrated_database() as created:
        yield created
