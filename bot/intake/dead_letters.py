"""Updates that fail repeatedly are moved to the dead letters, so that the chat goes on.

Failures of the database itself are no reason: those updates are delivered again.
"""

import json
from contextlib import suppress
from typing import Any

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot import metrics
from bot.health import DatabaseOutage
from bot.intake.direct_replies import HelplineNotifier
from bot.logs import locate_error
from bot.telegram.api import send_text_once
from bot.telegram.updates import IncomingUpdate
from storage.conversations.dead_letters import add_dead_letter
from storage.db.database import Database
from storage.errors import StorageUnavailableError

UPDATE_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")

log = structlog.get_logger()


class DeadLetterHandler:
    """Stores dead letters and tells the person. Its methods return False while the database is unavailable."""

    def __init__(
        self, bot: Bot, database: Database, database_outage: DatabaseOutage, helpline: HelplineNotifier
    ) -> None:
        self._bot = bot
        self._database = database
        self._database_outage = database_outage
        self._helpline = helpline

    async def handle_unreadable(self, raw: Any, error: Exception) -> bool:
        """Stores an update that cannot be parsed: its chat is unknown, so there is no apology."""
        return await self._store_dead_letter(None, raw, error)

    async def handle_failed(self, update: IncomingUpdate, raw: Any, error: Exception) -> bool:
        """Stores an update that failed at every attempt, sends an apology or the helpline, and releases the button."""
        if not await self._store_dead_letter(update.chat_id, raw, error):
            return False
        chat_id = update.private_chat_id
        if chat_id is not None and not await self._helpline.reply_to_distress(update):
            await send_text_once(self._bot, chat_id, "apology")
        if update.tap:
            with suppress(TelegramError):
                await self._bot.answer_callback_query(update.tap.callback_id)
        return True

    async def _store_dead_letter(self, chat_id: int | None, raw: Any, error: Exception) -> bool:
        error_name, origin = type(error).__name__, locate_error(error)
        kind = next((name for name in UPDATE_KINDS if isinstance(raw, dict) and name in raw), "other")
        try:
            await self._database.run_in_thread(add_dead_letter, chat_id, kind, json.dumps(raw), error_name, origin)
        except StorageUnavailableError as outage_error:
            self._database_outage.record_failure(outage_error)
            return False
        except Exception as storage_error:  # noqa: BLE001 - the update is given up: delivered again, it would fail forever
            where = locate_error(storage_error)
            log.error("dead letter could not be stored", error=type(storage_error).__name__, where=where)  # noqa: TRY400 - no traceback: it may quote what a person wrote
        else:
            metrics.DEAD_LETTERS.inc()
            log.error("update moved to dead letters", kind=kind, error=error_name, where=origin)
        return True
