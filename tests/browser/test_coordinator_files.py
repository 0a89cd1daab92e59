"""What a coordinator is given, on the preview's page at 360×740: seen, downloaded, the same to the byte."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from bot.emulator import Lookalike, serving
from tests.bot.delivery.test_export import KINDS, OAK, filled
from tests.bot.handlers.test_campaign_links import opened
from tests.bot.handlers.test_coordinator_menu import NAMED
from tests.browser.test_walk import at_the_bottom, newest
from tests.support.browser import a_page
from tests.support.running_bot import Running, running

pytestmark = pytest.mark.browser


@asynccontextmanager
async def a_bot(file: Path) -> AsyncIterator[Running]:
    """One in the preview, with a coordinator."""
    lookalike = Lookalike()
    async with serving(lookalike) as url, running(lookalike, url, file, coordinator_ids=frozenset({NAMED})) as bot:
        yield bot


async def to_its_page(page: Page) -> None:
    await newest(page, "Start").click()
    await expect(at_the_bottom(page)).to_contain_text("Hello.")
    await page.get_by_role("textbox").fill("/coordinator")
    await page.get_by_role("textbox").press("Enter")
    await newest(page, OAK.about).click()
    await expect(at_the_bottom(page)).to_contain_text("What people read")


async def test_each_kind_of_file_can_be_downloaded_and_is_what_was_sent(tmp_path: Path) -> None:
    async with a_bot(tmp_path / "bot.db") as bot, a_page(f"{bot.url}/?as={NAMED}") as page:
        await filled(bot, 30)
        await to_its_page(page)
        await newest(page, "Download the answers").click()
        for number, (kind, ending) in enumerate(KINDS.items()):
            if number:
                await newest(page, "Another kind of file").click()
            await newest(page, kind).click()
            link = page.get_by_role("link", name=f".{ending} (")
            await expect(link).to_be_visible(timeout=60_000)
            async with page.expect_download() as coming:
                await link.click()
            download = await coming.value
            [sent] = [one for one in bot.lookalike.files.by_id.values() if one.name == download.suggested_filename]
            assert await asyncio.to_thread((await download.path()).read_bytes) == sent.content
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (await Axe().run(page)).violations_count == 0


async def test_what_is_shared_is_there_to_be_seen_and_saved(tmp_path: Path) -> None:
    async with a_bot(tmp_path / "bot.db") as bot, a_page(f"{bot.url}/?as={NAMED}") as page:
        code = await opened(bot, OAK)
        await to_its_page(page)
        await newest(page, "Share it").click()
        await expect(at_the_bottom(page)).to_contain_text("That is all you need", timeout=60_000)
        log = page.get_by_role("log")
        await expect(log.get_by_role("img")).to_have_count(2)
        await expect(log).to_contain_text(f"https://t.me/{bot.lookalike.profile.username}?start={code}")
        async with page.expect_download() as coming:
            await page.get_by_role("link", name="Download oak-house-garden.pdf").click()
        assert (await (await coming.value).path()).read_bytes().startswith(b"%PDF")
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert (await Axe().run(page)).violations_count == 0
