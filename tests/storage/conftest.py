from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db.database import Database, open_database
from tests.support.postgresql import SECRET, migrated
from tests.support.sqlite import migrated_file, with_key


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where an SQLite database stands, in tests of what is SQLite's own."""
    return tmp_path / "bot.db"


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, file: Path) -> Iterator[str]:
    """The address of a new database: each test that asks for one runs on both kinds."""
    if request.param == "sqlite":
        yield migrated_file(file)
        return
    with migrated() as made:
        yield made


@pytest.fixture
def database(address: str) -> Iterator[Database]:
    made = open_database(address, SECRET)
    yield made
    made.close()


@pytest.fixture
def on_file(file: Path) -> Iterator[Database]:
    """A database on SQLite, its key beside it."""
    made = open_database(with_key(file))
    yield made
    made.close()


@pytest.fixture
def on_server() -> Iterator[str]:
    """The address of a new database on PostgreSQL, in tests of what only several workers do."""
    with migrated() as made:
        yield made
