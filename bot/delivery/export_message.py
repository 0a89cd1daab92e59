"""A download, handed over in a chat: while it is written the chat shows that something is coming, and how far it is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog
import telegram
from telegram import Bot, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import TelegramError

from bot.delivery.export_worker import Packing, Unpacked
from bot.logs import unquoted
from bot.render.messages import Download
from bot.telegram.api import Refused, call, keyboard

log = structlog.get_logger()
PAUSE = 4.0  # seconds; Telegram shows an action for five
SECONDS, BYTES_A_SECOND = 30.0, 100_000  # that a file is given on its way to Telegram


async def hand_over(
    bot: Bot,
    chat: int,
    say: Download,
    packing: Packing,
    may: Callable[[], Awaitable[bool]],
) -> telegram.Message | None:
    """Writes the file and sends it, unless the chat may not have it (any more). Raises `Unpacked` where there is none
    or it is not taken; `Unwelcome`.
    """
    if not await may():
        return None
    async with _company(bot, chat, say) as company:
        content = await packing.pack(say.campaign, say.format, company.note)
    if not await may():  # it may have taken minutes
        return None
    html, patience = ParseMode.HTML, SECONDS + len(content) / BYTES_A_SECOND
    buttons = keyboard(say.buttons)
    markup = InlineKeyboardMarkup.de_json(dict(buttons), bot) if buttons else None

    async def send() -> telegram.Message:
        return await bot.send_document(
            chat,
            content,
            filename=say.name,
            caption=say.caption,
            parse_mode=html,
            reply_markup=markup,
            read_timeout=patience,
        )

    try:
        return await call(send)
    except Refused as fault:
        log.warning("Telegram refused a download for good", reason=unquoted(str(fault)))
        raise Unpacked("other") from fault


@asynccontextmanager
async def _company(bot: Bot, chat: int, say: Download) -> AsyncIterator["_Company"]:
    """What the chat shows meanwhile. What is under way at the end is finished first, unless the bot stops."""
    company = _Company(bot, chat, say)
    keeping = asyncio.create_task(company.keep())
    try:
        yield company
    except asyncio.CancelledError:
        keeping.cancel()
        raise
    finally:
        company.over.set()
        await asyncio.wait({keeping})


class _Company:
    """Shows that something is coming, and how far it is, until it is over. Whatever fails here is left."""

    def __init__(self, bot: Bot, chat: int, say: Download) -> None:
        self.over = asyncio.Event()
        self._bot = bot
        self._chat = chat
        self._say = say
        self._hundredths = 0
        self._message: int | None = None

    def note(self, hundredths: int) -> None:
        """So much is written."""
        self._hundredths = hundredths

    async def keep(self) -> None:
        """Until it is over. Where it does not take long, there is no message."""
        told = 0
        while not self.over.is_set():
            with suppress(TelegramError):
                await self._bot.send_chat_action(self._chat, ChatAction.UPLOAD_DOCUMENT)
            with suppress(TimeoutError):
                await asyncio.wait_for(self.over.wait(), PAUSE)
            if self._hundredths > told and not self.over.is_set():
                told = self._hundredths
                with suppress(TelegramError):
                    await self._tell(self._say.progress(told))
        if self._message is not None:
            with suppress(TelegramError):
                await self._bot.delete_message(self._chat, self._message)

    async def _tell(self, text: str) -> None:
        """How far it is, in one message that changes."""
        if self._message is None:
            self._message = (await self._bot.send_message(self._chat, text)).message_id
        else:
            await self._bot.edit_message_text(text, self._chat, self._message)
