"""The log line and the day that tests of clock skew use."""

SECONDS_PER_DAY = 86_400


CLOCK_REFUSED_EVENT = "the clock differs from Telegram's: nothing is deleted"
