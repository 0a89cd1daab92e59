"""A real Chromium over the page. Where the machine has none the tests are skipped, and say so; in CI they fail."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

import pytest
from playwright.async_api import Page, async_playwright, expect

CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
expect.set_options(timeout=30_000)  # a limit costs nothing where it is kept
CHROMIUM_NAMES = ("chromium", "google-chrome", "chromium-browser")


def find_chromium() -> str:
    """The path of the browser; without one the test is skipped, or fails in CI."""
    found = next((path for name in CHROMIUM_NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have a browser: none of {', '.join(CHROMIUM_NAMES)} is installed")
    pytest.skip(f"no browser on this machine ({', '.join(CHROMIUM_NAMES)})")


@asynccontextmanager
async def open_page(
    url: str, width: int = 360, height: int = 740, *, colours: Literal["light", "dark"] = "light"
) -> AsyncIterator[Page]:
    """A page in a fresh browser of a phone's size. What the page's scripts complain of fails the test."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=CHROMIUM_ARGUMENTS)
        try:
            context = await browser.new_context(
                viewport={"width": width, "height": height}, color_scheme=colours, reduced_motion="reduce"
            )
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if "Security Policy" in said.text else None)
            await page.goto(url)
            yield page
        finally:
            await browser.close()
    assert not complaints, complaints
