"""The sender: which chat is delivered to, in what order and at what pace.

Chats are delivered to concurrently, each by one task, and its entries in order. Locks keep other workers out of a chat
meanwhile; a shared clock paces broadcasts over all workers.
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

from bot.delivery.entry_delivery import EntryDelivery, wait_for_database
from bot.delivery.export_worker import ExportWorker
from bot.delivery.image_worker import ImageWorker
from bot.delivery.message_sender import DeliveryServices
from bot.delivery.results_loader import ResultsLoader
from bot.handlers.undeliverable_entries import drop_entry, handle_unavailable_chat
from bot.logs import locate_error
from bot.render.localization import PromiseSettings
from bot.telegram.api import ApiClient, ChatUnavailableError, send_text_once
from storage.conversations.locks import ChatLock, Locks
from storage.conversations.outbox import (
    OutboxEntry,
    load_next_entry,
    read_entry,
)
from storage.conversations.outbox_backlog import MAX_ENTRY_AGE_SECONDS, find_waiting_chats
from storage.db.database import Database
from storage.db.shared_clock import book_broadcast_slot
from storage.errors import StorageUnavailableError, UnreadableEntryError

log = structlog.get_logger()
SHUTDOWN_GRACE_SECONDS = 5.0  # for messages that are being sent when the bot stops
NEWER_VERSION_GRACE_SECONDS = 60.0  # during which an unreadable entry is left to a newer version of the bot
MAX_CHATS_PER_SWEEP, MAX_BROADCAST_CHATS_PER_SWEEP = 500, 50

TaskFactory = Callable[[], Coroutine[Any, Any, None]]


class DeliveryPostponedError(Exception):
    """An entry stays in the outbox for now: a newer version of the bot may read it, or it is too old to be sent."""


class Sender:
    """Delivers the outbox of all chats. A turn that adds an entry wakes it; `catch_up` finds what is left."""

    def __init__(
        self, bot: Bot, database: Database, locks: Locks, promise_settings: PromiseSettings, export_worker: ExportWorker
    ) -> None:
        self._bot = bot
        self._database = database
        self._locks = locks
        self._chat_tasks = ChatTasks()
        self._broadcast_lock = asyncio.Lock()
        self._services = DeliveryServices(
            ApiClient(bot),
            database,
            promise_settings,
            ImageWorker(database),
            ResultsLoader(database, promise_settings.release_size, export_worker.configured_coordinators),
            export_worker,
            asyncio.Event(),
        )

    async def catch_up(self) -> None:
        """Wakes chats with entries that an earlier process, or another worker that has gone, left behind."""
        for is_broadcast, limit in ((False, MAX_CHATS_PER_SWEEP), (True, MAX_BROADCAST_CHATS_PER_SWEEP)):
            find_chats = partial(find_waiting_chats, limit=limit, is_broadcast=is_broadcast)
            for chat_id in await self._database.run_in_thread(find_chats):
                if chat_id not in self._chat_tasks:
                    self.wake(chat_id)
        await self._services.image_worker.file_ids.save_when_due()

    def wake(self, chat_id: int, entry: OutboxEntry | None = None) -> None:
        """Starts delivery in a chat. `entry`: its oldest entry, if a turn has just added it."""
        self._chat_tasks.wake(chat_id, lambda: self._run_chat(chat_id, entry), lambda: self._run_chat(chat_id, None))

    def cancel(self, chat_id: int) -> None:
        """Stops a delivery whose entries were deleted."""
        self._chat_tasks.cancel(chat_id)

    async def stop(self) -> None:
        """Finishes what is being sent, within `SHUTDOWN_GRACE_SECONDS`. The rest stays in the outbox."""
        self._services.stop_event.set()
        await self._chat_tasks.stop(SHUTDOWN_GRACE_SECONDS)
        await self._services.image_worker.stop()
        self._services.results_loader.stop()

    async def _run_chat(self, chat_id: int, entry: OutboxEntry | None) -> None:
        """Delivers until nothing is due, unless another worker delivers to this chat."""
        has_more = True
        while has_more:
            try:
                chat_lock = await self._locks.acquire_chat(chat_id)
                has_more = chat_lock is not None and await self._deliver_due(chat_id, chat_lock, entry)
            except StorageUnavailableError:
                has_more = await wait_for_database(self._services.stop_event)
            except InvalidToken:
                return  # the intake gets the same error and ends the bot; the outbox keeps its entries
            entry = None  # it was delivered, or must be loaded again

    async def _deliver_due(self, chat_id: int, chat_lock: ChatLock, entry: OutboxEntry | None) -> bool:
        """Delivers under the chat's lock, then releases it. Returns whether more was due at that moment.

        An entry that a turn has passed on is delivered alone, as the next turn wakes the chat again. With other
        workers, the lock comes with the oldest entry, and another lock with the one after it.
        """
        is_single = entry is not None or self._locks.is_shared
        try:
            entry = entry or await self._load_next(chat_id, chat_lock)
            while entry:
                await self._deliver_one(entry)
                entry = None if is_single else await self._load_next(chat_id, chat_lock)
        except DeliveryPostponedError:
            return False
        finally:
            has_more = await self._locks.release_chat(chat_id)
        return has_more

    async def _load_next(self, chat_id: int, chat_lock: ChatLock) -> OutboxEntry | None:
        """Loads the chat's oldest entry. An unreadable one is dropped, so that it does not hold up the others."""
        try:
            if self._locks.is_shared:
                return read_entry(self._database, chat_lock.oldest_row) if chat_lock.oldest_row else None
            return await self._database.run_grouped(load_next_entry, chat_id)
        except UnreadableEntryError as error:
            if 0 <= time.time() - error.created_at < NEWER_VERSION_GRACE_SECONDS:
                raise DeliveryPostponedError from error
            await self._give_up(chat_id, error.entry_id, error)
        return None if self._locks.is_shared else await self._load_next(chat_id, chat_lock)

    async def _deliver_one(self, entry: OutboxEntry) -> None:
        """Delivers an entry or gives it up. Raises `DeliveryPostponedError` for one that is too old.

        The scheduler deletes entries that are too old, as they may carry answers.
        """
        seconds_left = _compute_seconds_left(entry)
        if seconds_left is not None and seconds_left <= 0:
            raise DeliveryPostponedError
        try:
            await self._wait_for_slot(entry)
            async with asyncio.timeout(seconds_left):
                await EntryDelivery(entry, self._services).deliver()
        except TimeoutError as error:
            raise DeliveryPostponedError from error
        except ChatUnavailableError as error:
            await self._database.run_in_thread(handle_unavailable_chat, entry, error)
            await self._database.run_in_thread(Database.checkpoint)
        except (StorageUnavailableError, InvalidToken):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it concerns this entry only
            await self._give_up(entry.chat_id, entry.id, error)

    async def _give_up(self, chat_id: int, entry_id: int, error: Exception) -> None:
        log.error("an outbox entry could not be delivered", error=type(error).__name__, where=locate_error(error))
        await self._database.run_in_thread(drop_entry, chat_id, entry_id)
        await send_text_once(self._bot, chat_id, "apology")

    async def _wait_for_slot(self, entry: OutboxEntry) -> None:
        """Broadcasts wait for a slot that they share with those of all workers. One slot at a time is booked here."""
        if entry.is_broadcast:
            async with self._broadcast_lock:
                await asyncio.sleep(await self._database.run_in_thread(book_broadcast_slot))


class ChatTasks:
    """Runs at most one task per chat."""

    def __init__(self) -> None:
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._next_factories: dict[int, TaskFactory] = {}

    def __contains__(self, chat_id: int) -> bool:
        return chat_id in self._tasks

    def wake(self, chat_id: int, make_task: TaskFactory, make_next_task: TaskFactory) -> None:
        """Starts a task. If one is running, `make_next_task` starts one when it ends."""
        if chat_id in self._tasks:
            self._next_factories[chat_id] = make_next_task
            return
        task = asyncio.create_task(make_task())
        self._tasks[chat_id] = task
        task.add_done_callback(lambda _: self._finish(chat_id))

    def cancel(self, chat_id: int) -> None:
        """Cancels the chat's task, if there is one."""
        if task := self._tasks.get(chat_id):
            task.cancel()

    async def stop(self, grace_seconds: float) -> None:
        """Lets tasks end by themselves for `grace_seconds`, then cancels them."""
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


def _compute_seconds_left(entry: OutboxEntry) -> float | None:
    """Seconds until the entry must no longer be kept; None if there is no limit."""
    if entry.is_broadcast or not entry.created_at:
        return None
    return MAX_ENTRY_AGE_SECONDS - max(time.time() - entry.created_at, 0)
