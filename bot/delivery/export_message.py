"""Sends an export to a coordinator, and shows its progress in the chat while the file is written."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.delivery.export_worker import ExportFailedError, ExportWorker
from bot.logs import strip_quotes
from bot.render.messages import ExportDocument
from bot.telegram.api import ApiClient, CallRejectedError, SentMessage
from bot.telegram.http_client import FileUpload

log = structlog.get_logger()
PROGRESS_INTERVAL_SECONDS = 4.0  # Telegram shows a chat action for five
UPLOAD_BASE_SECONDS, UPLOAD_BYTES_PER_SECOND = 30.0, 100_000  # the slowest upload that is waited for


async def send_export(
    api_client: ApiClient,
    chat_id: int,
    export: ExportDocument,
    export_worker: ExportWorker,
    can_access: Callable[[], Awaitable[bool]],
) -> SentMessage | None:
    """Writes an export and sends it. Returns None if the chat may not have it.

    `can_access` is asked before and after the file is written, which may take minutes.

    Raises `ExportFailedError` if the file cannot be written or Telegram rejects it; `ChatUnavailableError`.
    """
    if not await can_access():
        return None
    async with _show_progress(api_client, chat_id, export) as progress:
        content = await export_worker.write_export(export.campaign_code, export.export_format, progress.set_percent)
    if not await can_access():
        return None
    upload = FileUpload(export.file_name, content, UPLOAD_BASE_SECONDS + len(content) / UPLOAD_BYTES_PER_SECOND)
    try:
        return await api_client.send_document(chat_id, upload, export.caption, export.buttons)
    except CallRejectedError as error:
        log.warning("Telegram rejected an export", reason=strip_quotes(str(error)))
        raise ExportFailedError("other") from error


@asynccontextmanager
async def _show_progress(
    api_client: ApiClient, chat_id: int, export: ExportDocument
) -> AsyncIterator["_ProgressDisplay"]:
    progress = _ProgressDisplay(api_client, chat_id, export)
    progress_task = asyncio.create_task(progress.run())
    try:
        yield progress
    except asyncio.CancelledError:
        progress_task.cancel()
        raise
    finally:
        progress.is_finished.set()
        await asyncio.wait({progress_task})  # a call that is under way ends before the file is sent


class _ProgressDisplay:
    """Shows that a file is being written and, if it takes a while, how much of it is. Failed calls are ignored."""

    def __init__(self, api_client: ApiClient, chat_id: int, export: ExportDocument) -> None:
        self.is_finished = asyncio.Event()
        self._api_client = api_client
        self._chat_id = chat_id
        self._export = export
        self._percent = 0
        self._message_id: int | None = None

    def set_percent(self, percent: int) -> None:
        self._percent = percent

    async def run(self) -> None:
        """Runs until `is_finished` is set, then deletes the message with the progress."""
        shown_percent = 0
        while not self.is_finished.is_set():
            await self._api_client.show_action(self._chat_id, ChatAction.UPLOAD_DOCUMENT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.is_finished.wait(), PROGRESS_INTERVAL_SECONDS)
            if self._percent > shown_percent and not self.is_finished.is_set():
                shown_percent = self._percent
                await self._show_text(self._export.render_progress(shown_percent))
        if self._message_id is not None:
            await self._call("deleteMessage", message_id=self._message_id)

    async def _show_text(self, text: str) -> None:
        if self._message_id is not None:
            await self._call("editMessageText", message_id=self._message_id, text=text)
        elif response := await self._call("sendMessage", text=text):
            self._message_id = response["message_id"]

    async def _call(self, method: str, **arguments: str | int) -> dict[str, int] | None:
        response: dict[str, int] | None = None
        with suppress(TelegramError):
            response = await self._api_client.call_once(method, {"chat_id": self._chat_id, **arguments})
        return response
