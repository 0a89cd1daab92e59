"""Fixtures shared by the emulator's tests."""

from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from telegram import Bot

from bot.emulator import TelegramEmulator
from tests.support.emulator_client import EmulatorClient
from tests.support.sample_bot import run_sample_bot
from tests.support.webhook_receiver import WebhookReceiver, run_receiver


@pytest.fixture
def emulator() -> TelegramEmulator:
    return TelegramEmulator()


@pytest.fixture
async def emulator_client(emulator: TelegramEmulator, emulator_url: str) -> AsyncIterator[EmulatorClient]:
    async with aiohttp.ClientSession() as session:
        yield EmulatorClient(session, emulator_url, emulator.token)


@pytest.fixture
async def telegram_bot(emulator: TelegramEmulator, emulator_url: str) -> AsyncIterator[Bot]:
    async with Bot(emulator.token, base_url=f"{emulator_url}/bot", base_file_url=f"{emulator_url}/file/bot") as bot:
        yield bot


@pytest.fixture
async def webhook_receiver() -> AsyncIterator[WebhookReceiver]:
    async with run_receiver() as receiver:
        yield receiver


@pytest.fixture
async def sample_bot(emulator: TelegramEmulator, emulator_url: str) -> AsyncIterator[Any]:
    async with run_sample_bot(emulator, emulator_url) as app:
        yield app
