"""The database is away: whoever writes meanwhile is told so, once, and only when it takes more than a moment."""

import asyncio
import time
from collections import OrderedDict

from telegram import Bot

from bot.health import DatabaseOutage
from bot.telegram.api import send_text_once
from bot.telegram.updates import IncomingUpdate
from flows.loader import DEFAULT_FLOW_ID, load_walk
from flows.text.matching import contains_phrase

# @@DOC Words of distress that no turn can answer: who to ring is said at once all the same, past the outbox.
HELPLINE_INTERVAL_SECONDS = 60.0  # seconds in which the same is not said twice in a chat
MAX_REMEMBERED_CHATS = 10_000  # chats


class HelplineNotifier:
    """Says who to ring."""

    def __init__(self, bot: Bot) -> None:
        self._bot = bot
        self._sent_at: OrderedDict[int, float] = OrderedDict()

    async def reply_to_distress(self, update: IncomingUpdate) -> bool:
        """Whether these are words of distress of one person, and who to ring stands in the chat."""
        chat = update.private_chat_id
        return chat is not None and await is_distressed(update) and await self.ensure_sent(chat)

    async def ensure_sent(self, chat_id: int) -> bool:
        """Whether who to ring stands in the chat: said now, or just before."""
        now = time.monotonic()
        if now - self._sent_at.get(chat_id, float("-inf")) > HELPLINE_INTERVAL_SECONDS:
            self._record_sent(chat_id, now)
            if not await send_text_once(self._bot, chat_id, "helpline_who"):
                self._sent_at.pop(chat_id, None)
        return chat_id in self._sent_at

    def _record_sent(self, chat_id: int, now: float) -> None:
        self._sent_at[chat_id] = now
        self._sent_at.move_to_end(chat_id)
        if len(self._sent_at) > MAX_REMEMBERED_CHATS:
            self._sent_at.popitem(last=False)


async def is_distressed(update: IncomingUpdate) -> bool:
    """Whether typed or edited words are of distress. In a thread, as in a turn: long words take a while."""
    return bool(update.text) and await asyncio.to_thread(contains_distress, update.text)


def contains_distress(text: str) -> bool:
    """Whether they are in any language: the run, which knows its own, can't be read now."""
    return any(
        contains_phrase(text, labels.distress_phrases) for labels in load_walk(DEFAULT_FLOW_ID).flow.labels.values()
    )


MAX_REMEMBERED_UPDATES = 10_000  # updates
NOTICE_DELAY_SECONDS = 5.0  # seconds: a database that restarts is back by then


class OutageNotifier:
    """Knows who was told during this absence. Words of distress don't wait for the moment to pass."""

    def __init__(self, bot: Bot, database_outage: DatabaseOutage, helpline: HelplineNotifier) -> None:
        self._bot = bot
        self._database_outage = database_outage
        self._helpline = helpline
        self._reset(None)

    async def notify(self, update: IncomingUpdate) -> None:
        """An update could not be kept; it may have come before."""
        if self._database_outage.started_at != self._started_at:
            self._reset(self._database_outage.started_at)
        chat = update.private_chat_id
        if chat is None or await self._handle_distress(chat, update):
            return
        # Who to ring stays the last word in the chat until more is written there.
        if (
            chat not in self._notified_chats
            and self._is_long_outage()
            and update.update_id > self._helpline_updates.get(chat, -1)
        ):
            self._notified_chats.add(chat)
            await send_text_once(self._bot, chat, "back_soon")

    async def _handle_distress(self, chat_id: int, update: IncomingUpdate) -> bool:
        """Whether who to ring is the answer to this update. It is said once, and tried until it could be."""
        update_id = update.update_id
        if chat_id in self._helpline_updates or update_id in self._calm_updates:
            return self._helpline_updates.get(chat_id) == update_id
        if not await is_distressed(update):
            if len(self._calm_updates) >= MAX_REMEMBERED_UPDATES:
                self._calm_updates.clear()  # those that come again are read again
            self._calm_updates.add(update_id)
            return False
        if await self._helpline.ensure_sent(chat_id):
            self._helpline_updates[chat_id] = update_id
        return True

    def _is_long_outage(self) -> bool:
        return self._started_at is not None and time.monotonic() - self._started_at > NOTICE_DELAY_SECONDS

    def _reset(self, started_at: float | None) -> None:
        self._started_at = started_at
        self._notified_chats: set[int] = set()
        self._helpline_updates: dict[int, int] = {}  # chat: the update
        self._calm_updates: set[int] = set()  # updates without words of distress
