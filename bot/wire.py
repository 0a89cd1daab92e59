"""The calls that nearly every update makes, as JSON straight over the HTTP client; the rest goes through the Bot.

python-telegram-bot's Bot checks and builds an object for each button it sends and gets back, and nothing here reads
them. Its client still turns Telegram's noes into its own errors.
"""

from dataclasses import dataclass
from typing import Any

from telegram import Bot, Message
from telegram.constants import ParseMode
from telegram.request import BaseRequest

from bot.keyboard import Keyboard
from bot.request import Json


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
