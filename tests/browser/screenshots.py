"""Takes the README's picture of the chat from the real page: `make pictures`."""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from tests.support.browser import open_page
from tests.support.page_walk import TAPS_AND_TEXTS, find_newest_button, find_newest_message, press_by_tap, run_preview

SCREENSHOT_FILE = Path(__file__).parents[2] / "docs" / "chat.png"
GAP_PIXELS, BACKGROUND_COLOUR = 24, "#ffffff"


async def take_screenshots() -> None:
    """Walks through the page at 360×740, and joins three screens side by side."""
    with tempfile.TemporaryDirectory() as folder:
        async with run_preview(Path(folder)) as address, open_page(address) as page:
            await find_newest_button(page, "Start").click()
            await expect(find_newest_button(page, "Let's start")).to_be_visible()
            screens = [await _capture_screen(page)]
            for label, follows in TAPS_AND_TEXTS:
                await press_by_tap(page, label)
                await expect(find_newest_message(page)).to_contain_text(follows)
                if label == "My family":
                    screens.append(await _capture_screen(page))
            await page.get_by_role("log").get_by_role("img").last.scroll_into_view_if_needed()
            screens.append(await _capture_screen(page))
    _join_screens(screens).save(SCREENSHOT_FILE, optimize=True)


async def _capture_screen(page: Page) -> Image.Image:
    await page.mouse.move(1, 1)
    return Image.open(io.BytesIO(await page.screenshot(animations="disabled"))).convert("RGB")


def _join_screens(screens: list[Image.Image]) -> Image.Image:
    width, height = screens[0].size
    sheet = Image.new("RGB", (len(screens) * (width + GAP_PIXELS) - GAP_PIXELS, height), BACKGROUND_COLOUR)
    for position, screen in enumerate(screens):
        sheet.paste(screen, (position * (width + GAP_PIXELS), 0))
    return sheet.quantize(128)


if __name__ == "__main__":
    asyncio.run(take_screenshots())
