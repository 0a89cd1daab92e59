"""The database is away: whoever writes meanwhile is told so, once, and only when it takes more than a moment."""

import asyncio
import time
from collections import OrderedDict

from telegram import Bot

from bot.health import Absence
from bot.telegram.api import say_once
from bot.telegram.updates import Incoming
from flows.loader import DEFAULT, load
from flows.text.matching import contains

# @@DOC Words of distress that no turn can answer: who to ring is said at once all the same, past the outbox.
PAUSE = 60.0  # seconds in which the same is not said twice in a chat
REMEMBERED_HELPLINES = 10_000  # chats


class Helpline:
    """Says who to ring."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._said_at: OrderedDict[int, float] = OrderedDict()

    async def answers(self, incoming: Incoming) -> bool:
        """Whether these are words of distress of one person, and who to ring stands in the chat."""
        chat = incoming.person
        return chat is not None and await is_distressed(incoming) and await self.says(chat)

    async def says(self, chat: int) -> bool:
        """Whether who to ring stands in the chat: said now, or just before."""
        now = time.monotonic()
        if now - self._said_at.get(chat, float("-inf")) > PAUSE:
            self._note(chat, now)
            if not await say_once(self._bot, chat, "helpline_who"):
                self._said_at.pop(chat, None)
        return chat in self._said_at

    def _note(self, chat: int, now: float) -> None:
        self._said_at[chat] = now
        self._said_at.move_to_end(chat)
        if len(self._said_at) > REMEMBERED_HELPLINES:
            self._said_at.popitem(last=False)


async def is_distressed(incoming: Incoming) -> bool:
    """Whether typed or edited words are of distress. In a thread, as in a turn: long words take a while."""
    return bool(incoming.words) and await asyncio.to_thread(are_of_distress, incoming.words)


def are_of_distress(words: str) -> bool:
    """Whether they are in any language: the run, which knows its own, can't be read now."""
    return any(contains(words, labels.distress) for labels in load(DEFAULT).flow.labels.values())


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
