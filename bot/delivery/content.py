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

from bot.delivery.export_message import send_export
from bot.delivery.export_worker import ExportFailedError, ExportWorker
from bot.delivery.image_worker import ImageWorker
from bot.delivery.results_loader import ResultsLoader
from bot.graphics.drawing import Drawing, can_draw
from bot.graphics.result_card import ResultCard
from bot.logs import strip_quotes
from bot.render.messages import (
    CommentPlaceholder,
    Document,
    ExportDocument,
    Message,
    NewMessage,
    PdfDocument,
    Photo,
    ReplacementMessage,
    ReportPlaceholder,
    ResultsPlaceholder,
)
from bot.telegram.api import (
    ApiClient,
    CallRejectedError,
    ChatUnavailableError,
    InlineKeyboard,
    SentMessage,
    call_with_retry,
    make_inline_keyboard,
    make_sent_message,
)
from flows.errors import UnknownFlowError
from storage.campaigns.repository import UnknownCampaignError
from storage.conversations.outbox import OutboxEntry

log = structlog.get_logger()
Result = TypeVar("Result")
UNAVAILABLE_RESULTS_ERRORS = (UnknownFlowError, UnknownCampaignError)


class ContentSender:
    """Sends what is due in one chat. Raises `Unwelcome` where the bot may not write there any more."""

    def __init__(
        self,
        bot: Bot,
        entry: OutboxEntry,
        image_worker: ImageWorker,
        results_loader: ResultsLoader,
        export_worker: ExportWorker,
    ) -> None:
        self._bot = bot
        self._api_client = ApiClient(bot)
        self._entry = entry
        self._chat_id = entry.chat_id
        self._language = entry.content.language
        self._topic_id = entry.content.topic_id
        self._image_worker = image_worker
        self._results_loader = results_loader
        self._export_worker = export_worker

    async def send(self, message: NewMessage) -> SentMessage | None:
        """Sends what is new; gives it as Telegram took it."""
        match message:
            case ResultsPlaceholder():
                results = await self._load_or_none(
                    self._results_loader.load_results(message.campaign_code, self._language)
                )
                rendered = message.render(results)
                return await self.send(rendered) if rendered else None
            case ReportPlaceholder():
                return await self.send(
                    message.render(
                        await self._load_or_none(
                            self._results_loader.load_report(message.campaign_code, self._language)
                        )
                    )
                )
            case CommentPlaceholder():
                comment = await self._load_comment(message)
                return await self.send(comment) if comment else None
            case Photo():
                return await self._send_photo_or_text(message)
            case Document():
                return await self._send_document(message)
            case PdfDocument():
                return await self._send_pdf(message)
            case ExportDocument():
                return await self._send_export(message)
            case ReplacementMessage():
                return await self._replace_or_send(message)
            case Message():
                return await self._send_text(message.text, make_inline_keyboard(message.buttons))

    async def edit_comment(self, message_id: int, placeholder: CommentPlaceholder) -> None:
        """The message there becomes what is said."""
        comment = await self._load_comment(placeholder)
        if comment:
            await self._edit_message(message_id, comment)

    async def _load_comment(self, placeholder: CommentPlaceholder) -> Message | None:
        """None: whoever asked is no coordinator of it any more."""
        if not await self._results_loader.is_coordinator_of(self._chat_id, placeholder.position.campaign):
            return None
        return placeholder.render(
            await self._load_or_none(
                self._results_loader.load_comment(placeholder.position, should_load_next=placeholder.should_load_next)
            )
        )

    async def _replace_or_send(self, replacement: ReplacementMessage) -> SentMessage | None:
        """The message, if it is a new one."""
        open_message_id, message = self._entry.open_message_id, replacement.message
        if (
            open_message_id is None
            or replacement.replace_since is None
            or self._entry.opened_at < replacement.replace_since
        ):
            return await self.send(message) if message else None
        if message is None:
            await call_unless_rejected(lambda: self._bot.delete_message(self._chat_id, open_message_id))
        else:
            await self._edit_message(open_message_id, message)
        return None

    async def _edit_message(self, message_id: int, message: Message) -> None:
        await call_unless_rejected(
            lambda: self._api_client.edit_message_text(
                self._chat_id, message_id, message.text, make_inline_keyboard(message.buttons)
            )
        )

    async def _load_or_none(self, loading: Awaitable[Result | None]) -> Result | None:
        try:
            return await loading
        except UNAVAILABLE_RESULTS_ERRORS as error:
            log.warning("results can't be shown", error=type(error).__name__)
            return None

    async def _send_photo_or_text(self, photo: Photo) -> SentMessage | None:
        """The picture with its words; where it can't be drawn or is not taken, what is said instead."""
        if can_draw(photo.drawing):
            try:
                return await self._send_photo(photo)
            except (ChatUnavailableError, InvalidToken):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, its words are still there
                self._image_worker.forget(photo.drawing)
                log.warning("a picture could not be said; its words are", error=type(error).__name__)
        return await self._send_text(photo.fallback, None) if photo.fallback else None

    async def _send_photo(self, photo: Photo) -> SentMessage | None:
        image = await self._get_image(photo.drawing, ChatAction.UPLOAD_PHOTO)
        chat, topic_id, parse_mode = self._chat_id, self._topic_id, ParseMode.HTML
        if isinstance(image, str):
            return await call_with_retry(lambda: self._api_client.send_photo(chat, image, photo.caption, topic_id))
        sent_message = await call_with_retry(
            lambda: self._bot.send_photo(
                chat, image, caption=photo.caption, parse_mode=parse_mode, message_thread_id=topic_id
            )
        )
        if sent_message:
            self._image_worker.remember_file_id(photo.drawing, sent_message.photo[-1].file_id)
        return make_sent_message(sent_message)

    async def _send_document(self, document: Document) -> SentMessage | None:
        """The file. Its bytes begin with the mark of UTF-8: without it some phones take the text for something else."""
        content = document.text.encode("utf-8-sig")
        return make_sent_message(
            await call_unless_rejected(lambda: self._send_file(content, document.file_name, document.caption))
        )

    async def _send_pdf(self, document: PdfDocument) -> SentMessage | None:
        try:
            content = await self._get_image(document.drawing, ChatAction.UPLOAD_DOCUMENT)
            sent_message = await call_with_retry(lambda: self._send_file(content, document.file_name, document.caption))
        except (ChatUnavailableError, InvalidToken):
            raise
        except Exception as error:  # noqa: BLE001 - as for pictures
            self._image_worker.forget(document.drawing)
            log.warning("a page could not be said", error=type(error).__name__)
            return await self._send_text(document.fallback, None)
        if sent_message and sent_message.document:
            self._image_worker.remember_file_id(document.drawing, sent_message.document.file_id)
        return make_sent_message(sent_message)

    async def _send_export(self, export: ExportDocument) -> SentMessage | None:
        can_access = partial(self._results_loader.is_coordinator_of, self._chat_id, export.campaign_code)
        try:
            return make_sent_message(
                await send_export(self._bot, self._chat_id, export, self._export_worker, can_access)
            )
        except ExportFailedError as error:
            return await self.send(export.render_fallback(error.reason))

    async def _send_file(self, content: str | bytes, file_name: str, caption: str) -> telegram.Message:
        chat, topic_id, parse_mode = self._chat_id, self._topic_id, ParseMode.HTML
        return await self._bot.send_document(
            chat, content, filename=file_name, caption=caption, parse_mode=parse_mode, message_thread_id=topic_id
        )

    async def _get_image(self, drawing: Drawing, action: ChatAction) -> str | bytes:
        """What is to be sent. While it is drawn, the chat shows that something is coming."""
        if isinstance(drawing, ResultCard) or self._image_worker.is_cached(drawing):
            return await self._image_worker.get_image(drawing)
        image, _ = await asyncio.gather(self._image_worker.get_image(drawing), self._show_action(action))
        return image

    async def _show_action(self, action: ChatAction) -> None:
        with suppress(TelegramError):
            await self._bot.send_chat_action(self._chat_id, action, message_thread_id=self._topic_id)

    async def _send_text(self, text: str, keyboard: InlineKeyboard | None) -> SentMessage | None:
        return await call_unless_rejected(
            lambda: self._api_client.send_message(self._chat_id, text, keyboard, self._topic_id)
        )


async def call_unless_rejected(make_call: Callable[[], Awaitable[Result]]) -> Result | None:
    """One call; what Telegram refuses for good is logged and left, so that the chat goes on."""
    try:
        return await call_with_retry(make_call)
    except CallRejectedError as error:
        log.warning("Telegram refused a call for good", reason=strip_quotes(str(error)))
        return None
