"""Takes updates in: each through python-telegram-bot's Application into one turn, chats side by side, each in order."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from telegram import Update
from telegram.error import TelegramError
from telegram.ext import Application, CallbackContext, TypeHandler

from bot import turns
from bot.calling import apologise
from bot.inbound import Incoming, inbound
from bot.logs import where
from bot.sender import Sender
from storage.database import Database
from storage.faults import StorageAway

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

    async def take_in(self, batch: list[dict[str, Any]], stopping: asyncio.Event) -> bool:
        """Takes in a batch of raw updates. True: every one of them is committed, or was set aside.

        False: it is time to stop, and the database is still away.
        """
        chats: dict[int, list[Update]] = {}
        for chat, update in filter(None, map(self._read, batch)):
            chats.setdefault(chat, []).append(update)
        return all(await asyncio.gather(*(self._one_chat(updates, stopping) for updates in chats.values())))

    def _read(self, raw: dict[str, Any]) -> tuple[int, Update] | None:
        """An update with its chat's id. One that can't be read doesn't hold up the others."""
        try:
            update = Update.de_json(raw, self._application.bot)
            return int(update.effective_chat.id) if update.effective_chat else 0, update
        except Exception as fault:  # noqa: BLE001 - whatever its shape does to the library, it is that update's alone
            log.warning("an update could not be read", error=type(fault).__name__)
            return None

    async def _one_chat(self, updates: list[Update], stopping: asyncio.Event) -> bool:
        for update in updates:
            if not await self._until_kept(update, stopping):
                return False
        return True

    async def _until_kept(self, update: Update, stopping: asyncio.Event) -> bool:
        tries = 0
        while isinstance(fault := await self._process(update), StorageAway):
            log.error("the database is away: nothing is acknowledged until it is back", tries=tries)
            with suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), PAUSES[min(tries, len(PAUSES) - 1)])
                return False
            tries += 1
        if fault is not None:
            await self._apologise(update, fault)
        return True

    async def _process(self, update: Update) -> Exception | None:
        """The Application swallows what a handler raises and hands it to error handlers: collected there.

        What it raises itself, on an update of odd shape, is no less that update's fault.
        """
        try:
            await self._application.process_update(update)
        except Exception as fault:  # noqa: BLE001 - as above
            return fault
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
            await self._database.hop(turns.take_block, incoming)
        elif incoming.about == "group":
            await self._database.hop(turns.greet_group, incoming)
        else:
            await self._database.hop(turns.take_turn, incoming, incoming.about, datetime.now(UTC))

    async def _apologise(self, update: Update, fault: Exception) -> None:
        """A log line that says where, and nothing of what they wrote. A button that was pressed stops waiting."""
        log.error("a turn failed", error=type(fault).__name__, where=where(fault))
        if update.effective_chat:
            await apologise(self._application.bot, update.effective_chat.id)
        if update.callback_query:
            with suppress(TelegramError):
                await update.callback_query.answer()
