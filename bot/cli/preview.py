"""The preview: the Bot API emulator with its phone-like page, and the unchanged bot connected to it."""

import asyncio
import os
import sys
import webbrowser
from pathlib import Path

from pydantic import SecretStr

from bot.app import run_bot
from bot.emulator import PREVIEW_TOKEN, TelegramEmulator, serve_emulator
from bot.settings import Settings
from storage.db.url import SQLITE, parse_url

COORDINATOR_ID = 3  # one of the people on the preview page
DEFAULT_PREVIEW_DATABASE_URL = "sqlite:///data/connection-test-preview.db"


async def run_preview(settings: Settings, port: int, stop_event: asyncio.Event) -> None:
    """Serves the page on loopback and runs the bot until `stop_event` is set. Raises `PortUnavailableError`."""
    database_url = make_preview_database_url(settings.database_url)
    async with serve_emulator(TelegramEmulator(), port) as page_url:
        print(f"Open {page_url} in a browser. This is a preview on this machine: nothing goes to Telegram.", flush=True)
        print(
            f"Person {COORDINATOR_ID} is a coordinator: type /coordinator at {page_url}/?as={COORDINATOR_ID}",
            flush=True,
        )
        if has_screen():
            await asyncio.to_thread(webbrowser.open, page_url)
        overrides = {
            "telegram_bot_token": SecretStr(PREVIEW_TOKEN),
            "telegram_api_url": page_url,
            "database_url": database_url,
            "webhook_url": None,
            "coordinator_ids": frozenset({COORDINATOR_ID}),
        }
        await run_bot(settings.model_copy(update=overrides), stop_event, should_serve_pages=False)


def make_preview_database_url(database_url: str) -> str:
    """Returns the URL of the preview's own database: `x.db` becomes `x-preview.db`; for PostgreSQL, a file in data/.

    Raises `StorageUnreadableError` for an invalid URL.
    """
    # Trial answers must not count, and entries that wait for real people must not be shown on the page.
    url = parse_url(database_url)
    if url.get_backend_name() != SQLITE:
        return DEFAULT_PREVIEW_DATABASE_URL
    path = Path(url.database or "")
    return url.set(database=str(path.with_stem(f"{path.stem}-preview"))).render_as_string(hide_password=False)


def has_screen() -> bool:
    """Returns whether someone sits in front of a screen: not on a server, and not if output goes to a file."""
    has_desktop = sys.platform in {"darwin", "win32"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return sys.stdout.isatty() and has_desktop
