"""Takes updates in: each through python-telegram-bot's Application into one turn, chats side by side, each in order."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext, TypeHandler

from bot import turns
from bot.inbound import Incoming, inbound
from bot.sender import Sender
from bot.words import FIRST, spoken
from storage.database import Database
from storage.faults import StorageAway
from storage.outbox import block

log = structlog.get_logger()
AnyApplication = Application[Any, Any, Any, Any, Any, Any]
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)  # seconds before trying again while the database is away; then always the last


class Taking:
    """Takes updates in. An update counts as taken in once its turn is committed, or it can never be."""

    def __init__(self, application: AnyApplication, database: Database, sender: Sender) -> None:
        self._application = application
        self._database = database
        self._sender = sender
        self._failed: dict[int, Exception] = {}
        application.add_handler(TypeHandler(Update, self._turn))
        application.add_error_handler(self._collect)

    async def take_in(self, batch: list[dict[str, Any]]) -> None:
        """Takes in a batch of raw updates. Returns when every one of them is committed, or was set aside."""
        chats: dict[int, list[Update]] = {}
        for raw in batch:
            update = self._read(raw)
            if update is not None:
                chats.setdefault(update.effective_chat.id if update.effective_chat else 0, []).append(update)
        await asyncio.gather(*(self._one_chat(updates) for updates in chats.values()))

    def _read(self, raw: dict[str, Any]) -> Update | None:
        """One update that can't be read doesn't hold up the others."""
        try:
            return Update.de_json(raw, self._application.bot)
        except Exception as fault:  # noqa: BLE001 - whatever its shape does to the library, it is that update's alone
            log.warning("an update could not be read", error=type(fault).__name__)
            return None

    async def _one_chat(self, updates: list[Update]) -> None:
        for update in updates:
            await self._until_kept(update)

    async def _until_kept(self, update: Update) -> None:
        tries = 0
        while isinstance(fault := await self._process(update), StorageAway):
            log.error("the database is away: nothing is acknowledged until it is back", tries=tries)
            await asyncio.sleep(PAUSES[min(tries, len(PAUSES) - 1)])
            tries += 1
        if fault is not None:
            await self._apologise(update, fault)

    async def _process(self, update: Update) -> Exception | None:
        """The Application swallows what a handler raises and hands it to error handlers: collected there."""
        await self._application.process_update(update)
        return self._failed.pop(update.update_id, None)

    async def _collect(self, update: object, context: CallbackContext[Any, Any, Any, Any]) -> None:
        if isinstance(update, Update) and context.error is not None:
            self._failed[update.update_id] = context.error

    async def _turn(self, update: Update, _: CallbackContext[Any, Any, Any, Any]) -> None:
        incoming = inbound(update, self._application.bot.username)
        if incoming is not None:
            await self._kept(incoming)
            self._sender.wake(incoming.chat)

    async def _kept(self, incoming: Incoming) -> None:
        if incoming.about == "blocked":
            await self._database.hop(block, incoming.chat)
        elif incoming.about == "group":
            await self._database.hop(turns.greet_group, incoming)
        else:
            await self._database.hop(turns.take_turn, incoming, incoming.about, datetime.now(UTC))

    async def _apologise(self, update: Update, fault: Exception) -> None:
        """One plain sentence to the person; a log line that says where, and nothing of what they wrote."""
        log.error("a turn failed", error=type(fault).__name__, where=where(fault))
        if update.effective_chat is None:
            return
        try:
            await self._application.bot.send_message(update.effective_chat.id, spoken(FIRST).text("apology"))
        except TelegramError as again:
            log.warning("an apology could not be said", error=type(again).__name__)


def where(fault: BaseException) -> str:
    """The file and line that raised it. Its text is left out: it may quote what somebody wrote."""
    trace = fault.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "nowhere"
