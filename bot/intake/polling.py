"""Asks Telegram for updates, and confirms them only after they are kept.

python-telegram-bot's own polling confirms updates before its handlers have run: what is in between is lost in a crash.
Here the offset moves past a batch when all of it is committed, so Telegram delivers again whatever was not.
"""

import asyncio
import json
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar
from urllib.parse import urlencode

import structlog
from telegram import Bot
from telegram.error import Conflict, InvalidToken, RetryAfter, TelegramError, TimedOut
from telegram.request import BaseRequest

from bot.calling import seconds
from bot.intake.taking import Taking

Result = TypeVar("Result")
log = structlog.get_logger()
WANTED = ["message", "edited_message", "callback_query", "my_chat_member"]
LONGEST_WAIT = 25  # seconds Telegram holds the question open when there is nothing new
PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)


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


async def poll(asking: Asking, taking: Taking, stopping: asyncio.Event, sign_of_life: Callable[[], None]) -> None:
    """Takes updates in until `stopping` is set; what is under way is finished first. Raises `InvalidToken`.

    `sign_of_life` is called after each answer of Telegram's that was dealt with: at least every half minute.
    """
    offset = tries = 0
    while not stopping.is_set():
        batch = await unless(stopping, _ask(asking, offset, tries))
        if batch is None:
            tries += 1
            continue
        tries = 0
        if not await taking.take_in(batch, stopping):
            break
        offset = _after(batch, offset)
        sign_of_life()
    await _confirm(asking, offset)


def _after(batch: list[dict[str, Any]], offset: int) -> int:
    """Behind the last of the list. Numbers may jump down after a quiet week: the order counts, not their size."""
    return int(batch[-1]["update_id"]) + 1 if batch else offset


async def _ask(asking: Asking, offset: int, tries: int) -> list[dict[str, Any]] | None:
    """The next updates; None where Telegram can't be asked just now (after a pause)."""
    pause = PAUSES[min(tries, len(PAUSES) - 1)]
    try:
        batch = await asking.updates(offset, LONGEST_WAIT, allowed_updates=json.dumps(WANTED))
    except InvalidToken:
        raise
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


async def unless(stopping: asyncio.Event, work: Coroutine[Any, Any, Result]) -> Result | None:
    """What this gives, unless it is time to stop: then None, at once."""
    working, stop = asyncio.create_task(work), asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait({working, stop}, return_when=asyncio.FIRST_COMPLETED)
        return working.result() if working.done() else None
    finally:
        working.cancel()
        stop.cancel()
        await asyncio.wait({working, stop})


async def _confirm(asking: Asking, offset: int) -> None:
    """Tells Telegram what was kept, so that the next start isn't told it again."""
    if offset:
        try:
            await asking.updates(offset, 0, limit="1")
        except TelegramError as fault:
            log.info("the last updates will come again, and do no harm", error=type(fault).__name__)
