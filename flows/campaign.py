"""What respondents are told about a campaign and about its results."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class CampaignInfo:
    """Who asks, about what, and which results are promised by when. Empty: the campaign does not say.

    `welcome` is a line in the group's own words. `results_code` opens the campaign's results; `has_results`: something
    has been released. Days are inclusive.
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
    """A campaign whose results may be shown.

    `key` opens them. `chart_count` is the largest number of charts that they take. `is_unreleased`: nothing has been
    released yet. `is_coordinator`: the person who asks coordinates the campaign.
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
    """Whether no new run can begin: the campaign was closed, or its last day has passed."""
    return campaign.is_closed or (campaign.closes_on is not None and campaign.closes_on < today)
