"""Walks from welcome to summary on the preview's page at 360×740, by taps and by keyboard alone."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Locator, Page, expect

from tests.support.browser import open_page
from tests.support.page_walk import (
    TAPS_AND_TEXTS,
    WORDS,
    find_newest_button,
    find_newest_message,
    press_by_tap,
    run_preview,
)
from tests.support.stored_responses import has_exactly

pytestmark = pytest.mark.browser

Press = Callable[[Page, str], Awaitable[None]]
EXPECTED_ANSWERS = {
    "role": "family_carer",
    "viewpoint": "family",
    "informed": "1",
    "informed_why": WORDS,
    "confident": "-2",
    "confident_why": None,
    "connected": "not_sure",
    "new_choices": "1",
    "support_to_choose": "0",
    "building_on_strengths": "-2",
    "shared_decisions": "2",
    "wider_support": "2",
    "anything_else": None,
}


async def press_by_key(page: Page, label: str) -> None:
    """Presses a button by keyboard: Tab or Shift+Tab to reach it, then Enter."""
    if label == "type":
        await tab_to(page, page.get_by_role("textbox"))
        await page.keyboard.type(WORDS)
    else:
        await tab_to(page, find_newest_button(page, label))
    await page.keyboard.press("Enter")


async def tab_to(page: Page, element: Locator) -> None:
    """Shift+Tab goes back through the newest buttons; Tab goes on to the typing field."""
    for key in ("Tab", "Shift+Tab"):
        for _ in range(40):
            if await element.evaluate("element => element === document.activeElement"):
                return
            await page.keyboard.press(key)
    raise AssertionError("the keyboard cannot reach the element")


async def walk(page: Page, press: Press) -> None:
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    await press(page, "Start")
    await expect(page.get_by_role("log")).to_contain_text("Hello.")
    for label, follows in TAPS_AND_TEXTS:
        await press(page, label)
        await expect(find_newest_message(page)).to_contain_text(follows)
    await expect(page.get_by_role("log")).to_contain_text("Thank you. Your answers are sent.")
    await expect(page.get_by_role("log")).to_contain_text("This service does not pass the connection test yet.")
    await expect(find_newest_button(page, "Delete my answers")).to_be_visible()


@pytest.mark.parametrize("press", [press_by_tap, press_by_key])
async def test_a_run_by_taps_or_keys_stores_the_pressed_answers(press: Press, tmp_path: Path) -> None:
    async with run_preview(tmp_path) as address, open_page(address) as page:
        await walk(page, press)
        assert has_exactly(f"sqlite:///{tmp_path / 'walk.db'}", [EXPECTED_ANSWERS])


async def test_the_result_picture_has_the_verdicts_in_its_alt_text(tmp_path: Path) -> None:
    async with run_preview(tmp_path) as address, open_page(address) as page:
        await walk(page, press_by_tap)
        picture = page.get_by_role("log").get_by_role("img").last
        await expect(picture).to_be_visible()
        alt_text = await picture.get_attribute("alt")
        assert alt_text
        for line in ("Knowing: passes", "Coping: not yet", "Connected: can't say"):
            assert line in alt_text


async def test_mydata_can_be_downloaded_as_a_file(tmp_path: Path) -> None:
    async with run_preview(tmp_path) as address, open_page(address) as page:
        await find_newest_button(page, "Start").click()
        for label, follows in TAPS_AND_TEXTS[:5]:
            await press_by_tap(page, label)
            await expect(find_newest_message(page)).to_contain_text(follows)
        await page.get_by_role("textbox").fill("/mydata")
        await page.get_by_role("textbox").press("Enter")
        await expect(page.get_by_role("log")).to_contain_text("What is kept about you just now")
        await expect(find_newest_message(page)).to_contain_text("All that is kept about you, as a file.")
        async with page.expect_download() as download_info:
            await page.get_by_role("link", name="Download my-data.txt").click()
        download = await download_info.value
        assert download.suggested_filename == "my-data.txt"
        text = (await download.path()).read_text("utf-8-sig")
        assert f"Your words: “{WORDS}”" in text
        assert "Your answer: My family" in text
        assert (await Axe().run(page)).violations_count == 0


async def test_no_question_is_wider_than_a_small_phone(tmp_path: Path) -> None:
    async with run_preview(tmp_path) as address, open_page(address, 320, 640) as page:
        await find_newest_button(page, "Start").click()
        for label, follows in TAPS_AND_TEXTS[:-1]:
            await press_by_tap(page, label)
            await expect(find_newest_message(page)).to_contain_text(follows)
            assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_review_page_and_the_result_break_no_accessibility_rule(tmp_path: Path) -> None:
    async with run_preview(tmp_path) as address, open_page(address) as page:
        await walk(page, press_by_tap)
        found = await Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


async def test_two_people_at_once_have_separate_runs(tmp_path: Path) -> None:
    async with (
        run_preview(tmp_path) as address,
        open_page(f"{address}/?as=1") as one,
        open_page(f"{address}/?as=2") as two,
    ):
        await walk(one, press_by_tap)
        await find_newest_button(two, "Start").click()
        await find_newest_button(two, "Let's start").click()
        await expect(two.get_by_role("log")).to_contain_text("Who are you?")
        await expect(two.get_by_role("log")).not_to_contain_text("Thank you")
        assert has_exactly(f"sqlite:///{tmp_path / 'walk.db'}", [EXPECTED_ANSWERS])


async def test_a_run_goes_on_after_the_preview_restarts(tmp_path: Path) -> None:
    async with run_preview(tmp_path) as address, open_page(address) as page:
        await find_newest_button(page, "Start").click()
        for label, follows in TAPS_AND_TEXTS[:5]:
            await press_by_tap(page, label)
            await expect(find_newest_message(page)).to_contain_text(follows)
    async with run_preview(tmp_path) as address, open_page(address) as page:
        await find_newest_button(page, "Start").click()
        await expect(find_newest_message(page)).to_contain_text("Welcome back")
        await expect(find_newest_message(page)).to_contain_text("2 of 3.")
        for label, follows in TAPS_AND_TEXTS[5:]:
            await press_by_tap(page, label)
            await expect(find_newest_message(page)).to_contain_text(follows)
        assert has_exactly(f"sqlite:///{tmp_path / 'walk.db'}", [EXPECTED_ANSWERS])


async def test_each_question_fits_a_phone_without_scrolling(tmp_path: Path) -> None:
    async with run_preview(tmp_path) as address, open_page(address, 360, 740) as page:
        await find_newest_button(page, "Start").click()
        for label, follows in TAPS_AND_TEXTS[:-2]:
            await press_by_tap(page, label)
            await expect(find_newest_message(page)).to_contain_text(follows)
            question_box = await find_newest_message(page).bounding_box()
            available_height = await page.get_by_role("log").evaluate("log => log.clientHeight")
            assert question_box
            assert question_box["height"] <= available_height, follows
