"""What is logged and said during a database outage."""

from bot.emulator import TelegramEmulator
from tests.support.running_bot import RunningBot

DATABASE_OUTAGE_EVENT = "database unavailable"


OUTAGE_EVENTS = (DATABASE_OUTAGE_EVENT,)


OUTAGE_TEXT = "I can't write anything down just now."


def has_noticed_outage(bot: RunningBot, emulator: TelegramEmulator) -> bool:
    """Whether the bot has found that the database is away when it wanted to take something in."""
    info = emulator.webhook_info()
    return bool(bot.find_log_lines(DATABASE_OUTAGE_EVENT)) or "503" in str(info.get("last_error_message"))
