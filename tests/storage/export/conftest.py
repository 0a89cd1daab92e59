from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.db.database import Database, open_database
from tests.support.postgresql import SECRET, migrated
from tests.support.sqlite import migrated_file


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A new database: each test that asks for one runs on both kinds."""
    if request.param == "sqlite":
        made = open_database(migrated_file(tmp_path / "bot.db"), SECRET)
        yield made
        made.close()
        return
    with migrated() as address:
        made = open_database(address, SECRET)
        yield made
        made.close()


@pytest.fixture
def on_file(tmp_path: Path) -> Iterator[Database]:
    """A database on SQLite, in tests of what the kind has no say in."""
    made = open_database(migrated_file(tmp_path / "bot.db"), SECRET)
    yield made
    made.close()
