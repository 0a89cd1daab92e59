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
from bot.intake.dispatcher import Taking
from bot.runtime import unless
from bot.telegram.api import seconds
from storage.conversations.locks import LOCK_RETRY_SECONDS, Claims
from storage.errors import StorageAway

# @@DOC One worker asks Telegram for updates; another waits until that one is gone.
log = structlog.get_logger()


async def my_turn(claims: Claims, health: Health | None = None) -> None:
    """Waits until no other worker asks Telegram for updates. Raises `StorageAway` where that can't be found out.

    `health`: told that we stand by; None where the database is not open yet.
    """
    if await claims.intake():
        return
    log.info("another worker is there already: this one waits until it is gone")
    try:
        _note(health, standing_by=True)
        while not await _is_gone(claims, health):  # noqa: ASYNC110 - another process's end: there is no event to await
            await asyncio.sleep(LOCK_RETRY_SECONDS)
    finally:
        _note(health, standing_by=False)
    log.info("the other worker is gone")


async def _is_gone(claims: Claims, health: Health | None) -> bool:
    """Whether the other worker is. One that stands by outlives the database's absence."""
    try:
        gone = await claims.intake()
        if health is not None:
            await health.absence.lasts()
    except StorageAway as fault:
        if health is not None:
            health.absence.noticed(fault)
        return False
    return gone


def _note(health: Health | None, *, standing_by: bool) -> None:
    if health is not None:
        health.standing_by = standing_by


WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
LONGEST_WAIT = 25  # seconds Telegram holds the question open when there is nothing new
FULL = 100  # updates Telegram gives at once
# Seconds before asking again for what could not be kept; then always the last. Asked the same within half a second,
# Telegram gives one update only. Nobody who is in distress should wait long.
TRIES_APART = (0.6, 1.0, 2.0)
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)


class Claim(Enum):
    """Whether it is for this worker to ask."""

    HELD = auto()
    UNSURE = auto()  # the database, which knows, is away since
    LOST = auto()  # somebody else asked meanwhile


class Asking:
    """Asks for raw updates, over connections of its own.

    The library's own method parses all updates at once, and one that it can't parse stops it for good.
    """

    def __init__(self, client: BaseRequest, bot: Bot) -> None:
        self._client = client
        self._address = f"{bot.base_url}/getUpdates"

    async def updates(self, offset: int, wait: int, **more: str) -> list[dict[str, Any]]:
        """The updates from `offset` on; waits for the first one `wait` seconds at most."""
        query = urlencode({"offset": offset, "timeout": wait, **more})
        batch = await self._client.post(f"{self._address}?{query}", read_timeout=wait * 1.5 + 2)
        return batch if isinstance(batch, list) else []


class Polling:
    """Takes updates in, a batch at a time. Only while this worker has the claim to ask: a second one beside it would
    only be told *Conflict*.
    """

    def __init__(self, asking: Asking, taking: Taking, claims: Claims, health: Health) -> None:
        self._asking = asking
        self._taking = taking
        self._claims = claims
        self._health = health
        self._claim = Claim.HELD
        self._offset = 0
        self._wait = 0  # the first time, Telegram answers at once: we know that it is there
        self._kept: set[int] = set()  # of what is not confirmed yet
        self._trouble = ""  # what the log says of Telegram

    async def run(self, stopping: asyncio.Event) -> None:
        """Until `stopping` is set; what is under way is finished first. Raises `InvalidToken`."""
        tries = 0
        while not stopping.is_set():
            batch = await unless(stopping, self._ask(tries))
            if batch is not None and await self._take_in(batch):
                tries = 0
                continue
            if batch is not None:
                await unless(stopping, asyncio.sleep(TRIES_APART[min(tries, len(TRIES_APART) - 1)]))
            tries += 1
        await self._confirm()

    async def _take_in(self, batch: list[Any]) -> bool:
        """Takes in what is not kept yet. False: not all of it could be, so it must come again, with what is new."""
        self._wait = LONGEST_WAIT
        if not await self._take_in_all([raw for raw in batch if number_of(raw) not in self._kept]):
            return False
        self._kept.clear()
        self._offset = _after(batch, self._offset)
        self._health.heard(more=len(batch) >= FULL)
        return True

    async def _take_in_all(self, batch: list[Any]) -> bool:
        """Chats side by side, each in order. While the database is away, none: it would be asked for each."""
        if batch and await self._health.absence.lasts():
            await asyncio.gather(*map(self._taking.pass_over, batch))
            return False
        chats: dict[int, list[Any]] = {}
        for raw in batch:
            chats.setdefault(chat_of(raw), []).append(raw)
        return all(await asyncio.gather(*map(self._one_chat, chats.values())))

    async def _one_chat(self, updates: list[Any]) -> bool:
        """In order, up to the first that could not be kept; what follows is only looked at."""
        for place, raw in enumerate(updates):
            if not await self._taking.take_in(raw):
                await asyncio.gather(*map(self._taking.pass_over, updates[place + 1 :]))
                return False
            self._kept.add(number_of(raw))
        return True

    async def _ask(self, tries: int) -> list[Any] | None:
        """The next updates; None where Telegram can't be asked just now, or not by us (after a pause)."""
        pause = PAUSES[min(tries, len(PAUSES) - 1)]
        try:
            if await self._is_ours():
                batch = await self._asking.updates(self._offset, self._wait, allowed_updates=json.dumps(WANTED))
                self._trouble = ""
                return batch
        except InvalidToken:
            raise
        except RetryAfter as fault:
            pause = seconds(fault)
        except TimedOut:
            pass
        except Conflict:
            self._met_another()
        except TelegramError as fault:
            self._note("Telegram could not be asked for updates", error=type(fault).__name__)
        await asyncio.sleep(pause)
        return None

    async def _is_ours(self) -> bool:
        """Whether it is for us to ask; waits until it is. While the database is away, whoever had the claim goes on:
        nothing can be kept, but people can be told.
        """
        try:
            await my_turn(self._claims, self._health)
        except StorageAway as fault:
            self._health.absence.noticed(fault)
            self._claim = Claim.UNSURE if self._claim is Claim.HELD else self._claim
        else:
            self._claim = Claim.HELD
        return self._claim is not Claim.LOST

    def _met_another(self) -> None:
        if self._claim is Claim.HELD:
            self._note("another bot is polling with the same token: stop one of the two")
        else:
            self._claim = Claim.LOST

    def _note(self, trouble: str, **more: str) -> None:
        """Once, until Telegram answers again or it is another trouble."""
        if trouble != self._trouble:
            self._trouble = trouble
            log.warning(trouble, **more)

    async def _confirm(self) -> None:
        """Tells Telegram what was kept, so that the next start isn't told it again."""
        if self._offset:
            try:
                await self._asking.updates(self._offset, 0, limit="1")
            except TelegramError as fault:
                log.info("the last updates will come again, and do no harm", error=type(fault).__name__)


def number_of(raw: Any) -> int:
    """The number of a raw update, whatever its shape; -1 where there is none."""
    number = raw.get("update_id") if _is(raw) else None
    return number if isinstance(number, int) else -1


def chat_of(raw: Any) -> int:
    """The chat of a raw update, whatever its shape; 0 where there is none."""
    content = next((value for name, value in raw.items() if name != "update_id"), None) if _is(raw) else None
    inner = content.get("message", content) if _is(content) else None
    chat = inner.get("chat") if _is(inner) else None
    number = chat.get("id") if _is(chat) else None
    return number if isinstance(number, int) else 0


def _is(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _after(batch: list[dict[str, Any]], offset: int) -> int:
    """Behind the last of the list. Numbers may jump down after a quiet week: the order counts, not their size."""
    return int(batch[-1]["update_id"]) + 1 if batch else offset
