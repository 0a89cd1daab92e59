"""The Bot API client: sends, edits and answers. Repeats a call while Telegram limits the rate or cannot be reached.

Its calls go straight over the HTTP client. python-telegram-bot's `Bot` checks and builds an object for each button it
sends and receives, and nothing here reads those. The library still turns error responses into its exceptions.
"""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from telegram import Bot
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.logs import strip_quotes
from bot.metrics import TELEGRAM_CALLS
from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts
from bot.render.messages import Button
from bot.telegram.http_client import CALL_TIMEOUT_SECONDS, FileUpload, JsonBody, UploadBody

os.environ.setdefault("PTB_TIMEDELTA", "true")  # else python-telegram-bot prints a warning for every 429
log = structlog.get_logger()
CALL_RETRY_DELAYS_SECONDS = (0.5, 1.0, 2.0, 5.0, 15.0, 30.0)  # before each further attempt; then always the last one

# Error texts of the Bot API, in lower case, as Telegram gives no codes for them.
HARMLESS_ERRORS = (
    "message is not modified",
    "message to edit not found",
    "message can't be edited",
    "message_id_invalid",
    "query is too old",
    "query id is invalid",
)
CLOSED_CHAT_ERRORS = ("chat_write_forbidden", "topic_closed", "message thread not found")  # of a group or its topic
MEDIA_RIGHTS_ERRORS = ("rights to send photos", "rights to send documents")  # text may still be sent
UNREACHABLE_CHAT_ERRORS = (
    "chat not found",
    "user is deactivated",
    "peer_id_invalid",
    "not enough rights",
    "have no rights",
    *CLOSED_CHAT_ERRORS,
)

Result = TypeVar("Result")
Arguments = dict[str, Any]
Buttons = Sequence[Button]
InlineKeyboard = dict[str, list[list[dict[str, str]]]]

_SUCCESSFUL_CALLS = TELEGRAM_CALLS.labels("done")  # looked up once, as every call counts here


class ChatUnavailableError(Exception):
    """The bot may not write to this chat: it was blocked, or the chat is gone. The cause is Telegram's error."""


class CallRejectedError(Exception):
    """Telegram rejects this call for good."""


class MediaForbiddenError(CallRejectedError):
    """The chat takes no pictures or files from the bot; it takes text."""


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message as Telegram accepted it.

    `sent_at`: seconds since 1970 by Telegram's clock. `file_id`: under which Telegram stores its picture or file.
    """

    message_id: int
    sent_at: int
    file_id: str | None = None


class ApiClient:
    """Calls the Bot API. Texts and captions are HTML.

    A call waits as long as Telegram asks for, is repeated while Telegram is unavailable, and ignores errors that change
    nothing. A call that Telegram rejects for good is logged and dropped, so that the chat goes on; `send_photo`,
    `send_document` and `retry` raise `CallRejectedError` instead, as their callers have something else to send.

    All methods raise `ChatUnavailableError`, and python-telegram-bot's `InvalidToken`, after which no call can succeed.
    """

    def __init__(self, bot: Bot) -> None:
        self._bot = bot

    @property
    def bot_username(self) -> str:
        """Known once the bot is initialised."""
        return self._bot.username

    async def send_message(
        self, chat_id: int, text: str, buttons: Buttons = (), topic_id: int | None = None
    ) -> SentMessage | None:
        """Sends a text. Returns None if Telegram rejected it."""
        arguments = _make_arguments(chat_id, topic_id, buttons, text=text)
        return _parse_sent_message(await self._call("sendMessage", arguments))

    async def send_photo(
        self, chat_id: int, photo: str | FileUpload, caption: str, topic_id: int | None = None
    ) -> SentMessage | None:
        """Sends a picture, or one that Telegram has stored under this file id. Raises `CallRejectedError`."""
        arguments = _make_arguments(chat_id, topic_id, caption=caption)
        return await self._send_file("sendPhoto", "photo", photo, arguments)

    async def send_document(
        self,
        chat_id: int,
        document: str | FileUpload,
        caption: str,
        buttons: Buttons = (),
        topic_id: int | None = None,
    ) -> SentMessage | None:
        """Sends a file, or one that Telegram has stored under this file id. Raises `CallRejectedError`."""
        arguments = _make_arguments(chat_id, topic_id, buttons, caption=caption)
        return await self._send_file("sendDocument", "document", document, arguments)

    async def edit_message_text(self, chat_id: int, message_id: int, text: str, buttons: Buttons = ()) -> None:
        """Replaces the text and the buttons of a message."""
        arguments = _make_arguments(chat_id, None, buttons, text=text)
        await self._call("editMessageText", {**arguments, "message_id": message_id})

    async def remove_buttons(self, chat_id: int, message_id: int) -> None:
        await self._call("editMessageReplyMarkup", {"chat_id": chat_id, "message_id": message_id})

    async def delete_message(self, chat_id: int, message_id: int) -> None:
        await self._call("deleteMessage", {"chat_id": chat_id, "message_id": message_id})

    async def answer_callback_query(self, callback_query_id: str, alert: str | None) -> None:
        """Ends the tapped button's waiting state. `alert` is shown until the person closes it."""
        alert_arguments = {"text": alert, "show_alert": True} if alert else {}
        await self._call("answerCallbackQuery", {"callback_query_id": callback_query_id, **alert_arguments})

    async def show_action(self, chat_id: int, action: ChatAction, topic_id: int | None = None) -> None:
        """Shows for five seconds that something is being sent. Called once; failures do not matter."""
        topic_arguments = {} if topic_id is None else {"message_thread_id": topic_id}
        with suppress(TelegramError):
            await self.call_once("sendChatAction", {"chat_id": chat_id, "action": action, **topic_arguments})

    async def call_once(self, method: str, arguments: Arguments) -> Any:
        """Calls a method of the Bot API without a retry, and returns its result. Raises only `TelegramError`."""
        return await self._post(method, JsonBody.from_arguments(arguments))

    @staticmethod
    async def retry(make_call: Callable[[], Awaitable[Result]]) -> Result | None:
        """Repeats the call while Telegram limits the rate (429) or cannot be reached; other errors end it.

        Returns None for an error that changes nothing. Raises `ChatUnavailableError`, `CallRejectedError` or the
        library's `InvalidToken`.
        """
        attempts = 0
        while True:
            try:
                return _count_success(await make_call())
            except RetryAfter as error:
                TELEGRAM_CALLS.labels("rate_limited").inc()
                delay_seconds = get_retry_delay(error)
            except (Forbidden, ChatMigrated) as error:
                TELEGRAM_CALLS.labels("chat_unavailable").inc()
                raise ChatUnavailableError from error
            except BadRequest as error:
                TELEGRAM_CALLS.labels("rejected").inc()
                _raise_unless_harmless(error)
                return None
            except InvalidToken:
                raise
            except TelegramError as error:
                TELEGRAM_CALLS.labels("unreachable").inc()
                delay_seconds = CALL_RETRY_DELAYS_SECONDS[min(attempts, len(CALL_RETRY_DELAYS_SECONDS) - 1)]
                log.warning("a call to Telegram failed", error=type(error).__name__, retry_in=delay_seconds)
            attempts += 1
            await asyncio.sleep(delay_seconds)

    async def _call(self, method: str, arguments: Arguments) -> Any:
        """Returns the result; None if Telegram rejected the call, or the error was harmless."""
        body = JsonBody.from_arguments(arguments)
        try:
            return await self.retry(lambda: self._post(method, body))
        except CallRejectedError as error:
            log_rejected_call(error)
            return None

    async def _send_file(
        self, method: str, field: str, file: str | FileUpload, arguments: Arguments
    ) -> SentMessage | None:
        body: JsonBody | UploadBody
        if isinstance(file, str):
            body, timeout_seconds = JsonBody.from_arguments({**arguments, field: file}), CALL_TIMEOUT_SECONDS
        else:
            body, timeout_seconds = UploadBody.from_arguments(arguments, field, file), file.timeout_seconds
        return _parse_sent_message(await self.retry(lambda: self._post(method, body, timeout_seconds)))

    def _post(
        self, method: str, body: JsonBody | UploadBody, timeout_seconds: float = CALL_TIMEOUT_SECONDS
    ) -> Awaitable[Any]:
        url = f"{self._bot.base_url}/{method}"
        # type: the library passes the body on to AiohttpRequest as it is
        return self._bot.request.post(url, body, read_timeout=timeout_seconds)  # type: ignore[arg-type]


def log_rejected_call(error: CallRejectedError) -> None:
    log.warning("Telegram rejected a call", reason=strip_quotes(str(error)))


def get_retry_delay(error: RetryAfter) -> float:
    """The seconds that Telegram asks us to wait."""
    retry_after = error.retry_after
    return float(retry_after) if isinstance(retry_after, int) else retry_after.total_seconds()


async def send_text_once(bot: Bot, chat_id: int, key: str) -> bool:
    """Sends one of the bot's own texts directly, without the outbox and without a retry.

    Returns False if another attempt may succeed.
    """
    try:
        await bot.send_message(chat_id, load_bot_texts(DEFAULT_LANGUAGE).format_text(key), parse_mode=ParseMode.HTML)
    except TelegramError as error:
        log.warning("a direct reply could not be sent", error=type(error).__name__)
        return isinstance(error, BadRequest | Forbidden | ChatMigrated)
    return True


def make_inline_keyboard(buttons: Buttons) -> InlineKeyboard:
    """The `reply_markup` of a message: one row per button, except for buttons that join the row before."""
    rows: list[list[dict[str, str]]] = []
    for button in buttons:
        if button.is_in_same_row and rows:
            rows[-1].append(_make_inline_button(button))
        else:
            rows.append([_make_inline_button(button)])
    return {"inline_keyboard": rows}


def _make_inline_button(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.callback_data}


def _make_arguments(chat_id: int, topic_id: int | None, buttons: Buttons = (), **content: Any) -> Arguments:
    arguments = {"chat_id": chat_id, "parse_mode": ParseMode.HTML, **content}
    if topic_id is not None:
        arguments["message_thread_id"] = topic_id
    if buttons:
        arguments["reply_markup"] = make_inline_keyboard(buttons)
    return arguments


def _parse_sent_message(response: Any) -> SentMessage | None:
    if response is None:
        return None
    photo_sizes = response.get("photo") or [response.get("document") or {}]
    return SentMessage(response["message_id"], response["date"], photo_sizes[-1].get("file_id"))


def _count_success(result: Result) -> Result:
    _SUCCESSFUL_CALLS.inc()
    return result


def _raise_unless_harmless(error: BadRequest) -> None:
    error_text = error.message.casefold()
    if any(phrase in error_text for phrase in MEDIA_RIGHTS_ERRORS):
        raise MediaForbiddenError(error.message) from error
    if any(phrase in error_text for phrase in UNREACHABLE_CHAT_ERRORS):
        raise ChatUnavailableError from error
    if not any(phrase in error_text for phrase in HARMLESS_ERRORS):
        raise CallRejectedError(error.message) from error
