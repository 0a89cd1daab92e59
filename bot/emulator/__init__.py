"""A stand-in for Telegram on this machine: its Bot API over HTTP for the bot, a phone-like page for people.

`Lookalike` holds the chats and does what people do; `serving` puts it on 127.0.0.1. Nothing here knows the bot: it
connects with `TELEGRAM_API_URL`, as it would to Telegram.
"""

from bot.emulator.errors import BotApiError
from bot.emulator.fake import PREVIEW_TOKEN, TelegramEmulator
from bot.emulator.server import PortUnavailableError, create_app, serve_emulator

__all__ = ["PREVIEW_TOKEN", "TelegramEmulator", "PortUnavailableError", "BotApiError", "create_app", "serve_emulator"]
