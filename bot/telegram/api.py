"""The calls that nearly every update makes, as JSON straight over the HTTP client; the rest goes through the Bot.

python-telegram-bot's Bot checks and builds an object for each button it sends and gets back, and nothing here reads
them. Its client still turns Telegram's noes into its own errors.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from telegram import Bot, Message
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError
from telegram.request import BaseRequest

from bot.metrics import CALLS
from bot.render.localization import FIRST, spoken
from bot.render.messages import Button
from bot.telegram.http_client import Json

# @@DOC The buttons under a message, as Telegram takes them.
Keyboard = dict[str, list[list[dict[str, str]]]]


def keyboard(buttons: tuple[Button, ...]) -> Keyboard | None:
    """The buttons one under the other, but for those that stand beside the one before. None: there are none."""
    rows: list[list[dict[str, str]]] = []
    for button in buttons:
        if button.beside and rows:
            rows[-1].append(_inline(button))
        else:
            rows.append([_inline(button)])
    return {"inline_keyboard": rows} if rows else None


def _inline(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.data}


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as Telegram took it: its number, and when that was (seconds since 1970, Telegram's clock)."""

    message: int
    at: int


def sent(message: Message | None) -> Sent | None:
    """What the Bot gave, as that."""
    return Sent(message.message_id, int(message.date.timestamp())) if message else None


class Wire:
    """Calls Telegram. All methods raise python-telegram-bot's `TelegramError`. Texts are HTML."""

    def __init__(self, bot: Bot) -> None:
        self._client: BaseRequest = bot.request
        self._address = bot.base_url

    async def send(self, chat: int, text: str, keyboard: Keyboard | None, topic: int | None) -> Sent:
        """A new message."""
        return await self._send("sendMessage", keyboard, topic, chat_id=chat, text=text)

    async def picture(self, chat: int, name: str, caption: str, topic: int | None) -> Sent:
        """A picture that Telegram knows, by its name there."""
        return await self._send("sendPhoto", None, topic, chat_id=chat, photo=name, caption=caption)

    async def edit(self, chat: int, message: int, text: str, keyboard: Keyboard | None = None) -> None:
        """Another text and other buttons; without any, those that were there go."""
        about = {"chat_id": chat, "message_id": message}
        await self._call("editMessageText", keyboard, text=text, parse_mode=ParseMode.HTML, **about)

    async def strip(self, chat: int, message: int) -> None:
        """The buttons go."""
        await self._call("editMessageReplyMarkup", None, chat_id=chat, message_id=message)

    async def answer(self, callback: str, alert: str | None) -> None:
        """The button that was tapped stops waiting; `alert` is shown until it is closed."""
        shown = {"text": alert, "show_alert": True} if alert else {}
        await self._call("answerCallbackQuery", None, callback_query_id=callback, **shown)

    async def _send(self, method: str, keyboard: Keyboard | None, topic: int | None, **given: Any) -> Sent:
        if topic is not None:
            given["message_thread_id"] = topic
        told = await self._call(method, keyboard, parse_mode=ParseMode.HTML, **given)
        return Sent(told["message_id"], told["date"])

    async def _call(self, method: str, keyboard: Keyboard | None, **given: Any) -> Any:
        if keyboard:
            given["reply_markup"] = keyboard
        return await self._client.post(f"{self._address}/{method}", Json.of(given))  # type: ignore[arg-type]  # handed on


# @@DOC Calls Telegram until it answers: obeys its `retry_after`, tries again while it is away, knows which noes are fine.
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
