"""The database is away: people who write are told so, once, and only when it takes more than a moment."""

import time

from telegram import Bot

from bot.calling import say_once

MOMENT = 5.0  # seconds: a database that restarts is back by then


class Away:
    """Knows since when the database has been away, and who was told."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._since: float | None = None
        self._told: set[int] = set()

    async def noticed(self, chat: int | None) -> None:
        """The database could not be used for something of this chat (a private one, or None)."""
        now = time.monotonic()
        self._since = self._since or now
        if chat is not None and now - self._since > MOMENT and chat not in self._told:
            self._told.add(chat)
            await say_once(self._bot, chat, "back_soon")

    def is_back(self) -> None:
        """It could be used."""
        self._since = None
        self._told.clear()
