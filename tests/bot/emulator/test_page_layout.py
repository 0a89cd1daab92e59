"""The layout of the page in a real browser: small and large screens, long labels and long messages."""

from typing import Any

import pytest
from playwright.async_api import expect

from bot.emulator import TelegramEmulator
from tests.support.browser import find_button, open_page
from tests.support.sample_bot import make_keyboard

pytestmark = pytest.mark.browser


@pytest.mark.usefixtures("sample_bot")
@pytest.mark.parametrize("size", [(320, 568), (360, 740), (1280, 900)])
async def test_nothing_is_cut_off_and_every_target_but_commands_is_large_enough(
    emulator_url: str, size: tuple[int, int]
) -> None:
    """Commands within a text may be smaller than 44 px: they have the height of their line."""
    async with open_page(emulator_url, *size) as page:
        await find_button(page, "Start").click()
        await find_button(page, "Let's start").click()
        await expect(find_button(page, "Not sure")).to_be_visible()
        await expect(page.get_by_text("1 of 3.")).to_be_in_viewport()
        await expect(find_button(page, "Why ask?")).to_be_in_viewport()
        page_width = await page.evaluate("document.documentElement.scrollWidth")
        assert page_width <= size[0]
        for target in await page.locator("button:visible, textarea:visible").all():
            box = await target.bounding_box()
            assert box
            assert box["height"] >= 44 or await target.get_attribute("class") == "command", await target.text_content()


async def test_a_long_label_is_wrapped_not_cut(emulator_url: str, emulator: TelegramEmulator, sample_bot: Any) -> None:
    emulator.type_text(1, "/help")
    label = "I look after family or a friend, and I would rather say so in a good many words of my own"
    await sample_bot.bot.send_message(1, "Who are you?", reply_markup=make_keyboard([(label, "x")], [("W" * 60, "y")]))
    async with open_page(emulator_url, 320, 568) as page:
        for name in (label, "W" * 60):
            label_button = find_button(page, name)
            await expect(label_button).to_be_visible()
            assert await label_button.evaluate(
                "key => key.scrollWidth <= key.clientWidth && key.scrollHeight <= key.clientHeight"
            )


async def test_a_message_longer_than_the_screen_is_shown_from_its_beginning(
    emulator_url: str, emulator: TelegramEmulator, sample_bot: Any
) -> None:
    emulator.type_text(1, "/help")
    async with open_page(emulator_url, 320, 568) as page:
        more = page.locator("#below")
        await expect(page.get_by_text("You wrote: /help")).to_be_visible()
        await expect(more).to_be_hidden()
        await sample_bot.bot.send_message(
            1, "Which of these?", reply_markup=make_keyboard(*[[(f"No. {n}", "x")] for n in range(15)])
        )
        await expect(page.get_by_text("Which of these?")).to_be_in_viewport()
        await expect(find_button(page, "No. 14")).not_to_be_in_viewport()
        await more.click()
        await expect(find_button(page, "No. 14")).to_be_in_viewport()
        await expect(more).to_be_hidden()
