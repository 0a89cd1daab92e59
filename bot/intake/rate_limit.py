"""One chat that sends without end must not slow the others: beyond a burst, its updates get no turn."""

import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto

from bot.render.localization import DEFAULT_LANGUAGE
from flows.events import NoticeShown
from flows.loader import DEFAULT_FLOW_ID
from storage.conversations.chats import delete_idle_chat, lock_chat
from storage.conversations.outbox import OutboxContent, add_entry
from storage.db.database import Database

MAX_BURST_UPDATES = 60  # updates at once: more than a person taps, types or forwards
MAX_UPDATES_PER_SECOND = (
    10.0  # updates a second after that: no thumb is faster, and a hundredth of what one process takes
)
REFILL_SECONDS = MAX_BURST_UPDATES / MAX_UPDATES_PER_SECOND + 1  # seconds, and one for rounding
MAX_REMEMBERED_ENTRIES = 10_000  # chats; and updates
TOO_MANY_UPDATES_CONTENT = OutboxContent("", DEFAULT_FLOW_ID, DEFAULT_LANGUAGE, (NoticeShown("too_many"),))


class RateDecision(Enum):
    """What is to be done with an update."""

    ALLOW = auto()
    NOTIFY = auto()  # too many: it gets no turn, and the person is told, once
    DROP = auto()  # too many, and the person was told


class RateLimiter:
    """A bucket a chat (RFC 2697 calls it a token bucket): full at first, refilled with time. One that must be full
    again is as one that was never there: nothing is kept of chats that are quiet.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[int, tuple[float, float, bool]] = OrderedDict()  # what is left, when, told
        self._decisions: OrderedDict[int, RateDecision] = OrderedDict()

    def check(self, chat_id: int, update_id: int) -> RateDecision:
        """Counts one update of this chat. One that could not be kept comes again, and is no flood: it counts once."""
        if update_id not in self._decisions:
            self._decisions[update_id] = self._decide(chat_id)
            if len(self._decisions) > MAX_REMEMBERED_ENTRIES:
                self._decisions.popitem(last=False)
        return self._decisions[update_id]

    def forget(self, update_id: int) -> None:
        """The update was taken in, and the chat knows so. One that got no turn may come again, and gets none then."""
        if self._decisions.get(update_id) is RateDecision.ALLOW:
            del self._decisions[update_id]

    def _decide(self, chat_id: int) -> RateDecision:
        now = self._clock()
        tokens, updated_at, is_notified = self._buckets.pop(chat_id, (float(MAX_BURST_UPDATES), now, False))
        tokens = min(MAX_BURST_UPDATES, tokens + (now - updated_at) * MAX_UPDATES_PER_SECOND)
        if tokens >= 1:
            self._buckets[chat_id] = (tokens - 1, now, is_notified and tokens < MAX_BURST_UPDATES / 2)
            decision = RateDecision.ALLOW
        else:
            self._buckets[chat_id] = (tokens, now, True)
            decision = RateDecision.DROP if is_notified else RateDecision.NOTIFY
        while len(self._buckets) > MAX_REMEMBERED_ENTRIES or self._find_oldest_time() < now - REFILL_SECONDS:
            self._buckets.popitem(last=False)
        return decision

    def _find_oldest_time(self) -> float:
        _, updated_at, _ = next(iter(self._buckets.values()))
        return updated_at


def add_rate_limit_notice(database: Database, chat_id: int) -> None:
    """Leaves the word about it in the outbox: it is said after what waits there already. Raises `StorageAway`."""
    with database.transaction() as session:
        lock_chat(session, chat_id)
        add_entry(session, chat_id, TOO_MANY_UPDATES_CONTENT)
        delete_idle_chat(session, chat_id)
