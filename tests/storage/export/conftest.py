from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db.database import Database, open_database
from tests.support.postgresql import TEST_SECRET_KEY, create_migrated_database
from tests.support.sqlite import create_migrated_file


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new database: each test that asks for one runs on both kinds."""
    if request.param == "sqlite":
        made = open_database(create_migrated_file(tmp_path / "bot.db"), TEST_SECRET_KEY)
        yield made
        made.close()
        return
    with create_migrated_database() as address:
        made = open_database(address, TEST_SECRET_KEY)
        yield made
        made.close()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A database on SQLite, in tests of what the kind has no say in."""
    made = open_database(create_migrated_file(tmp_path / "bot.db"), TEST_SECRET_KEY)
    yield made
    made.close()
