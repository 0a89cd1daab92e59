"""Takes the README's picture of the chat from the real page: `make pictures`."""

import asyncio
import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.async_api import Page, expect

from tests.browser.test_walk import TAPS, a_preview, at_the_bottom, by_tap, newest
from tests.support.browser import a_page

PICTURE = Path(__file__).parents[2] / "docs" / "chat.png"
GAP, GROUND = 24, "#ffffff"


async def take() -> None:
    """Walks the page at 360×740, and puts three screens side by side."""
    with tempfile.TemporaryDirectory() as folder:
        async with a_preview(Path(folder)) as address, a_page(address) as page:
            await newest(page, "Start").click()
            await expect(newest(page, "Let's start")).to_be_visible()
            screens = [await _screen(page)]
            for label, follows in TAPS:
                await by_tap(page, label)
                await expect(at_the_bottom(page)).to_contain_text(follows)
                if label == "My family":
                    screens.append(await _screen(page))
            await page.get_by_role("log").get_by_role("img").last.scroll_into_view_if_needed()
            screens.append(await _screen(page))
    _side_by_side(screens).save(PICTURE, optimize=True)


async def _screen(page: Page) -> Image.Image:
    await page.mouse.move(1, 1)
    return Image.open(io.BytesIO(await page.screenshot(animations="disabled"))).convert("RGB")


def _side_by_side(screens: list[Image.Image]) -> Image.Image:
    width, height = screens[0].size
    sheet = Image.new("RGB", (len(screens) * (width + GAP) - GAP, height), GROUND)
    for position, screen in enumerate(screens):
        sheet.paste(screen, (position * (width + GAP), 0))
    return sheet.quantize(128)


if __name__ == "__main__":
    asyncio.run(take())
