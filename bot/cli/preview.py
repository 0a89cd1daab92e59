"""The bot without Telegram: the Bot API look-alike with its phone-like page, and the unchanged bot connected to it."""

import asyncio
import os
import sys
import webbrowser
from pathlib import Path

from pydantic import SecretStr

from bot.app import serve
from bot.emulator import PREVIEW_TOKEN, Lookalike, serving
from bot.settings import Settings
from storage.db.url import SQLITE, readable

COORDINATOR = 3  # one of the people whom the page offers
DEFAULT_PREVIEW = "sqlite:///data/connection-test-preview.db"


async def preview(settings: Settings, port: int, stopping: asyncio.Event) -> None:
    """Serves the page on loopback and runs the bot beside it, until `stopping` is set. Raises `PortTaken`."""
    own = preview_database(settings.database_url)
    async with serving(Lookalike(), port) as address:
        print(f"Open {address} in a browser. This is a preview on this machine: nothing goes to Telegram.", flush=True)
        print(f"Person {COORDINATOR} is a coordinator: type /coordinator at {address}/?as={COORDINATOR}", flush=True)
        if has_a_screen():
            await asyncio.to_thread(webbrowser.open, address)
        here = {
            "telegram_bot_token": SecretStr(PREVIEW_TOKEN),
            "telegram_api_url": address,
            "database_url": own,
            "webhook_url": None,
            "coordinator_ids": frozenset({COORDINATOR}),
        }
        await serve(settings.model_copy(update=here), stopping, pages=False)


def preview_database(address: str) -> str:
    """A database of the preview's own beside the real one, which is left alone: `x.db` → `x-preview.db`.

    Beside none where it is PostgreSQL's: then it stands in `data`. What is tried out must not count, and what waits
    for real people must not be said to the page. Raises
    `StorageUnusable` for an address that can't be used.
    """
    url = readable(address)
    if url.get_backend_name() != SQLITE:
        return DEFAULT_PREVIEW
    path = Path(url.database or "")
    return url.set(database=str(path.with_stem(f"{path.stem}-preview"))).render_as_string(hide_password=False)


def has_a_screen() -> bool:
    """Whether a person sits in front of a screen here; not on a server, and not where the output goes to a file."""
    desktop = sys.platform in {"darwin", "win32"} or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    return sys.stdout.isatty() and desktop
