"""What a campaign's link tells whoever follows it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Link:
    """Whom a respondent answers to, about what, and what they get back, by when. Empty: not said.

    `welcome` is a line of the group's own; `results` is the code of the link to what the group said.
    """

    code: str
    about: str = ""
    asker: str = ""
    promise: str = ""
    promised_by: date | None = None
    welcome: str = ""
    results: str = ""


@dataclass(frozen=True, slots=True)
class ResultsLink:
    """Where a campaign's results are told: its code and flow; what opens them; what it is about; how many pictures they
    may take. `early`: nothing is released yet. `desk`: whoever asks coordinates it.
    """

    campaign: str
    flow: str
    key: str
    about: str = ""
    charts: int = 0
    early: bool = False
    desk: bool = False
