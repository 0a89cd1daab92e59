"""What coordinators are told at their desk: the facts of a turn that asks none of a flow's questions.

None of them tells anything of anybody who answers: how many were released is known to all, where people stop comes
rounded.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from flows.campaign import Link

OPEN = "desk_open"  # its button begins a walk, or asks whether another one may be given up for it


@dataclass(frozen=True, slots=True)
class OnDesk:
    """A campaign in the list: its code, what it is about, whether it is open."""

    code: str
    about: str
    open: bool


@dataclass(frozen=True, slots=True)
class DeskShown:
    """The menu: the campaigns of one's organisation. `leaves`: whether one may stop being a coordinator. `notice` names
    a text to say first. `underway`: something is unfinished in this chat, to go back to. `left_out`: how many more
    there are.
    """

    campaigns: tuple[OnDesk, ...]
    leaves: bool = False
    notice: str | None = None
    underway: bool = False
    left_out: int = 0
    kind: Literal["desk_shown"] = "desk_shown"


@dataclass(frozen=True, slots=True)
class CampaignShown:
    """A campaign's page: how many responses were `released`, how many of them can be `seen`. `stops`: {place: how many
    stopped there, as it may be shown}, without those withheld.
    """

    link: Link
    flow: str
    state: str
    opens_on: date | None
    closes_on: date | None
    released: int
    seen: int
    stops: dict[str, str] = field(default_factory=dict)
    kind: Literal["campaign_shown"] = "campaign_shown"


@dataclass(frozen=True, slots=True)
class CampaignOpened:
    """A campaign was opened; its link can be shared."""

    link: Link
    closes_on: date | None
    kind: Literal["campaign_opened"] = "campaign_opened"


@dataclass(frozen=True, slots=True)
class ClosingAsked:
    """A coordinator wants a campaign closed, and is asked whether that is so."""

    link: Link
    kind: Literal["closing_asked"] = "closing_asked"


@dataclass(frozen=True, slots=True)
class CampaignClosed:
    """A campaign was closed, for good."""

    link: Link
    kind: Literal["campaign_closed"] = "campaign_closed"


@dataclass(frozen=True, slots=True)
class InvitingAsked:
    """A coordinator wants to invite somebody: to their own organisation; or to a new one (`others`: they may)?"""

    others: bool = True
    kind: Literal["inviting_asked"] = "inviting_asked"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation was made; `token` is known to nobody else. `colleague`: to the same organisation."""

    token: str
    colleague: bool
    days: int
    kind: Literal["invited"] = "invited"


@dataclass(frozen=True, slots=True)
class LeavingAsked:
    """A coordinator wants to be one no more, and is asked whether that is so."""

    kind: Literal["leaving_asked"] = "leaving_asked"


@dataclass(frozen=True, slots=True)
class DeskLeft:
    """Somebody is a coordinator no more, by their own wish."""

    kind: Literal["desk_left"] = "desk_left"


CoordinatorEvent = (
    LeavingAsked
    | DeskLeft
    | DeskShown
    | CampaignShown
    | CampaignOpened
    | ClosingAsked
    | CampaignClosed
    | InvitingAsked
    | Invited
)


# @@DOC What coordinators are given of a campaign at their desk: what it is shared with, and downloads.
# @@
# @@ Events name the campaign and what is wanted, and hold no answers: those are read when the file is written.
# @@
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


ExportEvent = (
    InviteGiven | ShapeGiven | ShareTold | ShareRefused | DownloadOffered | DownloadBegun | DownloadGiven | GivenAlready
)
