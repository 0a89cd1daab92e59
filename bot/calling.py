"""Calls Telegram until it answers: obeys its `retry_after`, tries again while it is away, knows which noes are fine."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

log = structlog.get_logger()
Result = TypeVar("Result")

PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # seconds; then always the last
HARMLESS = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "query is too old",
    "query id is invalid",
)
GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "not enough rights", "have no rights")


class Unwelcome(Exception):
    """The bot may not write to this chat: it was blocked, or the chat is gone."""


class Refused(Exception):
    """Telegram will not take this, however often it is tried."""


async def call(make: Callable[[], Awaitable[Result]]) -> Result | None:
    """What Telegram answers; None where its no changes nothing. Raises `Unwelcome` and `Refused`; else keeps trying."""
    tries = 0
    while True:
        try:
            return await make()
        except RetryAfter as fault:
            after = fault.retry_after
            pause = float(after) if isinstance(after, int) else after.total_seconds()
        except (Forbidden, ChatMigrated) as fault:
            raise Unwelcome from fault
        except BadRequest as fault:
            _weigh(fault)
            return None
        except InvalidToken as fault:
            raise Refused(str(fault)) from fault
        except TelegramError as fault:
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            log.warning("Telegram did not take a message", error=type(fault).__name__, again_in=pause)
        tries += 1
        await asyncio.sleep(pause)


def _weigh(fault: BadRequest) -> None:
    said = fault.message.casefold()
    if any(phrase in said for phrase in GONE):
        raise Unwelcome from fault
    if not any(phrase in said for phrase in HARMLESS):
        raise Refused(fault.message) from fault
