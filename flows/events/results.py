"""A campaign's results in a chat, and what the bot says in groups: events that name a campaign and hold no results.

Results are looked up on delivery, so that they are never older than the newest release.
"""

from dataclasses import dataclass
from typing import Literal

from flows.campaign import CampaignInfo, ResultsInfo


@dataclass(frozen=True, slots=True)
class ResultsOffered:
    """The respondent may see the results of several campaigns, and was asked which."""

    available_results: tuple[ResultsInfo, ...]
    kind: Literal["results_offered"] = "results_offered"


@dataclass(frozen=True, slots=True)
class ChartShown:
    """One chart of a campaign's results; nothing if it has fewer. `index` counts from 0."""

    campaign: str
    index: int
    kind: Literal["chart_shown"] = "chart_shown"


@dataclass(frozen=True, slots=True)
class ResultsTextShown:
    """All of a campaign's results as text. `key` opens them as a page to print; `button` names a way on.

    `is_coordinator`: the reader coordinates the campaign.
    """

    campaign: str
    key: str
    button: str | None = None
    is_coordinator: bool = False
    kind: Literal["results_text_shown"] = "results_text_shown"


@dataclass(frozen=True, slots=True)
class ResultsReportShown:
    """A campaign's results as a page to print."""

    campaign: str
    kind: Literal["results_report_shown"] = "results_report_shown"


ResultsEvent = ResultsOffered | ChartShown | ResultsTextShown | ResultsReportShown


@dataclass(frozen=True, slots=True)
class GroupGreeted:
    """The bot introduced itself to a group, with the campaign that it is there for.

    `is_campaign_over`: no one new can begin in it. `problem` is the text that says why the link that the bot was added
    with cannot be used. An earlier greeting delivered at `replaces_since` (seconds since 1970) or later is replaced, so
    that the group has only one.
    """

    campaign_info: CampaignInfo | None
    is_campaign_over: bool = False
    replaces_since: int | None = None
    problem: str | None = None
    kind: Literal["group_greeted"] = "group_greeted"


@dataclass(frozen=True, slots=True)
class GroupGreetingRemoved:
    """The group was greeted before, under its earlier chat id: the newest greeting is deleted."""

    kind: Literal["group_greeting_removed"] = "group_greeting_removed"


@dataclass(frozen=True, slots=True)
class GroupAnswered:
    """A command was answered with the text `topic`. `campaign_info` is the group's campaign, if it is open."""

    topic: str
    campaign_info: CampaignInfo | None = None
    kind: Literal["group_answered"] = "group_answered"


@dataclass(frozen=True, slots=True)
class GroupResultsShown:
    """A campaign's results as text, after the charts. `campaign_info` is the campaign, if it is open."""

    campaign: str
    campaign_info: CampaignInfo | None
    kind: Literal["group_results_shown"] = "group_results_shown"


GroupEvent = GroupGreeted | GroupGreetingRemoved | GroupAnswered | GroupResultsShown
