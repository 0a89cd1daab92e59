"""Asks Telegram for updates, and confirms them only after they are kept.

python-telegram-bot's own polling confirms updates before its handlers have run: what is in between is lost in a crash.
Here the offset moves past a batch when all of it is committed, so Telegram delivers again whatever was not.
"""

import asyncio
import json
from contextlib import suppress
from typing import Any, Protocol, TypeGuard
from urllib.parse import urlencode

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.calling import seconds
from bot.intake.taking import Taking
from bot.stopping import unless
from storage.claims import AGAIN, Claims
from storage.faults import StorageAway

log = structlog.get_logger()
WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
LONGEST_WAIT = 25  # seconds Telegram holds the question open when there is nothing new
FULL = 100  # updates Telegram gives at once
AWAY = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds before trying again while the database is away; then always the last
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)


class Heard(Protocol):
    """Told when Telegram has answered, and all of it was kept."""

    def __call__(self, *, more: bool) -> None: ...


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


async def poll(asking: Asking, taking: Taking, claims: Claims, stopping: asyncio.Event, heard: Heard) -> None:
    """Takes updates in until `stopping` is set; what is under way is finished first. Raises `InvalidToken`.

    Only while this worker has the claim to ask: a second one beside it would only be told *Conflict*. `heard` is
    called when Telegram has answered and all of it was kept, with whether there may be more.
    """
    offset = tries = wait = 0  # the first time, Telegram answers at once: we know that it is there
    while not stopping.is_set():
        batch = await unless(stopping, _ask(asking, claims, offset, wait, tries))
        if batch is None:
            tries += 1
            continue
        tries, wait = 0, LONGEST_WAIT
        if not await take_in_all(batch, taking, stopping):
            break
        offset = _after(batch, offset)
        heard(more=len(batch) >= FULL)
    await _confirm(asking, offset)


async def take_in_all(batch: list[Any], taking: Taking, stopping: asyncio.Event) -> bool:
    """Takes a batch in, chats side by side, each in order. False: it is time to stop, and not all of it was kept."""
    chats: dict[int, list[Any]] = {}
    for raw in batch:
        chats.setdefault(chat_of(raw), []).append(raw)
    return all(await asyncio.gather(*(_one_chat(updates, taking, stopping) for updates in chats.values())))


def chat_of(raw: Any) -> int:
    """The chat of a raw update, whatever its shape; 0 where there is none."""
    content = next((value for name, value in raw.items() if name != "update_id"), None) if _is(raw) else None
    inner = content.get("message", content) if _is(content) else None
    chat = inner.get("chat") if _is(inner) else None
    number = chat.get("id") if _is(chat) else None
    return number if isinstance(number, int) else 0


def _is(value: Any) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


async def _one_chat(updates: list[Any], taking: Taking, stopping: asyncio.Event) -> bool:
    for raw in updates:
        tries = 0
        while not await taking.take_in(raw):
            log.error("the database is away: nothing is acknowledged until it is back", tries=tries)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), AWAY[min(tries, len(AWAY) - 1)])
                return False
            tries += 1
    return True


async def my_turn(claims: Claims) -> None:
    """Waits until no other worker asks Telegram for updates. Raises `StorageAway` where that can't be found out."""
    if await claims.intake():
        return
    log.info("another worker is there already: this one waits until it is gone")
    while not await _is_gone(claims):  # noqa: ASYNC110 - another process's end: there is no event to await
        await asyncio.sleep(AGAIN)
    log.info("the other worker is gone")


async def _is_gone(claims: Claims) -> bool:
    """Whether the other worker is. One that stands by outlives the database's absence."""
    try:
        return await claims.intake()
    except StorageAway:
        log.error("the database is away: this worker waits until it is back")  # noqa: TRY400 - its text says it
        return False


def _after(batch: list[dict[str, Any]], offset: int) -> int:
    """Behind the last of the list. Numbers may jump down after a quiet week: the order counts, not their size."""
    return int(batch[-1]["update_id"]) + 1 if batch else offset


async def _ask(asking: Asking, claims: Claims, offset: int, wait: int, tries: int) -> list[Any] | None:
    """The next updates; None where Telegram can't be asked just now, or not by us (after a pause)."""
    pause = PAUSES[min(tries, len(PAUSES) - 1)]
    try:
        if not await claims.intake():
            await my_turn(claims)
        batch = await asking.updates(offset, wait, allowed_updates=json.dumps(WANTED))
    except InvalidToken:
        raise
    except StorageAway:
        log.error("the database is away: Telegram is not asked until it is back")  # noqa: TRY400 - its text says it
    except RetryAfter as fault:
        pause = seconds(fault)
    except TimedOut:
        pass
    except Conflict:
        log.warning("another bot is polling with the same token: stop one of the two")
    except TelegramError as fault:
        log.warning("Telegram could not be asked for updates", error=type(fault).__name__)
    else:
        return batch
    await asyncio.sleep(pause)
    return None


async def _confirm(asking: Asking, offset: int) -> None:
    """Tells Telegram what was kept, so that the next start isn't told it again."""
    if offset:
        try:
            await asking.updates(offset, 0, limit="1")
        except TelegramError as fault:
            log.info("the last updates will come again, and do no harm", error=type(fault).__name__)
