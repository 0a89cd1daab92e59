"""An update that fails again and again is set aside, and the chat goes on. A database that is away is not poison."""

import json
from contextlib import suppress
from typing import Any

import structlog
from telegram import Bot
from telegram.error import TelegramError

from bot import metrics
from bot.health import Absence
from bot.intake.direct_replies import Helpline
from bot.logs import where
from bot.telegram.api import say_once
from bot.telegram.updates import Incoming
from storage.conversations.dead_letters import put_aside
from storage.db.database import Database
from storage.errors import StorageAway

log = structlog.get_logger()
KINDS = ("message", "edited_message", "callback_query", "my_chat_member")


class Poison:
    """Sets updates aside."""

    def __init__(self, bot: Bot, database: Database, absence: Absence, helpline: Helpline) -> None:
        self._bot = bot
        self._database = database
        self._absence = absence
        self._helpline = helpline

    async def unread(self, raw: Any, fault: Exception) -> bool:
        """An update that can't be read: there is nobody to say sorry to. False: the database is away."""
        return await self._set_aside(None, raw, fault)

    async def failed(self, incoming: Incoming, raw: Any, fault: Exception) -> bool:
        """An update that failed at each try. The person hears a sorry, or who to ring; a button stops waiting.

        False: as above.
        """
        if not await self._set_aside(incoming.chat, raw, fault):
            return False
        person = incoming.person
        if person is not None and not await self._helpline.answers(incoming):
            await say_once(self._bot, person, "apology")
        if incoming.tap:
            with suppress(TelegramError):
                await self._bot.answer_callback_query(incoming.tap.callback)
        return True

    async def _set_aside(self, chat: int | None, raw: Any, fault: Exception) -> bool:
        error, place = type(fault).__name__, where(fault)
        kind = next((name for name in KINDS if isinstance(raw, dict) and name in raw), "other")
        try:
            await self._database.hop(put_aside, chat, kind, json.dumps(raw), error, place)
        except StorageAway as away:
            self._absence.noticed(away)
            return False
        except Exception as other:  # noqa: BLE001 - kept back, it would come again for ever, and end the bot each time
            log.error("an update could not be set aside", error=type(other).__name__, where=where(other))  # noqa: TRY400
        else:
            metrics.SET_ASIDE.inc()
            log.error("an update was set aside", kind=kind, error=error, where=place)
        return True
