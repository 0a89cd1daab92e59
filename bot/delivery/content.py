"""New messages of one chat, sent: words, pictures, files. What can't be drawn or is not taken is said in words."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

import structlog
import telegram
from telegram import Bot
from telegram.constants import ChatAction, ParseMode
from telegram.error import InvalidToken, TelegramError

from bot.delivery.export_message import hand_over
from bot.delivery.export_worker import Packing, Unpacked
from bot.delivery.image_worker import Drawn
from bot.delivery.results_loader import Reading
from bot.graphics.drawing import Drawing, can_draw
from bot.graphics.result_card import Card
from bot.logs import unquoted
from bot.render.messages import (
    Document,
    Download,
    Message,
    New,
    OfComment,
    OfReport,
    OfResults,
    Page,
    Picture,
    Restated,
)
from bot.telegram.api import Keyboard, Refused, Sent, Unwelcome, Wire, call, keyboard, sent
from flows.errors import FlowUnknown
from storage.campaigns.repository import CampaignUnknown
from storage.conversations.outbox import Due

log = structlog.get_logger()
Result = TypeVar("Result")
NOT_SHOWN = (FlowUnknown, CampaignUnknown)


class Sending:
    """Sends what is due in one chat. Raises `Unwelcome` where the bot may not write there any more."""

    def __init__(self, bot: Bot, due: Due, drawn: Drawn, reading: Reading, packing: Packing) -> None:
        self._bot = bot
        self._wire = Wire(bot)
        self._due = due
        self._chat = due.chat
        self._language = due.saying.language
        self._topic = due.saying.topic
        self._drawn = drawn
        self._reading = reading
        self._packing = packing

    async def send(self, say: New) -> Sent | None:
        """Sends what is new; gives it as Telegram took it."""
        match say:
            case OfResults():
                found = await self._read(self._reading.results(say.campaign, self._language))
                later = say.say(found)
                return await self.send(later) if later else None
            case OfReport():
                return await self.send(say.say(await self._read(self._reading.report(say.campaign, self._language))))
            case OfComment():
                comment = await self._of_comment(say)
                return await self.send(comment) if comment else None
            case Picture():
                return await self._picture(say)
            case Document():
                return await self._document(say)
            case Page():
                return await self._page(say)
            case Download():
                return await self._download(say)
            case Restated():
                return await self._restate(say)
            case Message():
                return await self._text(say.text, keyboard(say.buttons))

    async def change(self, message: int, say: OfComment) -> None:
        """The message there becomes what is said."""
        comment = await self._of_comment(say)
        if comment:
            await self._edit(message, comment)

    async def _of_comment(self, say: OfComment) -> Message | None:
        """None: whoever asked is no coordinator of it any more."""
        if not await self._reading.is_of_desk(self._chat, say.at.campaign):
            return None
        return say.say(await self._read(self._reading.comment(say.at, following=say.following)))

    async def _restate(self, say: Restated) -> Sent | None:
        """The message, if it is a new one."""
        stands, message = self._due.open_message, say.message
        if stands is None or say.since is None or self._due.opened_at < say.since:
            return await self.send(message) if message else None
        if message is None:
            await tried(lambda: self._bot.delete_message(self._chat, stands))
        else:
            await self._edit(stands, message)
        return None

    async def _edit(self, number: int, message: Message) -> None:
        await tried(lambda: self._wire.edit(self._chat, number, message.text, keyboard(message.buttons)))

    async def _read(self, reading: Awaitable[Result | None]) -> Result | None:
        try:
            return await reading
        except NOT_SHOWN as fault:
            log.warning("results can't be shown", error=type(fault).__name__)
            return None

    async def _picture(self, say: Picture) -> Sent | None:
        """The picture with its words; where it can't be drawn or is not taken, what is said instead."""
        if can_draw(say.drawing):
            try:
                return await self._photo(say)
            except (Unwelcome, InvalidToken):
                raise
            except Exception as fault:  # noqa: BLE001 - whatever it is, its words are still there
                self._drawn.was_refused(say.drawing)
                log.warning("a picture could not be said; its words are", error=type(fault).__name__)
        return await self._text(say.instead, None) if say.instead else None

    async def _photo(self, say: Picture) -> Sent | None:
        picture = await self._draw(say.drawing, ChatAction.UPLOAD_PHOTO)
        chat, topic, html = self._chat, self._topic, ParseMode.HTML
        if isinstance(picture, str):
            return await call(lambda: self._wire.picture(chat, picture, say.caption, topic))
        took = await call(
            lambda: self._bot.send_photo(chat, picture, caption=say.caption, parse_mode=html, message_thread_id=topic)
        )
        if took:
            self._drawn.was_sent(say.drawing, took.photo[-1].file_id)
        return sent(took)

    async def _document(self, say: Document) -> Sent | None:
        """The file. Its bytes begin with the mark of UTF-8: without it some phones take the text for something else."""
        content = say.text.encode("utf-8-sig")
        return sent(await tried(lambda: self._file(content, say.name, say.caption)))

    async def _page(self, say: Page) -> Sent | None:
        try:
            content = await self._draw(say.drawing, ChatAction.UPLOAD_DOCUMENT)
            took = await call(lambda: self._file(content, say.name, say.caption))
        except (Unwelcome, InvalidToken):
            raise
        except Exception as fault:  # noqa: BLE001 - as for pictures
            self._drawn.was_refused(say.drawing)
            log.warning("a page could not be said", error=type(fault).__name__)
            return await self._text(say.instead, None)
        if took and took.document:
            self._drawn.was_sent(say.drawing, took.document.file_id)
        return sent(took)

    async def _download(self, say: Download) -> Sent | None:
        may = partial(self._reading.is_of_desk, self._chat, say.campaign)
        try:
            return sent(await hand_over(self._bot, self._chat, say, self._packing, may))
        except Unpacked as fault:
            return await self.send(say.instead(fault.why))

    async def _file(self, content: str | bytes, name: str, caption: str) -> telegram.Message:
        chat, topic, html = self._chat, self._topic, ParseMode.HTML
        return await self._bot.send_document(
            chat, content, filename=name, caption=caption, parse_mode=html, message_thread_id=topic
        )

    async def _draw(self, drawing: Drawing, action: ChatAction) -> str | bytes:
        """What is to be sent. While it is drawn, the chat shows that something is coming."""
        if isinstance(drawing, Card) or self._drawn.is_known(drawing):
            return await self._drawn.picture(drawing)
        drawn, _ = await asyncio.gather(self._drawn.picture(drawing), self._show(action))
        return drawn

    async def _show(self, action: ChatAction) -> None:
        with suppress(TelegramError):
            await self._bot.send_chat_action(self._chat, action, message_thread_id=self._topic)

    async def _text(self, text: str, buttons: Keyboard | None) -> Sent | None:
        return await tried(lambda: self._wire.send(self._chat, text, buttons, self._topic))


async def tried(make: Callable[[], Awaitable[Result]]) -> Result | None:
    """One call; what Telegram refuses for good is logged and left, so that the chat goes on."""
    try:
        return await call(make)
    except Refused as fault:
        log.warning("Telegram refused a call for good", reason=unquoted(str(fault)))
        return None
