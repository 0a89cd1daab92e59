"""What can be said: messages, pictures, files, edits, alerts. Values only; the sender puts them into calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

from bot.graphics.drawing import Drawing
from bot.graphics.model import Results
from bot.graphics.report import Report
from flows.events.moderation import At
from storage.anonymity.comments import Looked


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button, one a row; or `beside` the one before. It carries data, or opens an address."""

    text: str
    data: str = ""
    url: str = ""
    beside: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A new message at the bottom of the chat. `ask`: its buttons ask for a reply, under this number."""

    text: str
    buttons: tuple[Button, ...] = ()
    ask: int | None = None


@dataclass(frozen=True, slots=True)
class Restated:
    """A message that takes the place of the one with the chat's newest buttons, if that came at `since` (seconds since
    1970) or later; else it is a new one. None: that one goes.
    """

    message: Message | None
    since: int | None


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, with words under it; `instead`: where it can't be drawn or is not taken. Empty: then nothing is."""

    drawing: Drawing
    caption: str
    instead: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of plain text, and what is said with it."""

    name: str
    text: str
    caption: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page to print, and what is said with it; `instead`: where it can't be drawn or is not taken."""

    name: str
    drawing: Drawing
    caption: str
    instead: str


@dataclass(frozen=True, slots=True)
class Download:
    """A campaign's answers as a file in a format, written when it is said; with words and buttons under it.

    `progress`: what is said meanwhile, of how many hundredths are written; `instead`: where there is none, by why.
    """

    campaign: str
    format: str
    name: str
    caption: str
    buttons: tuple[Button, ...]
    progress: Callable[[int], str]
    instead: Callable[[str], Message]


@dataclass(frozen=True, slots=True)
class Edit:
    """The message of an asking loses its buttons, and changes its text unless that is None."""

    ask: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A box that a screen reader reads out (a toast it would not), 200 characters at most."""

    text: str


@dataclass(frozen=True, slots=True)
class OfResults:
    """What is said of a campaign's results, once they were read. None: there are none, or they can't be shown."""

    campaign: str
    say: Callable[[Results | None], Union["New", None]]


@dataclass(frozen=True, slots=True)
class OfReport:
    """The same, of the results with their comments."""

    campaign: str
    say: Callable[[Report | None], "New"]


@dataclass(frozen=True, slots=True)
class OfComment:
    """What is said of the comment there, or of the one `following`, once it was looked up. None: it can't be shown."""

    at: At
    say: Callable[[Looked | None], Message]
    following: bool = False


@dataclass(frozen=True, slots=True)
class Instead:
    """The message that was tapped becomes this."""

    comment: OfComment


New = Message | Restated | Picture | Document | Page | Download | OfResults | OfReport | OfComment
Say = New | Edit | Alert | Instead
