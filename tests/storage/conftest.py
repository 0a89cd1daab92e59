from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.database import Database, open_database


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "bot.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    made = open_database(f"sqlite:///{file}")
    yield made
    made.close()
