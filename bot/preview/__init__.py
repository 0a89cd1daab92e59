"""A stand-in for Telegram on this machine: its Bot API over HTTP for the bot, a phone-like page for people.

`Lookalike` holds the chats and does what people do; `serving` puts it on 127.0.0.1. Nothing here knows the bot: it
connects with `TELEGRAM_API_URL`, as it would to Telegram.
"""

from bot.preview.lookalike import PREVIEW_TOKEN, Lookalike
from bot.preview.refusing import Refused
from bot.preview.serving import PortTaken, serving
from bot.preview.web import create_app

__all__ = ["PREVIEW_TOKEN", "Lookalike", "PortTaken", "Refused", "create_app", "serving"]
