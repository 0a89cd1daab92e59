"""One chat that sends without end must not slow the others: beyond a burst, its updates get no turn."""

import time
from collections import OrderedDict
from collections.abc import Callable
from enum import Enum, auto

BURST = 60  # updates at once: more than a person taps, types or forwards
RATE = 10.0  # updates a second after that: no thumb is faster, and a hundredth of what one process takes
REMEMBERED = 10_000  # chats


class Verdict(Enum):
    """What is to be done with an update."""

    TAKE = auto()
    TELL = auto()  # too many: it gets no turn, and the person is told, once
    DROP = auto()  # too many, and the person was told


class Flood:
    """A bucket a chat (RFC 2697 calls it a token bucket): full at first, refilled with time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[int, tuple[float, float, bool]] = OrderedDict()  # what is left, when, told

    def weigh(self, chat: int) -> Verdict:
        """Counts one update of this chat."""
        now = self._clock()
        left, since, told = self._buckets.pop(chat, (float(BURST), now, False))
        left = min(BURST, left + (now - since) * RATE)
        if left >= 1:
            self._buckets[chat] = (left - 1, now, told and left < BURST / 2)
            verdict = Verdict.TAKE
        else:
            self._buckets[chat] = (left, now, True)
            verdict = Verdict.DROP if told else Verdict.TELL
        if len(self._buckets) > REMEMBERED:
            self._buckets.popitem(last=False)
        return verdict
