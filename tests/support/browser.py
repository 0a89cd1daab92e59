"""Opens the emulator's page in a real Chromium. Without a browser the tests are skipped; in CI they fail.

Also finds the elements of the page that several tests use.
"""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from playwright.async_api import Locator, Page, async_playwright, expect

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
CHROMIUM_NAMES = ("chromium", "google-chrome", "chromium-browser")

expect.set_options(timeout=30_000)  # in ms; generous, because a busy machine is slow and a passing test does not wait


def find_chromium() -> str:
    """The path of the browser. Without one it skips the test, or fails it in CI."""
    chromium_path = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if chromium_path:
        return chromium_path
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have a browser: none of {', '.join(CHROMIUM_NAMES)} is installed")
    pytest.skip(f"no browser on this machine ({', '.join(CHROMIUM_NAMES)})")


@asynccontextmanager
async def open_page(
    url: str, width: int = 360, height: int = 740, *, colours: Literal["light", "dark"] = "light"
) -> AsyncIterator[Page]:
    """A page in a new browser of a phone's size, in CSS pixels. Script errors and policy violations fail the test."""
    page_errors: list[str] = []

    def report_violation(text: str) -> None:
        if "Security Policy" in text:
            page_errors.append(text)

    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=colours, reduced_motion="reduce"
            )
            page = await context.new_page()
            page.on("pageerror", lambda error: page_errors.append(str(error)))
            page.on("console", lambda entry: report_violation(entry.text))
            await page.goto(url)
            yield page
        finally:
            await browser.close()
    assert not page_errors, page_errors


def find_button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def find_log(page: Page) -> Locator:
    """The list of messages."""
    return page.get_by_role("log")


async def press_keys(page: Page, *keys: str) -> None:
    for key in keys:
        await page.keyboard.press(key)
