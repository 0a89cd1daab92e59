from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.emulator import Lookalike, serving
from tests.support.postgresql import migrated

QUICK = (0.0, 0.05, 0.1, 0.2)  # seconds between deliveries to a webhook that failed: nobody waits a minute here


@pytest.fixture
def lookalike() -> Lookalike:
    made = Lookalike()
    made.redelivery_pauses = QUICK
    return made


@pytest.fixture
async def url(lookalike: Lookalike) -> AsyncIterator[str]:
    async with serving(lookalike) as address:
        yield address


@pytest.fixture
def on_file(tmp_path: Path) -> str:
    """The address of a new database on SQLite."""
    return f"sqlite:///{tmp_path / 'bot.db'}"


@pytest.fixture
def on_server() -> Iterator[str]:
    """The address of a new database on PostgreSQL."""
    with migrated() as made:
        yield made
