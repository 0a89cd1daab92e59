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

from bot.metrics import TELEGRAM_CALLS
from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts
from bot.render.messages import Button
from bot.telegram.http_client import JsonBody

# @@DOC The buttons under a message, as Telegram takes them.
InlineKeyboard = dict[str, list[list[dict[str, str]]]]


def make_inline_keyboard(buttons: tuple[Button, ...]) -> InlineKeyboard | None:
    """The buttons one under the other, but for those that stand beside the one before. None: there are none."""
    rows: list[list[dict[str, str]]] = []
    for button in buttons:
        if button.is_in_same_row and rows:
            rows[-1].append(_make_inline_button(button))
        else:
            rows.append([_make_inline_button(button)])
    return {"inline_keyboard": rows} if rows else None


def _make_inline_button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.callback_data}


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as Telegram took it: its number, and when that was (seconds since 1970, Telegram's clock)."""

    message_id: int
    sent_at: int


def make_sent_message(message: Message | None) -> SentMessage | None:
    """What the Bot gave, as that."""
    return SentMessage(message.message_id, int(message.date.timestamp())) if message else None


class ApiClient:
    """Calls Telegram. All methods raise python-telegram-bot's `TelegramError`. Texts are HTML."""

    def __init__(self, bot: Bot) -> None:
        self._client: BaseRequest = bot.request
        self._base_url = bot.base_url

    async def send_message(
        self, chat_id: int, text: str, keyboard: InlineKeyboard | None, topic_id: int | None
    ) -> SentMessage:
        """A new message."""
        return await self._call_send("sendMessage", keyboard, topic_id, chat_id=chat_id, text=text)

    async def send_photo(self, chat_id: int, file_id: str, caption: str, topic_id: int | None) -> SentMessage:
        """A picture that Telegram knows, by its name there."""
        return await self._call_send("sendPhoto", None, topic_id, chat_id=chat_id, photo=file_id, caption=caption)

    async def edit_message_text(
        self, chat_id: int, message_id: int, text: str, keyboard: InlineKeyboard | None = None
    ) -> None:
        """Another text and other buttons; without any, those that were there go."""
        target = {"chat_id": chat_id, "message_id": message_id}
        await self._call("editMessageText", keyboard, text=text, parse_mode=ParseMode.HTML, **target)

    async def remove_buttons(self, chat_id: int, message_id: int) -> None:
        """The buttons go."""
        await self._call("editMessageReplyMarkup", None, chat_id=chat_id, message_id=message_id)

    async def answer_callback_query(self, callback_query_id: str, alert: str | None) -> None:
        """The button that was tapped stops waiting; `alert` is shown until it is closed."""
        alert_arguments = {"text": alert, "show_alert": True} if alert else {}
        await self._call("answerCallbackQuery", None, callback_query_id=callback_query_id, **alert_arguments)

    async def _call_send(
        self, method: str, keyboard: InlineKeyboard | None, topic_id: int | None, **arguments: Any
    ) -> SentMessage:
        if topic_id is not None:
            arguments["message_thread_id"] = topic_id
        response = await self._call(method, keyboard, parse_mode=ParseMode.HTML, **arguments)
        return SentMessage(response["message_id"], response["date"])

    async def _call(self, method: str, keyboard: InlineKeyboard | None, **arguments: Any) -> Any:
        if keyboard:
            arguments["reply_markup"] = keyboard
        return await self._client.post(f"{self._base_url}/{method}", JsonBody.from_arguments(arguments))  # type: ignore[arg-type]  # handed on


# @@DOC Calls Telegram until it answers: obeys its `retry_after`, tries again while it is away, knows which noes are fine.
os.environ.setdefault("PTB_TIMEDELTA", "true")  # else python-telegram-bot prints a warning for every 429
log = structlog.get_logger()
Result = TypeVar("Result")

RETRY_DELAYS_SECONDS = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # seconds; then always the last
HARMLESS_ERRORS = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "query is too old",
    "query id is invalid",
)
CLOSED_CHAT_ERRORS = (
    "chat_write_forbidden",
    "topic_closed",
    "message thread not found",
)  # in a group, or in a topic of its
MEDIA_RIGHTS_ERRORS = ("rights to send photos", "rights to send documents")  # words may still be said there
UNREACHABLE_CHAT_ERRORS = (
    "chat not found",
    "user is deactivated",
    "peer_id_invalid",
    "not enough rights",
    "have no rights",
    *CLOSED_CHAT_ERRORS,
)


_SUCCESSFUL_CALLS = TELEGRAM_CALLS.labels("done")  # looked up once: it is counted with every call


class ChatUnavailableError(Exception):
    """The bot may not write to this chat: it was blocked, or the chat is gone."""


class CallRejectedError(Exception):
    """Telegram will not take this, however often it is tried."""


async def call_with_retry(make_call: Callable[[], Awaitable[Result]]) -> Result | None:
    """What Telegram answers; None where its no changes nothing. Keeps trying while Telegram is away.

    Raises `Unwelcome` and `Refused`; and python-telegram-bot's `InvalidToken`, where nothing can be said at all.
    """
    attempts = 0
    while True:
        try:
            return _count_success(await make_call())
        except RetryAfter as error:
            TELEGRAM_CALLS.labels("too_many").inc()
            delay_seconds = get_retry_delay(error)
        except (Forbidden, ChatMigrated) as error:
            TELEGRAM_CALLS.labels("unwelcome").inc()
            raise ChatUnavailableError from error
        except BadRequest as error:
            TELEGRAM_CALLS.labels("refused").inc()
            _raise_if_significant(error)
            return None
        except InvalidToken:
            raise
        except TelegramError as error:
            TELEGRAM_CALLS.labels("away").inc()
            delay_seconds = RETRY_DELAYS_SECONDS[min(attempts, len(RETRY_DELAYS_SECONDS) - 1)]
            log.warning("Telegram did not take a message", error=type(error).__name__, again_in=delay_seconds)
        attempts += 1
        await asyncio.sleep(delay_seconds)


def _count_success(answer: Result) -> Result:
    _SUCCESSFUL_CALLS.inc()
    return answer


def get_retry_delay(error: RetryAfter) -> float:
    """How long Telegram wants us to wait."""
    retry_after = error.retry_after
    return float(retry_after) if isinstance(retry_after, int) else retry_after.total_seconds()


async def send_text_once(bot: Bot, chat_id: int, key: str) -> bool:
    """One text to the person, past the outbox; tried once. False: another try may do better."""
    try:
        await bot.send_message(chat_id, load_bot_texts(DEFAULT_LANGUAGE).format_text(key), parse_mode=ParseMode.HTML)
    except TelegramError as error:
        log.warning("a word past the outbox could not be said", error=type(error).__name__)
        return isinstance(error, BadRequest | Forbidden | ChatMigrated)
    return True


def _raise_if_significant(error: BadRequest) -> None:
    error_text = error.message.casefold()
    if any(phrase in error_text for phrase in UNREACHABLE_CHAT_ERRORS) and not any(
        phrase in error_text for phrase in MEDIA_RIGHTS_ERRORS
    ):
        raise ChatUnavailableError from error
    if not any(phrase in error_text for phrase in HARMLESS_ERRORS):
        raise CallRejectedError(error.message) from error
