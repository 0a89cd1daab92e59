"""A download, handed over in a chat: while it is written the chat shows that something is coming, and how far it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
import telegram
from telegram import Bot, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError

from bot.delivery.export_worker import ExportFailedError, ExportWorker
from bot.logs import strip_quotes
from bot.render.messages import ExportDocument
from bot.telegram.api import CallRejectedError, call_with_retry, make_inline_keyboard

log = structlog.get_logger()
PROGRESS_INTERVAL_SECONDS = 4.0  # seconds; Telegram shows an action for five
UPLOAD_BASE_SECONDS, UPLOAD_BYTES_PER_SECOND = 30.0, 100_000  # that a file is given on its way to Telegram


async def send_export(
    bot: Bot,
    chat_id: int,
    export: ExportDocument,
    export_worker: ExportWorker,
    can_access: Callable[[], Awaitable[bool]],
) -> telegram.Message | None:
    """Writes the file and sends it, unless the chat may not have it (any more). Raises `Unpacked` where there is none
    or it is not taken; `Unwelcome`.
    """
    if not await can_access():
        return None
    async with _show_progress(bot, chat_id, export) as progress:
        content = await export_worker.write_export(export.campaign_code, export.export_format, progress.set_percent)
    if not await can_access():  # it may have taken minutes
        return None
    parse_mode, timeout_seconds = ParseMode.HTML, UPLOAD_BASE_SECONDS + len(content) / UPLOAD_BYTES_PER_SECOND
    buttons = make_inline_keyboard(export.buttons)
    markup = InlineKeyboardMarkup.de_json(dict(buttons), bot) if buttons else None

    async def send() -> telegram.Message:
        return await bot.send_document(
            chat_id,
            content,
            filename=export.file_name,
            caption=export.caption,
            parse_mode=parse_mode,
            reply_markup=markup,
            read_timeout=timeout_seconds,
        )

    try:
        return await call_with_retry(send)
    except CallRejectedError as error:
        log.warning("Telegram refused a download for good", reason=strip_quotes(str(error)))
        raise ExportFailedError("other") from error


@asynccontextmanager
async def _show_progress(bot: Bot, chat_id: int, export: ExportDocument) -> AsyncIterator["_ProgressDisplay"]:
    """What the chat shows meanwhile. What is under way at the end is finished first, unless the bot stops."""
    progress = _ProgressDisplay(bot, chat_id, export)
    progress_task = asyncio.create_task(progress.run())
    try:
        yield progress
    except asyncio.CancelledError:
        progress_task.cancel()
        raise
    finally:
        progress.is_finished.set()
        await asyncio.wait({progress_task})


class _ProgressDisplay:
    """Shows that something is coming, and how far it is, until it is over. Whatever fails here is left."""

    def __init__(self, bot: Bot, chat_id: int, export: ExportDocument) -> None:
        self.is_finished = asyncio.Event()
        self._bot = bot
        self._chat_id = chat_id
        self._export = export
        self._percent = 0
        self._message_id: int | None = None

    def set_percent(self, percent: int) -> None:
        """So much is written."""
        self._percent = percent

    async def run(self) -> None:
        """Until it is over. Where it does not take long, there is no message."""
        shown_percent = 0
        while not self.is_finished.is_set():
            with suppress(TelegramError):
                await self._bot.send_chat_action(self._chat_id, ChatAction.UPLOAD_DOCUMENT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.is_finished.wait(), PROGRESS_INTERVAL_SECONDS)
            if self._percent > shown_percent and not self.is_finished.is_set():
                shown_percent = self._percent
                with suppress(TelegramError):
                    await self._show_text(self._export.render_progress(shown_percent))
        if self._message_id is not None:
            with suppress(TelegramError):
                await self._bot.delete_message(self._chat_id, self._message_id)

    async def _show_text(self, text: str) -> None:
        """How far it is, in one message that changes."""
        if self._message_id is None:
            self._message_id = (await self._bot.send_message(self._chat_id, text)).message_id
        else:
            await self._bot.edit_message_text(text, self._chat_id, self._message_id)
