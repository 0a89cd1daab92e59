"""Buttons outside the questions (coordinator menu, moderation, results), and links that open a chat with the bot. Pure.

The buttons of questions are in `prompts.py`. Buttons of coordinators carry at most a campaign's code; those of
moderation a comment's position (`moderation.py`).
"""

import re

from bot.render.localization import Localizer
from bot.render.messages import Button
from flows.callback_data import encode_callback_data
from flows.models import Tap
from storage.anonymity.comments import COMMENT_APPROVED, COMMENT_NEW, COMMENT_WITHHELD

# Actions in callback data.
SHARE_ACTION, EXPORT_ACTION, READ_COMMENTS_ACTION = "menu_share", "menu_download", "menu_comments"
STATES_BY_ACTION = {"approve": COMMENT_APPROVED, "withhold": COMMENT_WITHHELD, "renew": COMMENT_NEW}
RESULTS_PAGE_ACTION, SHOW_RESULTS_ACTION = "page", "results"

# Prefixes of start parameters. A campaign's code never contains a dash.
INVITATION_PREFIX = "invite-"
RESULTS_LINK_PREFIX = "r-"

# Some labels share an action: *No* and *back* lead to the campaign's page or to the menu.
ACTIONS_BY_LABEL = {
    "menu_stay": "menu",
    "menu_keep_open": "menu_page",
    "menu_back": "menu_page",
    "menu_download_more": "menu_download",
}

_START_PARAMETER = re.compile(r"\?start(?:group)?=([\w-]{1,64})")


def make_coordinator_button(localizer: Localizer, name: str, campaign_code: str = "") -> Button:
    """The button of the coordinator menu whose label has this key, for the campaign with this code."""
    return make_action_button(localizer.get_text(name), ACTIONS_BY_LABEL.get(name, name), campaign_code)


def make_results_button(key: str, localizer: Localizer, label: str = "") -> Button:
    """A button that is never outdated. `key` opens one group's results; if empty, all that the person may see."""
    return localizer.make_button(label or localizer.get_text("show_results"), "", 0, SHOW_RESULTS_ACTION, key)


def make_action_button(label: str, action: str, value: str = "") -> Button:
    """A button that belongs to no run and no step."""
    return Button(label, encode_callback_data(Tap("", 0, "", action, value)))


def make_resume_button(localizer: Localizer) -> Button:
    """The button that leads back to the unfinished questions."""
    return localizer.make_button(localizer.get_text("back_to_questions"), "", 0, "resume")


def make_chat_link(bot_username: str, parameter: str) -> str:
    """The link that sends `/start` with this parameter to the bot
    (https://core.telegram.org/bots/features#deep-linking).
    """
    return f"https://t.me/{bot_username}?start={parameter}"


def make_group_link(bot_username: str, campaign_code: str) -> str:
    """The link that adds the bot to a Telegram group for a campaign (documented on the same page)."""
    return f"https://t.me/{bot_username}?startgroup={campaign_code}"


def find_start_parameter(text: str) -> str | None:
    """The start parameter of the first such link in a text; None if the text has none."""
    match = _START_PARAMETER.search(text)
    return match[1] if match else None
