"""Files that a coordinator gets on the preview's page at 360×740: visible, downloadable and byte-identical."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.browser import open_page
from tests.support.campaigns import create_campaign
from tests.support.coordinator_chat import COORDINATOR_ID
from tests.support.exports import FILE_ENDINGS_BY_LABEL, OAK_PLAN, create_released_campaign
from tests.support.page_walk import find_newest_button, find_newest_message
from tests.support.running_bot import RunningBot, running_bot

pytestmark = pytest.mark.browser


@asynccontextmanager
async def run_bot_for_coordinator(file: Path) -> AsyncIterator[RunningBot]:
    """A bot on the emulator with one coordinator."""
    emulator = TelegramEmulator()
    async with (
        serve_emulator(emulator) as url,
        running_bot(emulator, url, file, coordinator_ids=frozenset({COORDINATOR_ID})) as bot,
    ):
        yield bot


async def open_campaign_page(page: Page) -> None:
    await find_newest_button(page, "Start").click()
    await expect(find_newest_message(page)).to_contain_text("Hello.")
    await page.get_by_role("textbox").fill("/coordinator")
    await page.get_by_role("textbox").press("Enter")
    await find_newest_button(page, OAK_PLAN.about).click()
    await expect(find_newest_message(page)).to_contain_text("What people read")


async def test_each_format_can_be_downloaded_byte_for_byte(tmp_path: Path) -> None:
    async with (
        run_bot_for_coordinator(tmp_path / "bot.db") as bot,
        open_page(f"{bot.emulator_url}/?as={COORDINATOR_ID}") as page,
    ):
        await create_released_campaign(bot, 30)
        await open_campaign_page(page)
        await find_newest_button(page, "Download the answers").click()
        for number, (kind, ending) in enumerate(FILE_ENDINGS_BY_LABEL.items()):
            if number:
                await find_newest_button(page, "Another kind of file").click()
            await find_newest_button(page, kind).click()
            link = page.get_by_role("link", name=f".{ending} (")
            await expect(link).to_be_visible(timeout=60_000)
            async with page.expect_download() as download_info:
                await link.click()
            download = await download_info.value
            [sent] = [one for one in bot.emulator.files.by_id.values() if one.name == download.suggested_filename]
            assert await asyncio.to_thread((await download.path()).read_bytes) == sent.content
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (await Axe().run(page)).violations_count == 0


async def test_shared_material_can_be_seen_and_saved(tmp_path: Path) -> None:
    async with (
        run_bot_for_coordinator(tmp_path / "bot.db") as bot,
        open_page(f"{bot.emulator_url}/?as={COORDINATOR_ID}") as page,
    ):
        code = await create_campaign(bot, OAK_PLAN)
        await open_campaign_page(page)
        await find_newest_button(page, "Share it").click()
        await expect(find_newest_message(page)).to_contain_text("That is all you need", timeout=60_000)
        log = page.get_by_role("log")
        await expect(log.get_by_role("img")).to_have_count(2)
        await expect(log).to_contain_text(f"https://t.me/{bot.emulator.profile.username}?start={code}")
        async with page.expect_download() as download_info:
            await page.get_by_role("link", name="Download oak-house-garden.pdf").click()
        assert (await (await download_info.value).path()).read_bytes().startswith(b"%PDF")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (await Axe().run(page)).violations_count == 0
