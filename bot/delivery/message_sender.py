"""Sends each kind of message that `render` makes: a text, a picture, a file, or one whose content is loaded first.

`entry_delivery.py` says which message is sent when; here is how. Text replaces what cannot be loaded, drawn or
uploaded.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog
from telegram.constants import ChatAction
from telegram.error import InvalidToken

from bot.delivery.export_message import send_export
from bot.delivery.export_worker import ExportFailedError, ExportWorker
from bot.delivery.image_worker import ImageWorker
from bot.delivery.results_loader import ResultsLoader
from bot.graphics.drawing import can_draw
from bot.graphics.result_card import ResultCard
from bot.render.localization import PromiseSettings
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
    MediaForbiddenError,
    SentMessage,
    log_rejected_call,
)
from bot.telegram.http_client import FileUpload
from flows.errors import UnknownFlowError
from storage.campaigns.repository import UnknownCampaignError
from storage.conversations.outbox import OutboxEntry
from storage.db.database import Database

log = structlog.get_logger()
UNAVAILABLE_RESULTS_ERRORS = (UnknownFlowError, UnknownCampaignError)
PHOTO_FILE_NAME = "picture.png"

Result = TypeVar("Result")
Placeholder = ResultsPlaceholder | ReportPlaceholder | CommentPlaceholder


@dataclass(frozen=True, slots=True)
class DeliveryServices:
    """What the deliveries of one worker share. `stop_event` is set when the bot stops."""

    api_client: ApiClient
    database: Database
    promise_settings: PromiseSettings
    image_worker: ImageWorker
    results_loader: ResultsLoader
    export_worker: ExportWorker
    stop_event: asyncio.Event


class MessageSender:
    """Sends messages to the chat of one outbox entry.

    All methods raise `ChatUnavailableError`, and python-telegram-bot's `InvalidToken`.
    """

    def __init__(self, entry: OutboxEntry, services: DeliveryServices) -> None:
        self._entry = entry
        self._services = services
        self._api_client = services.api_client
        self._chat_id = entry.chat_id
        self._topic_id = entry.content.topic_id

    async def send(self, message: NewMessage) -> SentMessage | None:
        """Sends a message. Returns None if nothing new is in the chat."""
        match message:
            case Message():
                return await self._api_client.send_message(self._chat_id, message.text, message.buttons, self._topic_id)
            case Photo() | PdfDocument():
                return await self._send_drawing_or_text(message)
            case Document():
                return await self._send_document(message)
            case ExportDocument():
                return await self._send_export(message)
            case ReplacementMessage():
                return await self._replace_or_send(message)
            case ResultsPlaceholder() | ReportPlaceholder() | CommentPlaceholder():
                loaded_message = await self._load(message)
                return await self.send(loaded_message) if loaded_message else None

    async def edit_comment(self, message_id: int, placeholder: CommentPlaceholder) -> None:
        """Replaces a message by the comment, as it is now."""
        if comment := await self._load_comment(placeholder):
            await self._edit_message(message_id, comment)

    async def _load(self, placeholder: Placeholder) -> NewMessage | None:
        results_loader, language = self._services.results_loader, self._entry.content.language
        match placeholder:
            case ResultsPlaceholder():
                results = await _load_or_none(results_loader.load_results(placeholder.campaign_code, language))
                return placeholder.render(results)
            case ReportPlaceholder():
                report = await _load_or_none(results_loader.load_report(placeholder.campaign_code, language))
                return placeholder.render(report)
            case CommentPlaceholder():
                return await self._load_comment(placeholder)

    async def _load_comment(self, placeholder: CommentPlaceholder) -> Message | None:
        """Returns None if the chat no longer coordinates the campaign."""
        results_loader, position = self._services.results_loader, placeholder.position
        if not await results_loader.is_coordinator_of(self._chat_id, position.campaign):
            return None
        return placeholder.render(
            await _load_or_none(results_loader.load_comment(position, should_load_next=placeholder.should_load_next))
        )

    async def _replace_or_send(self, replacement: ReplacementMessage) -> SentMessage | None:
        message, message_id = replacement.message, self._find_replaced_message(replacement)
        if message_id is None:
            return await self.send(message) if message else None
        if message is None:
            await self._api_client.delete_message(self._chat_id, message_id)
        else:
            await self._edit_message(message_id, message)
        return None

    def _find_replaced_message(self, replacement: ReplacementMessage) -> int | None:
        """The id of the message with the newest buttons, if it is new enough to be replaced."""
        since = replacement.replace_since
        return self._entry.open_message_id if since is not None and self._entry.opened_at >= since else None

    async def _edit_message(self, message_id: int, message: Message) -> None:
        await self._api_client.edit_message_text(self._chat_id, message_id, message.text, message.buttons)

    async def _send_drawing_or_text(self, message: Photo | PdfDocument) -> SentMessage | None:
        if can_draw(message.drawing):
            try:
                return await self._send_drawing(message)
            except (ChatUnavailableError, InvalidToken):
                raise
            except Exception as error:  # noqa: BLE001 - whatever it is, the text can still be sent
                self._services.image_worker.discard(message.drawing)
                log.warning(
                    "a drawing could not be sent; its text is sent instead",
                    kind=type(message).__name__,
                    error=type(error).__name__,
                )
        return await self.send(Message(message.fallback)) if message.fallback else None

    async def _send_drawing(self, message: Photo | PdfDocument) -> SentMessage | None:
        """Raises `CallRejectedError`, and whatever drawing raises."""
        image_worker, drawing = self._services.image_worker, message.drawing
        if file_id := await image_worker.file_ids.find(drawing):
            try:
                return await self._send_file(message, file_id)
            except MediaForbiddenError:
                raise
            except CallRejectedError:  # Telegram has forgotten the file: it is drawn again
                await image_worker.file_ids.forget(drawing)
        sent_message = await self._send_file(message, await self._draw(message))
        if sent_message and sent_message.file_id:
            image_worker.file_ids.remember(drawing, sent_message.file_id)
            image_worker.discard(drawing)
        return sent_message

    async def _send_file(self, message: Photo | PdfDocument, image: str | bytes) -> SentMessage | None:
        """Sends a drawing by its file id or as bytes. Raises `CallRejectedError`."""
        is_photo = isinstance(message, Photo)
        file_name = PHOTO_FILE_NAME if isinstance(message, Photo) else message.file_name
        file = FileUpload(file_name, image) if isinstance(image, bytes) else image
        if is_photo:
            return await self._api_client.send_photo(self._chat_id, file, message.caption, self._topic_id)
        return await self._api_client.send_document(self._chat_id, file, message.caption, topic_id=self._topic_id)

    async def _draw(self, message: Photo | PdfDocument) -> bytes:
        """Draws, while the chat shows that something is coming. A result card takes too little time for that."""
        image_worker, drawing = self._services.image_worker, message.drawing
        if isinstance(drawing, ResultCard) or image_worker.is_drawn(drawing):
            return await image_worker.draw(drawing)
        action = ChatAction.UPLOAD_PHOTO if isinstance(message, Photo) else ChatAction.UPLOAD_DOCUMENT
        show_action = self._api_client.show_action(self._chat_id, action, self._topic_id)
        image, _ = await asyncio.gather(image_worker.draw(drawing), show_action)
        return image

    async def _send_document(self, document: Document) -> SentMessage | None:
        # Without the byte order mark, some phones take the text for another encoding.
        upload = FileUpload(document.file_name, document.text.encode("utf-8-sig"))
        try:
            return await self._api_client.send_document(
                self._chat_id, upload, document.caption, topic_id=self._topic_id
            )
        except CallRejectedError as error:
            log_rejected_call(error)
            return None

    async def _send_export(self, export: ExportDocument) -> SentMessage | None:
        services = self._services
        can_access = partial(services.results_loader.is_coordinator_of, self._chat_id, export.campaign_code)
        try:
            return await send_export(self._api_client, self._chat_id, export, services.export_worker, can_access)
        except ExportFailedError as error:
            return await self.send(export.render_fallback(error.reason))


async def _load_or_none(loading: Awaitable[Result | None]) -> Result | None:
    try:
        return await loading
    except UNAVAILABLE_RESULTS_ERRORS as error:
        log.warning("results cannot be shown", error=type(error).__name__)
        return None
