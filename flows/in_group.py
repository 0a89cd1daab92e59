"""What is told in a group of many: the facts of what was said to the bot there. Nothing of anybody who answers."""

from dataclasses import dataclass
from typing import Literal

from flows.link import Link


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


AnyEvent = GroupGreeted | GreetingTakenBack | GroupAnswered | GroupWordsTold
