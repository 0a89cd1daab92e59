"""The database is away: whoever writes meanwhile is told so, once, and only when it takes more than a moment."""

import time

from telegram import Bot

from bot.absence import Absence
from bot.calling import say_once
from bot.inbound import Incoming
from bot.intake.helpline import Helpline, is_distressed

REMEMBERED = 10_000  # updates
MOMENT = 5.0  # seconds: a database that restarts is back by then


class Away:
    """Knows who was told during this absence. Words of distress don't wait for the moment to pass."""

    def __init__(self, bot: Bot, absence: Absence, helpline: Helpline) -> None:
        self._bot = bot
        self._absence = absence
        self._helpline = helpline
        self._begin(None)

    async def tell(self, incoming: Incoming) -> None:
        """An update could not be kept; it may have come before."""
        if self._absence.since != self._since:
            self._begin(self._absence.since)
        chat = incoming.person
        if chat is None or await self._rings(chat, incoming):
            return
        # Who to ring stays the last word in the chat until more is written there.
        if chat not in self._told and self._takes_long() and incoming.update > self._rung.get(chat, -1):
            self._told.add(chat)
            await say_once(self._bot, chat, "back_soon")

    async def _rings(self, chat: int, incoming: Incoming) -> bool:
        """Whether who to ring is the answer to this update. It is said once, and tried until it could be."""
        number = incoming.update
        if chat in self._rung or number in self._calm:
            return self._rung.get(chat) == number
        if not await is_distressed(incoming):
            if len(self._calm) >= REMEMBERED:
                self._calm.clear()  # those that come again are read again
            self._calm.add(number)
            return False
        if await self._helpline.says(chat):
            self._rung[chat] = number
        return True

    def _takes_long(self) -> bool:
        return self._since is not None and time.monotonic() - self._since > MOMENT

    def _begin(self, since: float | None) -> None:
        self._since = since
        self._told: set[int] = set()
        self._rung: dict[int, int] = {}  # chat: the update
        self._calm: set[int] = set()  # updates without words of distress
