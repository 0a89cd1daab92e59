"""Links that open the private chat with the bot."""

import re

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
