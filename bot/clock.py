"""Clocks: one that nobody sets, and how this machine's goes beside Telegram's."""

import time
from email.utils import parsedate_to_datetime


def steady() -> float:
    """Seconds by a clock that nobody sets, and that goes on while the machine sleeps, where there is one."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def ahead_of(date: str | None, since: float = 0.0) -> float | None:
    """Seconds that this machine's clock is ahead of one that showed this date (as HTTP writes it) so many seconds ago.
    None: it is no date.
    """
    try:
        return time.time() - parsedate_to_datetime(date or "").timestamp() - since
    except ValueError:
        return None
