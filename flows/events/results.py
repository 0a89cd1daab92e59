"""What is told of a campaign's results: events that name what is shown, and hold nothing of it.

What may be shown is looked up when it is said, so that it is never older than the newest release.
"""

from dataclasses import dataclass
from typing import Literal

from flows.campaign import Link, ResultsLink


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


ResultsEvent = ResultsOffered | ChartDrawn | GroupResultsTold | PageGiven


# @@DOC What is told in a group of many: the facts of what was said to the bot there. Nothing of anybody who answers.
@dataclass(frozen=True, slots=True)
class GroupGreeted:
    """The group is told what the bot is there for, and for which campaign. `over`: that one is closed. `fault` names
    the text that says why the link leads nowhere with which the bot was brought.

    A greeting that was said at `since` (seconds since 1970) or later becomes this one, so that there is one only.
    """

    link: Link | None
    over: bool = False
    since: int | None = None
    fault: str | None = None
    kind: Literal["group_greeted"] = "group_greeted"


@dataclass(frozen=True, slots=True)
class GreetingTakenBack:
    """The group had been greeted before, under its earlier number: the newest greeting goes."""

    kind: Literal["greeting_taken_back"] = "greeting_taken_back"


@dataclass(frozen=True, slots=True)
class GroupAnswered:
    """A command was answered by the text `topic`. `link`: the campaign's, where it is open."""

    topic: str
    link: Link | None = None
    kind: Literal["group_answered"] = "group_answered"


@dataclass(frozen=True, slots=True)
class GroupWordsTold:
    """A campaign's results in words, after the pictures. `link` as above."""

    campaign: str
    link: Link | None
    kind: Literal["group_words_told"] = "group_words_told"


GroupEvent = GroupGreeted | GreetingTakenBack | GroupAnswered | GroupWordsTold
