"""Buttons of the desk: they belong to no run, and name a campaign at the most."""

import re

from bot.render.localization import Localizer
from bot.render.messages import Button
from flows.callback_data import encode_callback_data
from flows.models import Tap
from storage.anonymity.comments import COMMENT_APPROVED, COMMENT_NEW, COMMENT_WITHHELD

# What the buttons of coordinators, moderation and results do, and what their links begin with.
SHARE_ACTION, EXPORT_ACTION = "desk_share", "desk_download"
READ_COMMENTS_ACTION = (
    "desk_comments"  # its button carries the campaign's code; those of the others, the comment's position
)
STATES_BY_ACTION = {"approve": COMMENT_APPROVED, "withhold": COMMENT_WITHHELD, "renew": COMMENT_NEW}
RESULTS_PAGE_ACTION, SHOW_RESULTS_ACTION = "page", "results"
INVITATION_PREFIX = "invite-"
RESULTS_LINK_PREFIX = "r-"  # no campaign's code has a dash

# Several labels lead to the same: *No*, and *back*, to the campaign's page or the menu.
ACTIONS_BY_LABEL = {
    "desk_not": "desk",
    "desk_stays": "desk_page",
    "desk_back": "desk_page",
    "desk_download_more": "desk_download",
}


def make_coordinator_button(localizer: Localizer, name: str, campaign_code: str = "") -> Button:
    """The button with this text, for the campaign of this code."""
    return Button(
        localizer.get_text(name), encode_callback_data(Tap("", 0, "", ACTIONS_BY_LABEL.get(name, name), campaign_code))
    )


# @@DOC The button that leads to what a group said.
def make_results_button(key: str, localizer: Localizer, label: str = "") -> Button:
    """It counts whenever it is pressed. `key` opens one group's results; empty: all that whoever presses may see."""
    return localizer.make_button(label or localizer.get_text("show_results"), "", 0, SHOW_RESULTS_ACTION, key)


# @@DOC Links that open the private chat with the bot.
_START_PARAMETER = re.compile(r"\?start(?:group)?=([\w-]{1,64})")


def make_chat_link(bot_username: str, parameter: str) -> str:
    """The link that says `/start` with this to the bot called `me` (https://core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{bot_username}?start={parameter}"


def make_group_link(bot_username: str, campaign_code: str) -> str:
    """The link that adds the bot to a Telegram group, for the campaign of this code (the same page)."""
    return f"https://t.me/{bot_username}?startgroup={campaign_code}"


def find_start_parameter(text: str) -> str | None:
    """What a link in these words says to the bot: somebody has pasted it."""
    match = _START_PARAMETER.search(text)
    return match[1] if match else None
