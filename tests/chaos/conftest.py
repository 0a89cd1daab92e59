from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.postgresql import create_migrated_database

REDELIVERY_PAUSES_SECONDS = (
    0.0,
    0.05,
    0.1,
    0.2,
)  # between deliveries to a webhook that failed; Telegram's are a minute and longer


@pytest.fixture
def emulator() -> TelegramEmulator:
    created = TelegramEmulator()
    created.retry_pauses_seconds = REDELIVERY_PAUSES_SECONDS
    return created


@pytest.fixture
async def emulator_url(emulator: TelegramEmulator) -> AsyncIterator[str]:
    async with serve_emulator(emulator) as address:
        yield address


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The address of a new database on SQLite."""
    return f"sqlite:///{tmp_path / 'bot.db'}"


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """The address of a new database on PostgreSQL."""
    with create_migrated_database() as created:
        yield created
