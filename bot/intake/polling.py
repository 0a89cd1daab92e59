"""Long polling: one worker fetches updates, and confirms them only once they are stored.

python-telegram-bot's own polling confirms updates before its handlers have run, so a crash loses what is in between.
Here the offset moves past a batch when all of it is committed, and Telegram delivers the rest again.
"""

import asyncio
import json
from enum import Enum, auto
from typing import Any, TypeGuard
from urllib.parse import urlencode

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.health import Health
from bot.intake.dispatcher import Dispatcher
from bot.runtime import run_until_stopped
from bot.telegram.api import get_retry_delay
from storage.conversations.locks import INTAKE_RETRY_SECONDS, Locks
from storage.errors import StorageUnavailableError

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
LONG_POLL_SECONDS = 25  # how long Telegram waits for an update before it answers with none
MAX_BATCH_UPDATES = 100  # updates in one answer of Telegram
# Pauses before fetching again what could not be stored; the last one repeats. They are short, as a person in distress
# should not wait long, but over half a second: asked again sooner, Telegram returns only one update.
REDELIVERY_DELAYS_SECONDS = (0.6, 1.0, 2.0)
FETCH_RETRY_DELAYS_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)  # after a failed fetch

log = structlog.get_logger()


class LockState(Enum):
    """Whether this worker is the one that polls."""

    HELD = auto()
    UNSURE = auto()  # it was, before the database became unavailable
    LOST = auto()  # another worker has polled since


class UpdateFetcher:
    """Fetches raw updates, over connections of its own.

    The library's method parses a whole batch, so that one malformed update would block polling for good.
    """

    def __init__(self, client: BaseRequest, bot: Bot) -> None:
        self._client = client
        self._url = f"{bot.base_url}/getUpdates"

    async def fetch(self, offset: int, wait_seconds: int, **parameters: str) -> list[dict[str, Any]]:
        """The updates from `offset` on. Waits at most `wait_seconds` for the first one. Raises `TelegramError`."""
        query = urlencode({"offset": offset, "timeout": wait_seconds, **parameters})
        batch = await self._client.post(f"{self._url}?{query}", read_timeout=wait_seconds * 1.5 + 2)
        return batch if isinstance(batch, list) else []


class Poller:
    """Fetches and processes updates in batches, while this worker holds the intake lock.

    Telegram allows one poller for a token: a second one gets *Conflict*.
    """

    def __init__(self, fetcher: UpdateFetcher, dispatcher: Dispatcher, locks: Locks, health: Health) -> None:
        self._fetcher = fetcher
        self._dispatcher = dispatcher
        self._locks = locks
        self._health = health
        self._lock_state = LockState.HELD
        self._offset = 0
        self._wait_seconds = 0  # the first answer comes at once and shows that Telegram is reachable
        self._processed_ids: set[int] = set()  # of updates that are not confirmed yet
        self._last_problem = ""  # the latest one that was logged

    async def run(self, stop_event: asyncio.Event) -> None:
        """Polls until `stop_event` is set, and finishes the batch under way. Raises `InvalidToken`."""
        attempts = 0
        while not stop_event.is_set():
            batch = await run_until_stopped(stop_event, self._fetch_batch(attempts))
            if batch is not None and await self._process_batch(batch):
                attempts = 0
                continue
            if batch is not None:
                delay_seconds = _get_delay(REDELIVERY_DELAYS_SECONDS, attempts)
                await run_until_stopped(stop_event, asyncio.sleep(delay_seconds))
            attempts += 1
        await self._confirm_offset()

    async def _process_batch(self, batch: list[Any]) -> bool:
        """Processes what is not stored yet. False: some of it could not be stored, so the batch is fetched again."""
        self._wait_seconds = LONG_POLL_SECONDS
        if not await self._process_updates([raw for raw in batch if get_update_id(raw) not in self._processed_ids]):
            return False
        self._processed_ids.clear()
        self._offset = _next_offset(batch, self._offset)
        self._health.record_contact(has_more=len(batch) >= MAX_BATCH_UPDATES)
        return True

    async def _process_updates(self, batch: list[Any]) -> bool:
        """Processes chats concurrently and each chat in order. False: not all could be stored."""
        if batch and not await self._health.database_outage.try_to_recover():
            await asyncio.gather(*map(self._dispatcher.notify_unavailable, batch))
            return False  # without trying the database for each update
        updates_by_chat: dict[int, list[Any]] = {}
        for raw in batch:
            updates_by_chat.setdefault(get_chat_id(raw), []).append(raw)
        return all(await asyncio.gather(*map(self._process_chat, updates_by_chat.values())))

    async def _process_chat(self, updates: list[Any]) -> bool:
        """Stops at the first update that could not be stored; the senders of the others are notified."""
        for index, raw in enumerate(updates):
            if not await self._dispatcher.dispatch(raw):
                await asyncio.gather(*map(self._dispatcher.notify_unavailable, updates[index + 1 :]))
                return False
            self._processed_ids.add(get_update_id(raw))
        return True

    async def _fetch_batch(self, attempts: int) -> list[Any] | None:
        """The next updates. None, after a pause: Telegram is unreachable, or another worker polls."""
        delay_seconds = _get_delay(FETCH_RETRY_DELAYS_SECONDS, attempts)
        try:
            if await self._wait_for_lock():
                batch = await self._fetcher.fetch(
                    self._offset, self._wait_seconds, allowed_updates=json.dumps(ALLOWED_UPDATES)
                )
                self._last_problem = ""
                return batch
        except InvalidToken:
            raise
        except RetryAfter as error:
            delay_seconds = get_retry_delay(error)
        except TimedOut:
            pass
        except Conflict:
            self._handle_conflict()
        except TelegramError as error:
            self._log_once("fetching updates failed", error=type(error).__name__)
        await asyncio.sleep(delay_seconds)
        return None

    async def _wait_for_lock(self) -> bool:
        """Waits for the intake lock. Returns whether this worker may poll.

        While the database, which has the lock, is unavailable, the worker that held it goes on: nothing can be stored,
        but people can be notified.
        """
        try:
            await wait_for_intake_lock(self._locks, self._health)
        except StorageUnavailableError as error:
            self._health.database_outage.record_failure(error)
            self._lock_state = LockState.UNSURE if self._lock_state is LockState.HELD else self._lock_state
        else:
            self._lock_state = LockState.HELD
        return self._lock_state is not LockState.LOST

    def _handle_conflict(self) -> None:
        if self._lock_state is LockState.HELD:
            self._log_once("another bot is polling with the same token: stop one of the two")
        else:
            self._lock_state = LockState.LOST

    def _log_once(self, problem: str, **fields: str) -> None:
        """Logs the problem once, until Telegram answers again or the problem changes."""
        if problem != self._last_problem:
            self._last_problem = problem
            log.warning(problem, **fields)

    async def _confirm_offset(self) -> None:
        """Confirms what was stored, so that Telegram does not deliver it again at the next start."""
        if self._offset:
            try:
                await self._fetcher.fetch(self._offset, 0, limit="1")
            except TelegramError as error:
                log.info(
                    "the last updates were not confirmed: Telegram delivers them again, which is harmless",
                    error=type(error).__name__,
                )


async def wait_for_intake_lock(locks: Locks, health: Health | None = None) -> None:
    """Waits until no other worker polls. Raises `StorageUnavailableError` at the first attempt only.

    `health` reports this worker as standing by; None: the database is not open yet.
    """
    if await locks.acquire_intake():
        return
    log.info("another worker is polling: waiting until it stops")
    try:
        _set_standing_by(health, is_standing_by=True)
        while not await _try_to_take_over(locks, health):  # noqa: ASYNC110 - another process ends: no event to await
            await asyncio.sleep(INTAKE_RETRY_SECONDS)
    finally:
        _set_standing_by(health, is_standing_by=False)
    log.info("the other worker stopped: taking over")


async def _try_to_take_over(locks: Locks, health: Health | None) -> bool:
    """Tries to acquire the lock. Returns whether it is ours now. A standby worker survives a database outage."""
    try:
        is_acquired = await locks.acquire_intake()
        if health is not None:
            await health.database_outage.try_to_recover()
    except StorageUnavailableError as error:
        if health is not None:
            health.database_outage.record_failure(error)
        return False
    return is_acquired


def _set_standing_by(health: Health | None, *, is_standing_by: bool) -> None:
    if health is not None:
        health.is_standing_by = is_standing_by


def get_update_id(raw: Any) -> int:
    """The id of a raw update of any shape; -1 if it has none."""
    update_id = raw.get("update_id") if _is_dict(raw) else None
    return update_id if isinstance(update_id, int) else -1


def get_chat_id(raw: Any) -> int:
    """The chat id of a raw update of any shape; 0 if it has none."""
    content = next((value for name, value in raw.items() if name != "update_id"), None) if _is_dict(raw) else None
    message = content.get("message", content) if _is_dict(content) else None
    chat_data = message.get("chat") if _is_dict(message) else None
    chat_id = chat_data.get("id") if _is_dict(chat_data) else None
    return chat_id if isinstance(chat_id, int) else 0


def _is_dict(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _next_offset(batch: list[dict[str, Any]], offset: int) -> int:
    # After a quiet week, Telegram may start again at a lower number: the order counts, not the size.
    return int(batch[-1]["update_id"]) + 1 if batch else offset


def _get_delay(delays_seconds: tuple[float, ...], attempts: int) -> float:
    return delays_seconds[min(attempts, len(delays_seconds) - 1)]
