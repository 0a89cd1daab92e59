"""A stand-in for Telegram on this machine: its Bot API over HTTP for the bot, a phone-like page for people.

`Lookalike` holds the chats and does what people do; `serving` puts it on 127.0.0.1. Nothing here knows the bot: it
connects with `TELEGRAM_API_URL`, as it would to Telegram.
"""

from bot.emulator.errors import Refused
from bot.emulator.fake import PREVIEW_TOKEN, Lookalike
from bot.emulator.server import PortTaken, create_app, serving

__all__ = ["PREVIEW_TOKEN", "Lookalike", "PortTaken", "Refused", "create_app", "serving"]
