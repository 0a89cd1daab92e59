"""A run on the preview's page, in a browser."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page

from bot.app import run_bot
from bot.emulator import PREVIEW_TOKEN, TelegramEmulator, serve_emulator
from bot.settings import Settings

WORDS = "They rang back when they said they would."


TAPS_AND_TEXTS = (
    ("Let's start", "Who are you?"),
    ("I look after family or a friend", "Who do you want to answer for?"),
    ("My family", "1 of 3."),
    ("A bit better", "What made the difference?"),
    ("type", "2 of 3."),
    ("Lean on others for everything", "What made it harder?"),
    ("Skip", "3 of 3."),
    ("Not sure", "That was the test."),
    ("Go on: two more minutes", "1 of 5."),
    ("Some choice", "2 of 5."),
    ("A little", "3 of 5."),
    ("Never", "4 of 5."),
    ("Yes, from the start", "5 of 5."),
    ("Very well", "anything you want to add"),
    ("Skip", "Check your answers"),
    ("Send my answers", "What tends to help"),
)


@asynccontextmanager
async def run_preview(folder: Path) -> AsyncIterator[str]:
    """The preview as `make run` serves it; gives its address."""
    stopping = asyncio.Event()
    async with serve_emulator(TelegramEmulator()) as address:
        settings = Settings(
            _env_file=None,
            telegram_bot_token=PREVIEW_TOKEN,
            telegram_api_url=address,
            database_url=f"sqlite:///{folder}/walk.db",
        )
        bot = asyncio.create_task(run_bot(settings, stopping))
        try:
            yield address
        finally:
            stopping.set()
            await bot


def find_newest_button(page: Page, label: str) -> Locator:
    return page.get_by_role("button", name=label, exact=True).last


def find_newest_message(page: Page) -> Locator:
    """The newest message."""
    return page.get_by_role("log").get_by_role("article").last


async def press_by_tap(page: Page, label: str) -> None:
    if label == "type":
        await page.get_by_role("textbox").fill(WORDS)
        await page.get_by_role("textbox").press("Enter")
    else:
        await find_newest_button(page, label).click()
