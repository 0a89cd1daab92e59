"""What the handlers raise."""


class NewerRunError(Exception):
    """The run or the link needs a newer version of the flow than this bot has: another worker may know it."""
