"""Asks Telegram for updates, and confirms them only after they are kept.

python-telegram-bot's own polling confirms updates before its handlers have run: what is in between is lost in a crash.
Here the offset moves past a batch when all of it is committed, so Telegram delivers again whatever was not.
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

# @@DOC One worker asks Telegram for updates; another waits until that one is gone.
log = structlog.get_logger()


async def wait_for_intake_lock(locks: Locks, health: Health | None = None) -> None:
    """Waits until no other worker asks Telegram for updates. Raises `StorageAway` where that can't be found out.

    `health`: told that we stand by; None where the database is not open yet.
    """
    if await locks.acquire_intake():
        return
    log.info("another worker is there already: this one waits until it is gone")
    try:
        _set_standing_by(health, is_standing_by=True)
        while not await _can_take_over(locks, health):  # noqa: ASYNC110 - another process's end: there is no event to await
            await asyncio.sleep(INTAKE_RETRY_SECONDS)
    finally:
        _set_standing_by(health, is_standing_by=False)
    log.info("the other worker is gone")


async def _can_take_over(locks: Locks, health: Health | None) -> bool:
    """Whether the other worker is. One that stands by outlives the database's absence."""
    try:
        is_acquired = await locks.acquire_intake()
        if health is not None:
            await health.database_outage.is_ongoing()
    except StorageUnavailableError as error:
        if health is not None:
            health.database_outage.record_failure(error)
        return False
    return is_acquired


def _set_standing_by(health: Health | None, *, is_standing_by: bool) -> None:
    if health is not None:
        health.is_standing_by = is_standing_by


ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
LONG_POLL_SECONDS = 25  # seconds Telegram holds the question open when there is nothing new
MAX_BATCH_SIZE = 100  # updates Telegram gives at once
# Seconds before asking again for what could not be kept; then always the last. Asked the same within half a second,
# Telegram gives one update only. Nobody who is in distress should wait long.
REDELIVERY_DELAYS_SECONDS = (0.6, 1.0, 2.0)
RETRY_DELAYS_SECONDS = (0.5, 1.0, 2.0, 5.0, 10.0)


class LockState(Enum):
    """Whether it is for this worker to ask."""

    HELD = auto()
    UNSURE = auto()  # the database, which knows, is away since
    LOST = auto()  # somebody else asked meanwhile


class UpdateFetcher:
    """Asks for raw updates, over connections of its own.

    The library's own method parses all updates at once, and one that it can't parse stops it for good.
    """

    def __init__(self, client: BaseRequest, bot: Bot) -> None:
        self._client = client
        self._url = f"{bot.base_url}/getUpdates"

    async def fetch(self, offset: int, wait_seconds: int, **parameters: str) -> list[dict[str, Any]]:
        """The updates from `offset` on; waits for the first one `wait` seconds at most."""
        query = urlencode({"offset": offset, "timeout": wait_seconds, **parameters})
        batch = await self._client.post(f"{self._url}?{query}", read_timeout=wait_seconds * 1.5 + 2)
        return batch if isinstance(batch, list) else []


class Poller:
    """Takes updates in, a batch at a time. Only while this worker has the claim to ask: a second one beside it would
    only be told *Conflict*.
    """

    def __init__(self, fetcher: UpdateFetcher, dispatcher: Dispatcher, locks: Locks, health: Health) -> None:
        self._fetcher = fetcher
        self._dispatcher = dispatcher
        self._locks = locks
        self._health = health
        self._lock_state = LockState.HELD
        self._offset = 0
        self._wait_seconds = 0  # the first time, Telegram answers at once: we know that it is there
        self._processed_ids: set[int] = set()  # of what is not confirmed yet
        self._last_problem = ""  # what the log says of Telegram

    async def run(self, stop_event: asyncio.Event) -> None:
        """Until `stopping` is set; what is under way is finished first. Raises `InvalidToken`."""
        attempts = 0
        while not stop_event.is_set():
            batch = await run_until_stopped(stop_event, self._fetch_batch(attempts))
            if batch is not None and await self._process_batch(batch):
                attempts = 0
                continue
            if batch is not None:
                await run_until_stopped(
                    stop_event,
                    asyncio.sleep(REDELIVERY_DELAYS_SECONDS[min(attempts, len(REDELIVERY_DELAYS_SECONDS) - 1)]),
                )
            attempts += 1
        await self._confirm_offset()

    async def _process_batch(self, batch: list[Any]) -> bool:
        """Takes in what is not kept yet. False: not all of it could be, so it must come again, with what is new."""
        self._wait_seconds = LONG_POLL_SECONDS
        if not await self._process_updates([raw for raw in batch if get_update_id(raw) not in self._processed_ids]):
            return False
        self._processed_ids.clear()
        self._offset = _next_offset(batch, self._offset)
        self._health.record_contact(has_more=len(batch) >= MAX_BATCH_SIZE)
        return True

    async def _process_updates(self, batch: list[Any]) -> bool:
        """Chats side by side, each in order. While the database is away, none: it would be asked for each."""
        if batch and await self._health.database_outage.is_ongoing():
            await asyncio.gather(*map(self._dispatcher.notify_unavailable, batch))
            return False
        updates_by_chat: dict[int, list[Any]] = {}
        for raw in batch:
            updates_by_chat.setdefault(get_chat_id(raw), []).append(raw)
        return all(await asyncio.gather(*map(self._process_chat, updates_by_chat.values())))

    async def _process_chat(self, updates: list[Any]) -> bool:
        """In order, up to the first that could not be kept; what follows is only looked at."""
        for index, raw in enumerate(updates):
            if not await self._dispatcher.dispatch(raw):
                await asyncio.gather(*map(self._dispatcher.notify_unavailable, updates[index + 1 :]))
                return False
            self._processed_ids.add(get_update_id(raw))
        return True

    async def _fetch_batch(self, attempts: int) -> list[Any] | None:
        """The next updates; None where Telegram can't be asked just now, or not by us (after a pause)."""
        delay_seconds = RETRY_DELAYS_SECONDS[min(attempts, len(RETRY_DELAYS_SECONDS) - 1)]
        try:
            if await self._has_lock():
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
            self._log_once("Telegram could not be asked for updates", error=type(error).__name__)
        await asyncio.sleep(delay_seconds)
        return None

    async def _has_lock(self) -> bool:
        """Whether it is for us to ask; waits until it is. While the database is away, whoever had the claim goes on:
        nothing can be kept, but people can be told.
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
        """Once, until Telegram answers again or it is another trouble."""
        if problem != self._last_problem:
            self._last_problem = problem
            log.warning(problem, **fields)

    async def _confirm_offset(self) -> None:
        """Tells Telegram what was kept, so that the next start isn't told it again."""
        if self._offset:
            try:
                await self._fetcher.fetch(self._offset, 0, limit="1")
            except TelegramError as error:
                log.info("the last updates will come again, and do no harm", error=type(error).__name__)


def get_update_id(raw: Any) -> int:
    """The number of a raw update, whatever its shape; -1 where there is none."""
    update_id = raw.get("update_id") if _is_dict(raw) else None
    return update_id if isinstance(update_id, int) else -1


def get_chat_id(raw: Any) -> int:
    """The chat of a raw update, whatever its shape; 0 where there is none."""
    content = next((value for name, value in raw.items() if name != "update_id"), None) if _is_dict(raw) else None
    message = content.get("message", content) if _is_dict(content) else None
    chat_data = message.get("chat") if _is_dict(message) else None
    chat_id = chat_data.get("id") if _is_dict(chat_data) else None
    return chat_id if isinstance(chat_id, int) else 0


def _is_dict(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _next_offset(batch: list[dict[str, Any]], offset: int) -> int:
    """Behind the last of the list. Numbers may jump down after a quiet week: the order counts, not their size."""
    return int(batch[-1]["update_id"]) + 1 if batch else offset
