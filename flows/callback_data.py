"""The data that a button carries: its run, the number of its prompt, its step, its action and a value.

Written with dots between the parts. Telegram allows 64 bytes (Bot API, InlineKeyboardButton.callback_data).
"""

from flows.models import Tap

MAX_CALLBACK_DATA_BYTES = 64
# In the value of the button that confirms a withdrawal: between the receipt and the message whose button began it.
MESSAGE_ID_SEPARATOR = ":"
RUN_ID_LENGTH = (
    8  # characters: 48 random bits. A run is looked up with its chat as well, so that is hard enough to guess
)
CALLBACK_DATA_PART_COUNT = 5
MAX_PROMPT_DIGITS = 6


def encode_callback_data(tap: Tap) -> str:
    """The data of a button that leads to this tap."""
    return f"{tap.run}.{tap.prompt}.{tap.step}.{tap.action}.{tap.value}"


def parse_callback_data(data: str) -> Tap | None:
    """The tap of a button with this data; None where the bot never made such a button."""
    parts = data.split(".")
    if len(parts) != CALLBACK_DATA_PART_COUNT or not parts[1].isdecimal() or len(parts[1]) > MAX_PROMPT_DIGITS:
        return None
    run, prompt, step, action, value = parts
    return Tap(run, int(prompt), step, action, value)
