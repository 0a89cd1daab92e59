"""Results in the chat: the button that prints a page, and the file it brings."""

from bot.emulator import TelegramEmulator
from tests.support.phone import PhoneMessage

SHOW_RESULTS_LABEL, PRINT_PAGE_LABEL = "What the group said", "One page to print"


def get_file_content(emulator: TelegramEmulator, message: PhoneMessage) -> bytes:
    """What Telegram has of a picture or a page."""
    found = message.raw.get("document") or message.raw["photo"][-1]
    return emulator.files.by_id[found["file_id"]].content
