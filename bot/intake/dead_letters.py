"""An update that fails again and again is set aside, and the chat goes on. A database that is away is not poison."""

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

log = structlog.get_logger()
UPDATE_KINDS = ("message", "edited_message", "callback_query", "my_chat_member")


class DeadLetterHandler:
    """Sets updates aside."""

    def __init__(
        self, bot: Bot, database: Database, database_outage: DatabaseOutage, helpline: HelplineNotifier
    ) -> None:
        self._bot = bot
        self._database = database
        self._database_outage = database_outage
        self._helpline = helpline

    async def handle_unreadable(self, raw: Any, error: Exception) -> bool:
        """An update that can't be read: there is nobody to say sorry to. False: the database is away."""
        return await self._store_dead_letter(None, raw, error)

    async def handle_failed(self, update: IncomingUpdate, raw: Any, error: Exception) -> bool:
        """An update that failed at each try. The person hears a sorry, or who to ring; a button stops waiting.

        False: as above.
        """
        if not await self._store_dead_letter(update.chat_id, raw, error):
            return False
        private_chat_id = update.private_chat_id
        if private_chat_id is not None and not await self._helpline.reply_to_distress(update):
            await send_text_once(self._bot, private_chat_id, "apology")
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
        except Exception as storage_error:  # noqa: BLE001 - kept back, it would come again for ever, and end the bot each time
            log.error(
                "an update could not be set aside",
                error=type(storage_error).__name__,
                where=locate_error(storage_error),
            )
        else:
            metrics.DEAD_LETTERS.inc()
            log.error("an update was set aside", kind=kind, error=error_name, where=origin)
        return True
