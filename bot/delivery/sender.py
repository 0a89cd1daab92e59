"""Says what turns have left in the outbox: in order within a chat, chats side by side, each thing struck off once said.

A crash between saying and striking off repeats one message of a chat, and loses none. Edits are harmless to repeat.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from telegram import Bot
from telegram.error import InvalidToken

from bot.delivery.export_worker import Packing
from bot.delivery.image_worker import Drawn
from bot.delivery.message import Telling, to_be_gone
from bot.delivery.results_loader import Reading
from bot.handlers.groups import give_up, turned_away
from bot.logs import where
from bot.render.localization import Promises
from bot.telegram.api import Unwelcome, say_once
from storage.conversations.locks import Claims, Floor
from storage.conversations.outbox import LONGEST_KEPT, Due, Opened, Saying, due_in, next_due, strike_off, waiting
from storage.db.database import Database
from storage.db.shared_clock import book
from storage.errors import SayingUnread, StorageAway

# @@DOC Talks: one a chat at a time, chats side by side.
Talk = Callable[[], Coroutine[Any, Any, None]]


class Talks:
    """The talks that are under way, by their chat."""

    def __init__(self) -> None:
        self._talking: dict[int, asyncio.Task[None]] = {}
        self._again: dict[int, Talk] = {}

    def __contains__(self, chat: int) -> bool:
        return chat in self._talking

    def wake(self, chat: int, talk: Talk, later: Talk) -> None:
        """Begins to talk; where a talk is under way, another one comes after it: `later`."""
        if chat in self._talking:
            self._again[chat] = later
            return
        task = asyncio.create_task(talk())
        self._talking[chat] = task
        task.add_done_callback(lambda _: self._done(chat))

    def end(self, chat: int) -> None:
        """The talk there, if there is one, is broken off."""
        if task := self._talking.get(chat):
            task.cancel()

    async def stop(self, patience: float) -> None:
        """Lets talks come to their end, but for so many seconds at the most; then breaks them off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience):
                while self._talking:
                    await asyncio.wait(list(self._talking.values()))
        self._again.clear()
        talking = list(self._talking.values())
        for task in talking:
            task.cancel()
        await asyncio.gather(*talking, return_exceptions=True)

    def _done(self, chat: int) -> None:
        del self._talking[chat]
        if talk := self._again.pop(chat, None):
            self.wake(chat, talk, talk)


log = structlog.get_logger()
PATIENCE = 5.0  # seconds that what is being said may take when the bot stops
TRIES_APART = 1.0  # seconds between tries while the database is away
NEWER = 60.0  # seconds that a saying which we can't read is left for a newer version to say
MOST, MOST_OF_BULK = 500, 50  # chats that are looked after at once when catching up


class Sender:
    """Wakes up for a chat when a turn was committed there, and says what is due until nothing is."""

    def __init__(self, bot: Bot, database: Database, claims: Claims, promises: Promises, packing: Packing) -> None:
        self._bot = bot
        self._database = database
        self._claims = claims
        self._promises = promises
        self._packing = packing
        self._talks = Talks()
        self._drawn = Drawn()
        self._reading = Reading(database, promises.together, packing.named)
        self._pace = asyncio.Lock()
        self._stopping = asyncio.Event()

    async def catch_up(self) -> None:
        """Says what is left unsaid, by an earlier process or by another worker that is gone."""
        for bulk, most in ((False, MOST), (True, MOST_OF_BULK)):
            for chat in await self._database.hop(partial(waiting, most=most, bulk=bulk)):
                if chat not in self._talks:
                    self.wake(chat)

    def wake(self, chat: int, due: Due | None = None) -> None:
        """Something may be due in this chat; `due`, if it was just left there."""
        self._talks.wake(chat, lambda: self._talk(chat, due), lambda: self._talk(chat, None))

    def hush(self, chat: int) -> None:
        """What was to be said there was erased: what is being said just now, or tried again, is let go."""
        self._talks.end(chat)

    async def stop(self) -> None:
        """Lets what is being said be finished; what is not said yet stays in the outbox."""
        self._stopping.set()
        await self._talks.stop(PATIENCE)
        self._drawn.stop()
        self._reading.stop()

    async def _talk(self, chat: int, due: Due | None) -> None:
        """Says what is due in the chat, unless another worker does."""
        looking = True
        while looking:
            try:
                floor = await self._claims.speak(chat)
                looking = floor is not None and await self._say_all(chat, floor, due)
            except StorageAway:
                looking, due = await self._wait_for_database(), None
            except InvalidToken:
                return  # whoever asks for updates hears the same, and ends the bot; what is unsaid is kept

    async def _say_all(self, chat: int, floor: Floor, due: Due | None) -> bool:
        """Says all that is due, and leaves; only `due`, if that is known: whoever leaves more here wakes us again.

        Where others may speak, it is what was found with the claim. True: more was found when we left.
        """
        said, known = None, due is not None or self._claims.shared
        try:
            said = await (self._say_one(chat, due) if due else self._say_next(chat, floor))
            while said and not known:
                said = await self._say_next(chat, floor)
        finally:
            more = await self._claims.leave(chat)
        return said is not None and more

    async def _say_next(self, chat: int, floor: Floor) -> bool | None:
        """Says the chat's oldest saying; one that can't be said doesn't hold up what follows.

        False: there is none. None: it must wait.
        """
        try:
            due = await self._due(chat, floor)
        except SayingUnread as fault:
            return await self._unread(chat, fault)
        return await self._say_one(chat, due) if due else False

    async def _due(self, chat: int, floor: Floor) -> Due | None:
        if self._claims.shared:
            return due_in(self._database, floor.oldest) if floor.oldest else None
        return await self._database.join(next_due, chat)

    async def _say_one(self, chat: int, due: Due) -> bool | None:
        """True: it was said, or is gone. None: it must wait."""
        time_left = _time_left(due)
        if time_left is not None and time_left <= 0:
            return None  # upkeep erases it
        try:
            await self._in_pace(due)
            async with asyncio.timeout(time_left):
                await self._say(due)
        except TimeoutError:
            return None  # as above
        except Unwelcome as fault:
            await self._database.hop(turned_away, due, fault)
            await self._database.hop(Database.settle)
        except (StorageAway, InvalidToken):
            raise
        except Exception as fault:  # noqa: BLE001 - whatever it is, it is this saying's alone
            await self._give_up(chat, due.id, fault)
        return True

    async def _unread(self, chat: int, fault: SayingUnread) -> bool | None:
        """A newer version beside this one may have left it, and will say it. After a minute nobody did."""
        if 0 <= time.time() - fault.left_at < NEWER:
            return None
        await self._give_up(chat, fault.id, fault)
        return True

    async def _give_up(self, chat: int, number: int, fault: Exception) -> None:
        log.error("something could not be said", error=type(fault).__name__, where=where(fault))
        await self._database.hop(give_up, chat, number)
        await say_once(self._bot, chat, "apology")

    async def _in_pace(self, due: Due) -> None:
        """What goes to many waits for its place among them, of all workers; one place at a time is booked here."""
        if due.bulk:
            async with self._pace:
                await asyncio.sleep(await self._database.hop(book))

    async def _say(self, due: Due) -> None:
        """Says one turn's events; after each message, what is left of them is saved."""
        gone = to_be_gone(due.saying)
        async for opened, rest in self._telling(due).say():
            due = await self._struck_off(due, rest, opened)
        if gone:
            await self._database.hop(Database.settle)

    def _telling(self, due: Due) -> Telling:
        return Telling(self._bot, due, self._promises, self._drawn, self._reading, self._packing)

    async def _struck_off(self, due: Due, rest: Saying | None, opened: Opened | None) -> Due:
        """What was said must be struck off, or it would be said again: tried until the database is back, or we stop.

        Raises `StorageAway` where the claim was lost meanwhile: what is left is said under a new one.
        """
        trying, left = True, None
        while trying:
            try:
                left = await self._database.join(strike_off, due, rest, opened)
                trying = False
            except StorageAway:
                trying = await self._wait_for_database()
        if left is None:
            raise StorageAway("It was erased meanwhile, or another worker says it now.")
        return left

    async def _wait_for_database(self) -> bool:
        """Waits a moment. False: it is time to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), TRIES_APART)
        return not self._stopping.is_set()


def _time_left(due: Due) -> float | None:
    """Seconds until this may not be kept any longer, and so not be tried any more; None where there is no limit."""
    if due.bulk or not due.left_at:
        return None
    return LONGEST_KEPT - max(time.time() - due.left_at, 0)
