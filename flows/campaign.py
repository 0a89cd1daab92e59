"""What a campaign's link tells whoever follows it."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CampaignInfo:
    """Whom a respondent answers to, about what, and what they get back, by when. Empty: not said.

    `welcome` is a line of the group's own; `results` is the code of the link to what the group said, `shown`: there is
    something to see of it. Days are as in `is_over`.
    """

    code: str
    about: str = ""
    asker: str = ""
    promise: str = ""
    promised_by: date | None = None
    welcome: str = ""
    results_code: str = ""
    has_results: bool = False
    opens_on: date | None = None
    closes_on: date | None = None
    is_closed: bool = False


@dataclass(frozen=True, slots=True)
class ResultsInfo:
    """Where a campaign's results are told: its code and flow; what opens them; what it is about; how many pictures they
    may take. `early`: nothing is released yet. Days are as in `is_over`. `desk`: whoever asks coordinates it.
    """

    campaign: str
    flow: str
    key: str
    about: str = ""
    chart_count: int = 0
    is_unreleased: bool = False
    asker: str = ""
    closes_on: date | None = None
    is_closed: bool = False
    is_coordinator: bool = False


def is_campaign_over(campaign: CampaignInfo | ResultsInfo, today: date) -> bool:
    """Whether nobody new can begin there: it was closed, or its last day is past."""
    return campaign.is_closed or (campaign.closes_on is not None and campaign.closes_on < today)
