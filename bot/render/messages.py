"""What can be said: messages, pictures, files, edits, alerts. Values only; the sender puts them into calls."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Union

from bot.graphics.drawing import Drawing
from bot.graphics.model import CampaignResults
from bot.graphics.report import Report
from flows.events.moderation import CommentPosition
from storage.anonymity.comments import ModerationView


@dataclass(frozen=True, slots=True)
class Button:
    """An inline button, one a row; or `beside` the one before. It carries data, or opens an address."""

    text: str
    callback_data: str = ""
    url: str = ""
    is_in_same_row: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A new message at the bottom of the chat. `ask`: its buttons ask for a reply, under this number."""

    text: str
    buttons: tuple[Button, ...] = ()
    prompt: int | None = None


@dataclass(frozen=True, slots=True)
class ReplacementMessage:
    """A message that takes the place of the one with the chat's newest buttons, if that came at `since` (seconds since
    1970) or later; else it is a new one. None: that one goes.
    """

    message: Message | None
    replace_since: int | None


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture, with words under it; `instead`: where it can't be drawn or is not taken. Empty: then nothing is."""

    drawing: Drawing
    caption: str
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of plain text, and what is said with it."""

    file_name: str
    text: str
    caption: str


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """A page to print, and what is said with it; `instead`: where it can't be drawn or is not taken."""

    file_name: str
    drawing: Drawing
    caption: str
    fallback: str


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """A campaign's answers as a file in a format, written when it is said; with words and buttons under it.

    `progress`: what is said meanwhile, of how many hundredths are written; `instead`: where there is none, by why.
    """

    campaign_code: str
    export_format: str
    file_name: str
    caption: str
    buttons: tuple[Button, ...]
    render_progress: Callable[[int], str]
    render_fallback: Callable[[str], Message]


@dataclass(frozen=True, slots=True)
class PromptEdit:
    """The message of an asking loses its buttons, and changes its text unless that is None."""

    prompt: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A box that a screen reader reads out (a toast it would not), 200 characters at most."""

    text: str


@dataclass(frozen=True, slots=True)
class ResultsPlaceholder:
    """What is said of a campaign's results, once they were read. None: there are none, or they can't be shown."""

    campaign_code: str
    render: Callable[[CampaignResults | None], Union["NewMessage", None]]


@dataclass(frozen=True, slots=True)
class ReportPlaceholder:
    """The same, of the results with their comments."""

    campaign_code: str
    render: Callable[[Report | None], "NewMessage"]


@dataclass(frozen=True, slots=True)
class CommentPlaceholder:
    """What is said of the comment there, or of the one `following`, once it was looked up. None: it can't be shown."""

    position: CommentPosition
    render: Callable[[ModerationView | None], Message]
    should_load_next: bool = False


@dataclass(frozen=True, slots=True)
class TappedMessageEdit:
    """The message that was tapped becomes this."""

    placeholder: CommentPlaceholder


NewMessage = (
    Message
    | ReplacementMessage
    | Photo
    | Document
    | PdfDocument
    | ExportDocument
    | ResultsPlaceholder
    | ReportPlaceholder
    | CommentPlaceholder
)
RenderedMessage = NewMessage | PromptEdit | Alert | TappedMessageEdit
