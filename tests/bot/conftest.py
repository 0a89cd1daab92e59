from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from bot.preview import Lookalike, serving
from tests.bot.running import Running, running
from tests.phone import Phone


@pytest.fixture
def lookalike() -> Lookalike:
    return Lookalike()


@pytest.fixture
async def url(lookalike: Lookalike) -> AsyncIterator[str]:
    async with serving(lookalike) as address:
        yield address


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the bot keeps its database."""
    return tmp_path / "bot.db"


@pytest.fixture
async def bot(lookalike: Lookalike, url: str, file: Path) -> AsyncIterator[Running]:
    async with running(lookalike, url, file) as made:
        yield made


@pytest.fixture
def phones(lookalike: Lookalike) -> Callable[[int], Phone]:
    return lambda number: Phone(lookalike, number)


@pytest.fixture
def phone(lookalike: Lookalike) -> Phone:
    return Phone(lookalike, 7)
