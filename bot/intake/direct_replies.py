"""Messages that bypass the outbox when no turn is possible: the helpline, and a notice that the database is away."""

import asyncio
import time

from cachetools import LRUCache, TTLCache
from telegram import Bot

from bot.health import DatabaseOutage
from bot.telegram.api import send_text_once
from bot.telegram.updates import IncomingUpdate
from flows.loader import DEFAULT_FLOW_ID, load_walk
from flows.text.matching import contains_phrase

HELPLINE_INTERVAL_SECONDS = 60.0  # between two helpline messages in one chat
MAX_REMEMBERED_CHATS = 10_000
MAX_REMEMBERED_UPDATES = 10_000
NOTICE_DELAY_SECONDS = 5.0  # a database that restarts is back by then


class HelplineNotifier:
    """Sends the helpline's number, at most once a minute in each chat."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._recent_chats: TTLCache[int, bool] = TTLCache(MAX_REMEMBERED_CHATS, HELPLINE_INTERVAL_SECONDS)

    async def reply_to_distress(self, update: IncomingUpdate) -> bool:
        """Whether one person wrote words of distress and the helpline was sent."""
        chat_id = update.private_chat_id
        return chat_id is not None and await is_distressed(update) and await self.ensure_sent(chat_id)

    async def ensure_sent(self, chat_id: int) -> bool:
        """Whether the helpline was sent to the chat, now or within the last minute."""
        if chat_id in self._recent_chats:
            return True
        self._recent_chats[chat_id] = True  # before it is sent, so that two updates at once send it once
        is_sent = await send_text_once(self._bot, chat_id, "helpline_who")
        if not is_sent:
            self._recent_chats.pop(chat_id, None)
        return is_sent


class OutageNotifier:
    """Tells each person once per outage that the bot will be back. Words of distress get the helpline at once."""

    def __init__(self, bot: Bot, database_outage: DatabaseOutage, helpline: HelplineNotifier) -> None:
        self._bot = bot
        self._database_outage = database_outage
        self._helpline = helpline
        self._reset(None)

    async def notify(self, update: IncomingUpdate) -> None:
        """An update could not be stored; Telegram may have delivered it before."""
        if self._database_outage.started_at != self._started_at:
            self._reset(self._database_outage.started_at)
        chat_id = update.private_chat_id
        if chat_id is None or await self._handle_distress(chat_id, update):
            return
        # The helpline stays the last message in the chat until the person writes again.
        is_newer = update.update_id > self._helpline_updates.get(chat_id, -1)
        if chat_id not in self._notified_chats and self._is_long_outage() and is_newer:
            self._notified_chats.add(chat_id)
            await send_text_once(self._bot, chat_id, "back_soon")

    async def _handle_distress(self, chat_id: int, update: IncomingUpdate) -> bool:
        """Whether the helpline answers this update. It is sent once per outage, and retried until it succeeds."""
        update_id = update.update_id
        if chat_id in self._helpline_updates or update_id in self._calm_updates:
            return self._helpline_updates.get(chat_id) == update_id
        if not await is_distressed(update):
            self._calm_updates[update_id] = True
            return False
        if await self._helpline.ensure_sent(chat_id):
            self._helpline_updates[chat_id] = update_id
        return True

    def _is_long_outage(self) -> bool:
        return self._started_at is not None and time.monotonic() - self._started_at > NOTICE_DELAY_SECONDS

    def _reset(self, started_at: float | None) -> None:
        self._started_at = started_at
        self._notified_chats: set[int] = set()
        self._helpline_updates: dict[int, int] = {}  # the update that the helpline answered, by chat
        # Updates without words of distress: Telegram delivers them again and again during an outage.
        self._calm_updates: LRUCache[int, bool] = LRUCache(MAX_REMEMBERED_UPDATES)


async def is_distressed(update: IncomingUpdate) -> bool:
    """Whether typed or edited text contains words of distress. Runs in a thread, as long text takes a while."""
    return bool(update.text) and await asyncio.to_thread(contains_distress, update.text)


def contains_distress(text: str) -> bool:
    """Whether the text contains words of distress in any language: the run, which has one, cannot be read now."""
    return any(
        contains_phrase(text, labels.distress_phrases) for labels in load_walk(DEFAULT_FLOW_ID).flow.labels.values()
    )
