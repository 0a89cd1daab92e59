"""Links that open the private chat with the bot."""


def link(me: str, start: str) -> str:
    """The link that says `/start` with this to the bot called `me` (https://core.telegram.org/bots/features#deep-linking)."""
    return f"https://t.me/{me}?start={start}"
