"""The bot without Telegram: the Bot API look-alike with its phone-like page, and the unchanged bot connected to it."""

import asyncio

from pydantic import SecretStr

from bot.app import serve
from bot.preview import PREVIEW_TOKEN, Lookalike, serving
from bot.settings import Settings


async def preview(settings: Settings, port: int, stopping: asyncio.Event) -> None:
    """Serves the page on loopback and runs the bot beside it, until `stopping` is set. Raises `PortTaken`."""
    async with serving(Lookalike(), port) as address:
        print(f"Open {address} in a browser. This is a preview on this machine: nothing goes to Telegram.", flush=True)
        here = {"telegram_bot_token": SecretStr(PREVIEW_TOKEN), "telegram_api_url": address}
        await serve(settings.model_copy(update=here), stopping)
