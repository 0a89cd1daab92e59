"""What a button carries: its run, the number of its asking, its place, what it does, and with what.

Telegram gives a button 64 bytes (Bot API, InlineKeyboardButton.callback_data). The parts stand with dots between.
"""

from flows.models import Tap

MAX_CALLBACK_DATA_BYTES = 64
MESSAGE_ID_SEPARATOR = (
    ":"  # in the yes to a withdrawal: after the receipt, before the number of the message whose button began it
)
RUN_ID_LENGTH = 8  # characters; 48 bits from a random source, unguessable enough beside the chat that it belongs to


def encode_callback_data(tap: Tap) -> str:
    """The data of a button that, pressed, gives this tap."""
    return f"{tap.run}.{tap.prompt}.{tap.step}.{tap.action}.{tap.value}"


def parse_callback_data(data: str) -> Tap | None:
    """The tap that a button's data stand for; None where they are none of ours."""
    parts = data.split(".")
    if len(parts) != 5 or not parts[1].isdecimal() or len(parts[1]) > 6:  # noqa: PLR2004 - the five parts above
        return None
    run, prompt, step, action, value = parts
    return Tap(run, int(prompt), step, action, value)
