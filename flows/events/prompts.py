"""What is asked, and is asked no more: the events that messages with buttons are made of."""

from dataclasses import dataclass, field
from typing import Literal

from flows.campaign import Link


@dataclass(frozen=True, slots=True)
class PlaceReached:
    """The respondent stands at a place, and it asks for a reply: the welcome, a question, a fork.

    `ask` is the number its buttons carry. `answers` holds the choice of each choice question so far (its text may
    depend on them); `given` is what was answered here before. `noted` is a choice understood from typed words just
    now: (question, choice). `why` asks for the reason of the question as well. `notice` names a text to say first.
    `changing`: the respondent came from the check page and goes back there. `link`: at the welcome, and to who comes
    back, what the campaign tells. `led`: where a link would have led that leads nowhere today.
    """

    ask: int
    place: str
    answers: dict[str, str] = field(default_factory=dict)
    given: str | None = None
    noted: tuple[str, str] | None = None
    why: bool = False
    notice: str | None = None
    changing: bool = False
    link: Link | None = None
    led: Link | None = None
    kind: Literal["place_reached"] = "place_reached"


@dataclass(frozen=True, slots=True)
class CheckReached:
    """All is answered: the answers, in order, before they are sent. None stands for *skipped*. `link`: whom one
    answers to.
    """

    ask: int
    answers: dict[str, str | None]
    noted: tuple[str, str] | None = None
    notice: str | None = None
    link: Link | None = None
    kind: Literal["check_reached"] = "check_reached"


@dataclass(frozen=True, slots=True)
class AskClosed:
    """The message of an earlier asking is done with: it loses its buttons.

    It shows what was chosen, where it was answered by a choice or skipped (`skipped`).
    """

    ask: int
    place: str
    answers: dict[str, str] = field(default_factory=dict)
    chosen: str | None = None
    skipped: bool = False
    kind: Literal["ask_closed"] = "ask_closed"


@dataclass(frozen=True, slots=True)
class ChoiceUnclear:
    """Typed words were near to several choices, or not near enough to one: which was meant?"""

    ask: int
    place: str
    candidates: tuple[str, ...]
    kind: Literal["choice_unclear"] = "choice_unclear"


@dataclass(frozen=True, slots=True)
class CommentOffered:
    """Typed words fit none of the choices here: shall they be kept as a comment? `notice` names a text to say first."""

    ask: int
    place: str
    words: str
    notice: str | None = None
    kind: Literal["comment_offered"] = "comment_offered"


@dataclass(frozen=True, slots=True)
class WordsFound:
    """Something in typed words could show who somebody is: shall it be taken out?

    `words` are the answer that they are part of, without it. `notice` names a text to say first.
    """

    ask: int
    place: str
    words: str
    notice: str | None = None
    kind: Literal["words_found"] = "words_found"


@dataclass(frozen=True, slots=True)
class OtherUnderway:
    """Another campaign's link was followed in the middle of a run, or a campaign is to be opened: shall the run be
    given up? `link` is the other's; None: the other opens a campaign. `about` is what the run is about, where that is
    said.
    """

    ask: int
    about: str
    link: Link | None
    kind: Literal["other_underway"] = "other_underway"
