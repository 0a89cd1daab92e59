"""What is told of a campaign's results: events that name what is shown, and hold nothing of it.

What may be shown is looked up when it is said, so that it is never older than the newest release.
"""

from dataclasses import dataclass
from typing import Literal

from flows.link import ResultsLink


@dataclass(frozen=True, slots=True)
class ResultsOffered:
    """There are several groups whose results the respondent may see: which?"""

    links: tuple[ResultsLink, ...]
    kind: Literal["results_offered"] = "results_offered"


@dataclass(frozen=True, slots=True)
class ChartDrawn:
    """One picture of a campaign's results, if there are so many: the one of this number, from 0 on."""

    campaign: str
    number: int
    kind: Literal["chart_drawn"] = "chart_drawn"


@dataclass(frozen=True, slots=True)
class GroupResultsTold:
    """All of a campaign's results in words. `key` opens them as a page; `button` names a way on. `desk`: it is told to
    who coordinates it.
    """

    campaign: str
    key: str
    button: str | None = None
    desk: bool = False
    kind: Literal["group_results_told"] = "group_results_told"


@dataclass(frozen=True, slots=True)
class PageGiven:
    """A campaign's results as a page to print."""

    campaign: str
    kind: Literal["page_given"] = "page_given"


AnyEvent = ResultsOffered | ChartDrawn | GroupResultsTold | PageGiven
