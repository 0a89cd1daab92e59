"""Words of distress that no turn can answer: who to ring is said at once all the same, past the outbox."""

import asyncio
import time
from collections import OrderedDict

from telegram import Bot

from bot.calling import say_once
from bot.inbound import Incoming
from flows.answers import contains
from flows.loading import DEFAULT, load

PAUSE = 60.0  # seconds in which the same is not said twice in a chat
REMEMBERED = 10_000  # chats


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
        if len(self._said_at) > REMEMBERED:
            self._said_at.popitem(last=False)


async def is_distressed(incoming: Incoming) -> bool:
    """Whether typed or edited words are of distress. In a thread, as in a turn: long words take a while."""
    return bool(incoming.words) and await asyncio.to_thread(are_of_distress, incoming.words)


def are_of_distress(words: str) -> bool:
    """Whether they are in any language: the run, which knows its own, can't be read now."""
    return any(contains(words, labels.distress) for labels in load(DEFAULT).flow.labels.values())
