"""Buttons of the desk: they belong to no run, and name a campaign at the most."""

import re

from bot.render.localization import Voice
from bot.render.messages import Button
from flows.callback_data import carried
from flows.models import Tapped
from storage.anonymity.comments import APPROVED, HELD_BACK, NEW

# What the buttons of coordinators, moderation and results do, and what their links begin with.
SHARE, DOWNLOAD = "desk_share", "desk_download"
BEGIN = "desk_comments"  # its button carries the campaign's code; those of the others, the comment's position
JUDGED = {"approve": APPROVED, "withhold": HELD_BACK, "renew": NEW}
PAGE, SHOW = "page", "results"
INVITATION = "invite-"
BEFORE = "r-"  # no campaign's code has a dash

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


# @@DOC The button that leads to what a group said.
def show_results(key: str, voice: Voice, label: str = "") -> Button:
    """It counts whenever it is pressed. `key` opens one group's results; empty: all that whoever presses may see."""
    return voice.button(label or voice.say("show_results"), "", 0, SHOW, key)


# @@DOC Links that open the private chat with the bot.
_SAYS = re.compile(r"\?start(?:group)?=([\w-]{1,64})")


def link(me: str, start: str) -> str:
    """The link that says `/start` with this to the bot called `me` (https://core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{me}?start={start}"


def link_for_groups(me: str, code: str) -> str:
    """The link that adds the bot to a Telegram group, for the campaign of this code (the same page)."""
    return f"https://t.me/{me}?startgroup={code}"


def code_in(words: str) -> str | None:
    """What a link in these words says to the bot: somebody has pasted it."""
    found = _SAYS.search(words)
    return found[1] if found else None
