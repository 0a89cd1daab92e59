"""Log lines about entries that cannot be delivered, and answers that ask for patience."""

from bot.emulator import BotApiError

UNREADABLE_ENTRY_EVENT = "an outbox entry could not be delivered"


EXPIRED_ENTRY_EVENT = "messages could not be sent within an hour and were deleted"


RATE_LIMITED_BRIEFLY = BotApiError(429, "Too Many Requests: retry after 1", 1)


RATE_LIMITED_FOR_A_MINUTE = BotApiError(429, "Too Many Requests: retry after 60", 60)
