"""What coordinators are given of a campaign at their desk: what it is shared with, and downloads.

Events name the campaign and what is wanted, and hold no answers: those are read when the file is written.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from flows.link import Link

Shape = Literal["picture", "code", "poster"]
Format = Literal["xlsx", "sav", "package"]


@dataclass(frozen=True, slots=True)
class InviteGiven:
    """A message to pass on, in the campaign's language: it makes sense on its own to whoever gets it."""

    link: Link
    language: str
    kind: Literal["invite_given"] = "invite_given"


@dataclass(frozen=True, slots=True)
class ShapeGiven:
    """A campaign's link as something to look at: a picture for a group chat, a QR code, a poster."""

    link: Link
    language: str
    shape: Shape
    kind: Literal["shape_given"] = "shape_given"


@dataclass(frozen=True, slots=True)
class ShareTold:
    """What was just given, what each is for, and the links that there are besides."""

    link: Link
    kind: Literal["share_told"] = "share_told"


@dataclass(frozen=True, slots=True)
class ShareRefused:
    """Nobody can begin in the campaign any more: there is nothing to share."""

    link: Link
    kind: Literal["share_refused"] = "share_refused"


@dataclass(frozen=True, slots=True)
class DownloadOffered:
    """A coordinator wants the answers as a file: in which of these formats? None: nothing can be seen yet."""

    link: Link
    formats: tuple[Format, ...]
    kind: Literal["download_offered"] = "download_offered"


@dataclass(frozen=True, slots=True)
class DownloadBegun:
    """A file was asked for; it follows."""

    link: Link
    kind: Literal["download_begun"] = "download_begun"


@dataclass(frozen=True, slots=True)
class DownloadGiven:
    """A campaign's answers as a file of that day."""

    link: Link
    format: Format
    on: date
    kind: Literal["download_given"] = "download_given"


@dataclass(frozen=True, slots=True)
class GivenAlready:
    """It was asked for just now, and is on its way."""

    kind: Literal["given_already"] = "given_already"


AnyEvent = (
    InviteGiven | ShapeGiven | ShareTold | ShareRefused | DownloadOffered | DownloadBegun | DownloadGiven | GivenAlready
)
