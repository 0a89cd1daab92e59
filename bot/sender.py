"""Says what turns have left in the outbox: in order within a chat, chats side by side, each thing struck off once said.

A crash between saying and striking off repeats one message of a chat, and loses none. Edits are harmless to repeat.
"""

import asyncio

import structlog
from telegram import Bot

from bot.calling import Unwelcome
from bot.telling import Telling
from storage.database import Database
from storage.faults import StorageAway
from storage.outbox import Due, block, next_due, strike_off, waiting

log = structlog.get_logger()
PATIENCE = 5.0  # seconds that what is being said may take when the bot stops
AWAY = 1.0  # seconds between tries while the database is away


class Sender:
    """Wakes up for a chat when a turn was committed there, and says what is due until nothing is."""

    def __init__(self, bot: Bot, database: Database) -> None:
        self._bot = bot
        self._database = database
        self._talking: dict[int, asyncio.Task[None]] = {}
        self._again: set[int] = set()

    async def catch_up(self) -> None:
        """Says what an earlier process left unsaid."""
        for chat in await self._database.hop(waiting):
            self.wake(chat)

    def wake(self, chat: int) -> None:
        """Something may be due in this chat."""
        if chat in self._talking:
            self._again.add(chat)
            return
        task = asyncio.create_task(self._talk(chat))
        self._talking[chat] = task
        task.add_done_callback(lambda _: self._done(chat))

    async def stop(self) -> None:
        """Lets what is being said be finished; what is not said yet stays in the outbox."""
        talking = list(self._talking.values())
        if talking:
            await asyncio.wait(talking, timeout=PATIENCE)
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)

    def _done(self, chat: int) -> None:
        self._talking.pop(chat, None)
        if chat in self._again:
            self._again.discard(chat)
            self.wake(chat)

    async def _talk(self, chat: int) -> None:
        while True:
            try:
                due = await self._database.hop(next_due, chat)
                if due is None:
                    return
                await self._say(due)
            except Unwelcome:
                await self._database.hop(block, chat)
            except StorageAway:
                await asyncio.sleep(AWAY)

    async def _say(self, due: Due) -> None:
        """Says one turn's events; after each message, what is left of them is saved."""
        async for opened, rest in Telling(self._bot, due).say():
            await self._database.hop(strike_off, due, rest, opened)
