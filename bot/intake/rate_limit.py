"""One chat that sends without end must not slow the others: beyond a burst, its updates get no turn."""

import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto

from bot.render.localization import FIRST
from flows.events import Told
from flows.loader import DEFAULT
from storage.conversations.chats import let_go, lock_chat
from storage.conversations.outbox import Saying, leave
from storage.db.database import Database

BURST = 60  # updates at once: more than a person taps, types or forwards
RATE = 10.0  # updates a second after that: no thumb is faster, and a hundredth of what one process takes
FULL_AFTER = BURST / RATE + 1  # seconds, and one for rounding
REMEMBERED = 10_000  # chats; and updates
TOO_MANY = Saying("", DEFAULT, FIRST, (Told("too_many"),))


class Verdict(Enum):
    """What is to be done with an update."""

    TAKE = auto()
    TELL = auto()  # too many: it gets no turn, and the person is told, once
    DROP = auto()  # too many, and the person was told


class Flood:
    """A bucket a chat (RFC 2697 calls it a token bucket): full at first, refilled with time. One that must be full
    again is as one that was never there: nothing is kept of chats that are quiet.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[int, tuple[float, float, bool]] = OrderedDict()  # what is left, when, told
        self._verdicts: OrderedDict[int, Verdict] = OrderedDict()

    def weigh(self, chat: int, number: int) -> Verdict:
        """Counts one update of this chat. One that could not be kept comes again, and is no flood: it counts once."""
        if number not in self._verdicts:
            self._verdicts[number] = self._weigh(chat)
            if len(self._verdicts) > REMEMBERED:
                self._verdicts.popitem(last=False)
        return self._verdicts[number]

    def forget(self, number: int) -> None:
        """The update was taken in, and the chat knows so. One that got no turn may come again, and gets none then."""
        if self._verdicts.get(number) is Verdict.TAKE:
            del self._verdicts[number]

    def _weigh(self, chat: int) -> Verdict:
        now = self._clock()
        left, since, told = self._buckets.pop(chat, (float(BURST), now, False))
        left = min(BURST, left + (now - since) * RATE)
        if left >= 1:
            self._buckets[chat] = (left - 1, now, told and left < BURST / 2)
            verdict = Verdict.TAKE
        else:
            self._buckets[chat] = (left, now, True)
            verdict = Verdict.DROP if told else Verdict.TELL
        while len(self._buckets) > REMEMBERED or self._longest_quiet() < now - FULL_AFTER:
            self._buckets.popitem(last=False)
        return verdict

    def _longest_quiet(self) -> float:
        _, since, _ = next(iter(self._buckets.values()))
        return since


def leave_word(database: Database, chat: int) -> None:
    """Leaves the word about it in the outbox: it is said after what waits there already. Raises `StorageAway`."""
    with database.transaction() as tx:
        lock_chat(tx, chat)
        leave(tx, database.cipher, chat, TOO_MANY)
        let_go(tx, chat)
