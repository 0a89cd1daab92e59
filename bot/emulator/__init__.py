"""An emulator of Telegram on this machine: the Bot API over HTTP for the bot, and a phone-like page for people.

`TelegramEmulator` holds the chats and acts for the people; `serve_emulator` serves it on 127.0.0.1. The emulator does
not depend on the bot, which connects to it through the setting `TELEGRAM_API_URL` as it would to Telegram.
"""

from bot.emulator.emulator import PREVIEW_TOKEN, TelegramEmulator
from bot.emulator.errors import BotApiError
from bot.emulator.server import PortUnavailableError, create_app, serve_emulator

__all__ = ["PREVIEW_TOKEN", "BotApiError", "PortUnavailableError", "TelegramEmulator", "create_app", "serve_emulator"]
