from collections.abc import AsyncIterator

import aiohttp
import pytest
from telegram import Bot

from bot.emulator import Lookalike, serving
from tests.support.emulator_client import Api
from tests.support.webhook_receiver import Hook, receiving


@pytest.fixture
def lookalike() -> Lookalike:
    return Lookalike()


@pytest.fixture
async def url(lookalike: Lookalike) -> AsyncIterator[str]:
    async with serving(lookalike) as address:
        yield address


@pytest.fixture
async def api(lookalike: Lookalike, url: str) -> AsyncIterator[Api]:
    async with aiohttp.ClientSession() as session:
        yield Api(session, url, lookalike.token)


@pytest.fixture
async def bot(lookalike: Lookalike, url: str) -> AsyncIterator[Bot]:
    async with Bot(lookalike.token, base_url=f"{url}/bot", base_file_url=f"{url}/file/bot") as made:
        yield made


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with receiving() as made:
        yield made
