"""What is told of a campaign's results: events that name what is shown, and hold nothing of it.

What may be shown is looked up when it is said, so that it is never older than the newest release.
"""

from dataclasses import dataclass
from typing import Literal

from flows.campaign import CampaignInfo, ResultsInfo


@dataclass(frozen=True, slots=True)
class ResultsOffered:
    """There are several groups whose results the respondent may see: which?"""

    available_results: tuple[ResultsInfo, ...]
    kind: Literal["results_offered"] = "results_offered"


@dataclass(frozen=True, slots=True)
class ChartShown:
    """One picture of a campaign's results, if there are so many: the one of this number, from 0 on."""

    campaign: str
    index: int
    kind: Literal["chart_shown"] = "chart_shown"


@dataclass(frozen=True, slots=True)
class ResultsTextShown:
    """All of a campaign's results in words. `key` opens them as a page; `button` names a way on. `desk`: it is told to
    who coordinates it.
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


# @@DOC What is told in a group of many: the facts of what was said to the bot there. Nothing of anybody who answers.
@dataclass(frozen=True, slots=True)
class GroupGreeted:
    """The group is told what the bot is there for, and for which campaign. `over`: that one is closed. `fault` names
    the text that says why the link leads nowhere with which the bot was brought.

    A greeting that was said at `since` (seconds since 1970) or later becomes this one, so that there is one only.
    """

    campaign_info: CampaignInfo | None
    is_campaign_over: bool = False
    replaces_since: int | None = None
    problem: str | None = None
    kind: Literal["group_greeted"] = "group_greeted"


@dataclass(frozen=True, slots=True)
class GroupGreetingRemoved:
    """The group had been greeted before, under its earlier number: the newest greeting goes."""

    kind: Literal["group_greeting_removed"] = "group_greeting_removed"


@dataclass(frozen=True, slots=True)
class GroupAnswered:
    """A command was answered by the text `topic`. `link`: the campaign's, where it is open."""

    topic: str
    campaign_info: CampaignInfo | None = None
    kind: Literal["group_answered"] = "group_answered"


@dataclass(frozen=True, slots=True)
class GroupResultsShown:
    """A campaign's results in words, after the pictures. `link` as above."""

    campaign: str
    campaign_info: CampaignInfo | None
    kind: Literal["group_results_shown"] = "group_results_shown"


GroupEvent = GroupGreeted | GroupGreetingRemoved | GroupAnswered | GroupResultsShown
