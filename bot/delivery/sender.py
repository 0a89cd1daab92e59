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

from bot.delivery.export_worker import ExportWorker
from bot.delivery.image_worker import ImageWorker
from bot.delivery.message import EntryDelivery, is_sensitive
from bot.delivery.results_loader import ResultsLoader
from bot.handlers.groups import drop_entry, handle_unavailable_chat
from bot.logs import locate_error
from bot.render.localization import PromiseSettings
from bot.telegram.api import ChatUnavailableError, send_text_once
from storage.conversations.backlog import MAX_ENTRY_AGE_SECONDS, find_waiting_chats
from storage.conversations.locks import ChatLock, Locks
from storage.conversations.outbox import (
    OpenedPrompt,
    OutboxContent,
    OutboxEntry,
    acknowledge,
    load_next_entry,
    read_entry,
)
from storage.db.database import Database
from storage.db.shared_clock import book_broadcast_slot
from storage.errors import StorageUnavailableError, UnreadableEntryError

# @@DOC Talks: one a chat at a time, chats side by side.
TaskFactory = Callable[[], Coroutine[Any, Any, None]]


class ChatTasks:
    """The talks that are under way, by their chat."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._next_factories: dict[int, TaskFactory] = {}

    def __contains__(self, chat_id: int) -> bool:
        return chat_id in self._tasks

    def wake(self, chat_id: int, make_task: TaskFactory, make_next_task: TaskFactory) -> None:
        """Begins to talk; where a talk is under way, another one comes after it: `later`."""
        if chat_id in self._tasks:
            self._next_factories[chat_id] = make_next_task
            return
        task = asyncio.create_task(make_task())
        self._tasks[chat_id] = task
        task.add_done_callback(lambda _: self._finish(chat_id))

    def cancel(self, chat_id: int) -> None:
        """The talk there, if there is one, is broken off."""
        if task := self._tasks.get(chat_id):
            task.cancel()

    async def stop(self, grace_seconds: float) -> None:
        """Lets talks come to their end, but for so many seconds at the most; then breaks them off."""
        with suppress(TimeoutError):
            async with asyncio.timeout(grace_seconds):
                while self._tasks:
                    await asyncio.wait(list(self._tasks.values()))
        self._next_factories.clear()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _finish(self, chat_id: int) -> None:
        del self._tasks[chat_id]
        if make_task := self._next_factories.pop(chat_id, None):
            self.wake(chat_id, make_task, make_task)


log = structlog.get_logger()
SHUTDOWN_GRACE_SECONDS = 5.0  # seconds that what is being said may take when the bot stops
DATABASE_RETRY_SECONDS = 1.0  # seconds between tries while the database is away
NEWER_VERSION_GRACE_SECONDS = 60.0  # seconds that a saying which we can't read is left for a newer version to say
MAX_CHATS_PER_SWEEP, MAX_BROADCAST_CHATS_PER_SWEEP = 500, 50  # chats that are looked after at once when catching up


class Sender:
    """Wakes up for a chat when a turn was committed there, and says what is due until nothing is."""

    def __init__(
        self, bot: Bot, database: Database, locks: Locks, promise_settings: PromiseSettings, export_worker: ExportWorker
    ) -> None:
        self._bot = bot
        self._database = database
        self._locks = locks
        self._promise_settings = promise_settings
        self._export_worker = export_worker
        self._chat_tasks = ChatTasks()
        self._image_worker = ImageWorker()
        self._results_loader = ResultsLoader(
            database, promise_settings.release_size, export_worker.configured_coordinators
        )
        self._broadcast_lock = asyncio.Lock()
        self._stop_event = asyncio.Event()

    async def catch_up(self) -> None:
        """Says what is left unsaid, by an earlier process or by another worker that is gone."""
        for is_broadcast, limit in ((False, MAX_CHATS_PER_SWEEP), (True, MAX_BROADCAST_CHATS_PER_SWEEP)):
            for chat in await self._database.run_in_thread(
                partial(find_waiting_chats, limit=limit, is_broadcast=is_broadcast)
            ):
                if chat not in self._chat_tasks:
                    self.wake(chat)

    def wake(self, chat_id: int, entry: OutboxEntry | None = None) -> None:
        """Something may be due in this chat; `due`, if it was just left there."""
        self._chat_tasks.wake(chat_id, lambda: self._run_chat(chat_id, entry), lambda: self._run_chat(chat_id, None))

    def cancel(self, chat_id: int) -> None:
        """What was to be said there was erased: what is being said just now, or tried again, is let go."""
        self._chat_tasks.cancel(chat_id)

    async def stop(self) -> None:
        """Lets what is being said be finished; what is not said yet stays in the outbox."""
        self._stop_event.set()
        await self._chat_tasks.stop(SHUTDOWN_GRACE_SECONDS)
        self._image_worker.stop()
        self._results_loader.stop()

    async def _run_chat(self, chat_id: int, entry: OutboxEntry | None) -> None:
        """Says what is due in the chat, unless another worker does."""
        should_continue = True
        while should_continue:
            try:
                chat_lock = await self._locks.acquire_chat(chat_id)
                should_continue = chat_lock is not None and await self._deliver_all(chat_id, chat_lock, entry)
            except StorageUnavailableError:
                should_continue, entry = await self._wait_for_database(), None
            except InvalidToken:
                return  # whoever asks for updates hears the same, and ends the bot; what is unsaid is kept

    async def _deliver_all(self, chat_id: int, chat_lock: ChatLock, entry: OutboxEntry | None) -> bool:
        """Says all that is due, and leaves; only `due`, if that is known: whoever leaves more here wakes us again.

        Where others may speak, it is what was found with the claim. True: more was found when we left.
        """
        is_delivered, is_only_entry = None, entry is not None or self._locks.is_shared
        try:
            is_delivered = await (
                self._deliver_one(chat_id, entry) if entry else self._deliver_next(chat_id, chat_lock)
            )
            while is_delivered and not is_only_entry:
                is_delivered = await self._deliver_next(chat_id, chat_lock)
        finally:
            has_more = await self._locks.release_chat(chat_id)
        return is_delivered is not None and has_more

    async def _deliver_next(self, chat_id: int, chat_lock: ChatLock) -> bool | None:
        """Says the chat's oldest saying; one that can't be said doesn't hold up what follows.

        False: there is none. None: it must wait.
        """
        try:
            entry = await self._load_next(chat_id, chat_lock)
        except UnreadableEntryError as error:
            return await self._handle_unreadable(chat_id, error)
        return await self._deliver_one(chat_id, entry) if entry else False

    async def _load_next(self, chat_id: int, chat_lock: ChatLock) -> OutboxEntry | None:
        if self._locks.is_shared:
            return read_entry(self._database, chat_lock.oldest_row) if chat_lock.oldest_row else None
        return await self._database.run_grouped(load_next_entry, chat_id)

    async def _deliver_one(self, chat_id: int, entry: OutboxEntry) -> bool | None:
        """True: it was said, or is gone. None: it must wait."""
        seconds_left = _compute_seconds_left(entry)
        if seconds_left is not None and seconds_left <= 0:
            return None  # upkeep erases it
        try:
            await self._wait_for_slot(entry)
            async with asyncio.timeout(seconds_left):
                await self._deliver_content(entry)
        except TimeoutError:
            return None  # as above
        except ChatUnavailableError as error:
            await self._database.run_in_thread(handle_unavailable_chat, entry, error)
            await self._database.run_in_thread(Database.checkpoint)
        except (StorageUnavailableError, InvalidToken):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is this saying's alone
            await self._give_up(chat_id, entry.id, error)
        return True

    async def _handle_unreadable(self, chat_id: int, error: UnreadableEntryError) -> bool | None:
        """A newer version beside this one may have left it, and will say it. After a minute nobody did."""
        if 0 <= time.time() - error.created_at < NEWER_VERSION_GRACE_SECONDS:
            return None
        await self._give_up(chat_id, error.entry_id, error)
        return True

    async def _give_up(self, chat_id: int, entry_id: int, error: Exception) -> None:
        log.error("something could not be said", error=type(error).__name__, where=locate_error(error))
        await self._database.run_in_thread(drop_entry, chat_id, entry_id)
        await send_text_once(self._bot, chat_id, "apology")

    async def _wait_for_slot(self, entry: OutboxEntry) -> None:
        """What goes to many waits for its place among them, of all workers; one place at a time is booked here."""
        if entry.is_broadcast:
            async with self._broadcast_lock:
                await asyncio.sleep(await self._database.run_in_thread(book_broadcast_slot))

    async def _deliver_content(self, entry: OutboxEntry) -> None:
        """Says one turn's events; after each message, what is left of them is saved."""
        should_settle = is_sensitive(entry.content)
        async for opened_prompt, remaining in self._make_delivery(entry).deliver():
            entry = await self._acknowledge(entry, remaining, opened_prompt)
        if should_settle:
            await self._database.run_in_thread(Database.checkpoint)

    def _make_delivery(self, entry: OutboxEntry) -> EntryDelivery:
        return EntryDelivery(
            self._bot, entry, self._promise_settings, self._image_worker, self._results_loader, self._export_worker
        )

    async def _acknowledge(
        self, entry: OutboxEntry, remaining: OutboxContent | None, opened_prompt: OpenedPrompt | None
    ) -> OutboxEntry:
        """What was said must be struck off, or it would be said again: tried until the database is back, or we stop.

        Raises `StorageAway` where the claim was lost meanwhile: what is left is said under a new one.
        """
        should_retry, remaining_entry = True, None
        while should_retry:
            try:
                remaining_entry = await self._database.run_grouped(acknowledge, entry, remaining, opened_prompt)
                should_retry = False
            except StorageUnavailableError:
                should_retry = await self._wait_for_database()
        if remaining_entry is None:
            raise StorageUnavailableError("It was erased meanwhile, or another worker says it now.")
        return remaining_entry

    async def _wait_for_database(self) -> bool:
        """Waits a moment. False: it is time to stop."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop_event.wait(), DATABASE_RETRY_SECONDS)
        return not self._stop_event.is_set()


def _compute_seconds_left(entry: OutboxEntry) -> float | None:
    """Seconds until this may not be kept any longer, and so not be tried any more; None where there is no limit."""
    if entry.is_broadcast or not entry.created_at:
        return None
    return MAX_ENTRY_AGE_SECONDS - max(time.time() - entry.created_at, 0)
