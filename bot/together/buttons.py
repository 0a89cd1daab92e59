"""The button that leads to what a group said."""

from bot.says import Button
from bot.speaking import Voice
from bot.together.asking import SHOW


def show_results(key: str, voice: Voice, label: str = "") -> Button:
    """It counts whenever it is pressed. `key` opens one group's results; empty: all that whoever presses may see."""
    return voice.button(label or voice.say("show_results"), "", 0, SHOW, key)
