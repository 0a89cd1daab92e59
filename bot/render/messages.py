"""The kinds of message that rendering makes: `Message`, `Photo`, `Document`, edits, alerts. Values only.

The delivery layer (`bot/delivery/message_sender.py`) turns them into API calls. All texts are HTML as Telegram takes
it, except in files and alerts.
"""

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
    """An inline button with callback data or a link, in a row of its own unless `is_in_same_row`."""

    text: str
    callback_data: str = ""
    url: str = ""
    is_in_same_row: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A new message. `prompt` is the number under which its buttons wait for a reply."""

    text: str
    buttons: tuple[Button, ...] = ()
    prompt: int | None = None


@dataclass(frozen=True, slots=True)
class ReplacementMessage:
    """A message that replaces the one with the chat's newest buttons if that was sent at `replace_since` (seconds since
    1970) or later, and is a new one otherwise. If `message` is None, the old one is deleted.
    """

    message: Message | None
    replace_since: int | None


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture with a caption. `fallback` is sent if it can't be drawn or sent; nothing if that is empty."""

    drawing: Drawing
    caption: str
    fallback: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file of plain text with a caption."""

    file_name: str
    text: str
    caption: str


@dataclass(frozen=True, slots=True)
class PdfDocument:
    """A page to print with a caption. `fallback` is sent if it can't be drawn or sent."""

    file_name: str
    drawing: Drawing
    caption: str
    fallback: str


@dataclass(frozen=True, slots=True)
class ExportDocument:
    """A campaign's answers as a file, written when it is sent; with a caption and buttons.

    `render_progress` takes the percentage that is written; `render_fallback` takes the reason why there is no file.
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
    """Removes the buttons of a prompt, and changes its text unless `text` is None."""

    prompt: int
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    """A box over the chat with at most 200 characters. Screen readers read it out, unlike a toast."""

    text: str


@dataclass(frozen=True, slots=True)
class ResultsPlaceholder:
    """A message about a campaign's results, which are loaded when it is sent; None if they are not available."""

    campaign_code: str
    render: Callable[[CampaignResults | None], Union["NewMessage", None]]


@dataclass(frozen=True, slots=True)
class ReportPlaceholder:
    """A message about a campaign's report, which is loaded when it is sent; None if it is not available."""

    campaign_code: str
    render: Callable[[Report | None], "NewMessage"]


@dataclass(frozen=True, slots=True)
class CommentPlaceholder:
    """A message about the comment at `position`, or the next one if `should_load_next`, which is loaded when it is
    sent; None if it is not available.
    """

    position: CommentPosition
    render: Callable[[ModerationView | None], Message]
    should_load_next: bool = False


@dataclass(frozen=True, slots=True)
class TappedMessageEdit:
    """Replaces the message whose button was tapped."""

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
