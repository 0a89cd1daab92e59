"""Buttons of the desk: they belong to no run, and name a campaign at the most."""

from bot.says import Button
from bot.speaking import Voice
from flows.buttons import carried
from flows.run import Tapped

# Several labels lead to the same: *No*, and *back*, to the campaign's page or the menu.
LEADING = {
    "desk_not": "desk",
    "desk_stays": "desk_page",
    "desk_back": "desk_page",
    "desk_download_more": "desk_download",
}


def desk_button(voice: Voice, name: str, code: str = "") -> Button:
    """The button with this text, for the campaign of this code."""
    return Button(voice.say(name), carried(Tapped("", 0, "", LEADING.get(name, name), code)))
