"""Calls Telegram until it answers: obeys its `retry_after`, tries again while it is away, knows which noes are fine."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from telegram import Bot
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.metrics import CALLS
from bot.words import FIRST, spoken

os.environ.setdefault("PTB_TIMEDELTA", "true")  # else python-telegram-bot prints a warning for every 429
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
SHUT = ("chat_write_forbidden", "topic_closed", "message thread not found")  # in a group, or in a topic of its
APART = ("rights to send photos", "rights to send documents")  # words may still be said there
GONE = ("chat not found", "user is deactivated", "peer_id_invalid", "not enough rights", "have no rights", *SHUT)


_DONE = CALLS.labels("done")  # looked up once: it is counted with every call


class Unwelcome(Exception):
    """The bot may not write to this chat: it was blocked, or the chat is gone."""


class Refused(Exception):
    """Telegram will not take this, however often it is tried."""


async def call(make: Callable[[], Awaitable[Result]]) -> Result | None:
    """What Telegram answers; None where its no changes nothing. Keeps trying while Telegram is away.

    Raises `Unwelcome` and `Refused`; and python-telegram-bot's `InvalidToken`, where nothing can be said at all.
    """
    tries = 0
    while True:
        try:
            return _counted(await make())
        except RetryAfter as fault:
            CALLS.labels("too_many").inc()
            pause = seconds(fault)
        except (Forbidden, ChatMigrated) as fault:
            CALLS.labels("unwelcome").inc()
            raise Unwelcome from fault
        except BadRequest as fault:
            CALLS.labels("refused").inc()
            _weigh(fault)
            return None
        except InvalidToken:
            raise
        except TelegramError as fault:
            CALLS.labels("away").inc()
            pause = PAUSES[min(tries, len(PAUSES) - 1)]
            log.warning("Telegram did not take a message", error=type(fault).__name__, again_in=pause)
        tries += 1
        await asyncio.sleep(pause)


def _counted(answer: Result) -> Result:
    _DONE.inc()
    return answer


def seconds(fault: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    after = fault.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


async def say_once(bot: Bot, chat: int, key: str) -> bool:
    """One text to the person, past the outbox; tried once. False: another try may do better."""
    try:
        await bot.send_message(chat, spoken(FIRST).text(key), parse_mode=ParseMode.HTML)
    except TelegramError as fault:
        log.warning("a word past the outbox could not be said", error=type(fault).__name__)
        return isinstance(fault, BadRequest | Forbidden | ChatMigrated)
    return True


def _weigh(fault: BadRequest) -> None:
    said = fault.message.casefold()
    if any(phrase in said for phrase in GONE) and not any(phrase in said for phrase in APART):
        raise Unwelcome from fault
    if not any(phrase in said for phrase in HARMLESS):
        raise Refused(fault.message) from fault
