"""What a campaign's link tells whoever follows it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a respondent answers to, about what, and what they get back, by when. Empty: not said.

    `welcome` is a line of the group's own.
    """

    code: str
    about: str = ""
    asker: str = ""
    promise: str = ""
    promised_by: date | None = None
    welcome: str = ""
