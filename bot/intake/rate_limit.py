"""The rate limit of a chat: beyond a burst, its updates get no turn, so that one chat cannot slow down the others."""

import time
from collections.abc import Callable
from enum import Enum, auto

from cachetools import LRUCache, TTLCache

from bot.render.localization import DEFAULT_LANGUAGE
from flows.events import NoticeShown
from flows.loader import DEFAULT_FLOW_ID
from storage.conversations.chats import delete_idle_chat, lock_chat
from storage.conversations.outbox import OutboxContent, add_entry
from storage.db.database import Database

MAX_BURST_UPDATES = 60  # more than a person taps, types or forwards at once
MAX_UPDATES_PER_SECOND = 10.0  # after the burst: faster than any thumb, and a hundredth of what one process can take
REFILL_SECONDS = MAX_BURST_UPDATES / MAX_UPDATES_PER_SECOND + 1  # until a bucket is certainly full, rounding included
MAX_REMEMBERED_ENTRIES = 10_000  # chats, and updates
TOO_MANY_UPDATES_CONTENT = OutboxContent("", DEFAULT_FLOW_ID, DEFAULT_LANGUAGE, (NoticeShown("too_many"),))

Bucket = tuple[float, float, bool]  # tokens, when they were counted, whether the person was notified


class RateDecision(Enum):
    """What to do with an update."""

    ALLOW = auto()
    NOTIFY = auto()  # too many: no turn, and the person is notified once
    DROP = auto()  # too many, and the person was notified


class RateLimiter:
    """One token bucket per chat (RFC 2697): full at first, refilled at `MAX_UPDATES_PER_SECOND`."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        # A bucket that must be full again is the same as none, so it may expire.
        self._buckets: TTLCache[int, Bucket] = TTLCache(MAX_REMEMBERED_ENTRIES, REFILL_SECONDS, timer=clock)
        self._decisions: LRUCache[int, RateDecision] = LRUCache(MAX_REMEMBERED_ENTRIES)

    def check(self, chat_id: int, update_id: int) -> RateDecision:
        """Counts an update of this chat once, however often Telegram delivers it."""
        decision = self._decisions.get(update_id)
        if decision is None:
            decision = self._decisions[update_id] = self._decide(chat_id)
        return decision

    def forget(self, update_id: int) -> None:
        """The update was processed. A refused one stays refused if Telegram delivers it again."""
        if self._decisions.get(update_id) is RateDecision.ALLOW:
            del self._decisions[update_id]

    def _decide(self, chat_id: int) -> RateDecision:
        now = self._clock()
        tokens, counted_at, is_notified = self._buckets.get(chat_id) or (float(MAX_BURST_UPDATES), now, False)
        tokens = min(MAX_BURST_UPDATES, tokens + (now - counted_at) * MAX_UPDATES_PER_SECOND)
        if tokens < 1:
            self._buckets[chat_id] = (tokens, now, True)
            return RateDecision.DROP if is_notified else RateDecision.NOTIFY
        self._buckets[chat_id] = (tokens - 1, now, is_notified and tokens < MAX_BURST_UPDATES / 2)
        return RateDecision.ALLOW


def add_rate_limit_notice(database: Database, chat_id: int) -> None:
    """Adds a notice to the outbox, behind what waits there. Raises `StorageUnavailableError`."""
    with database.transaction() as session:
        lock_chat(session, chat_id)
        add_entry(session, chat_id, TOO_MANY_UPDATES_CONTENT)
        delete_idle_chat(session, chat_id)
