"""What coordinators are told at their desk: the facts of a turn that asks none of a flow's questions.

None of them tells anything of anybody who answers: how many were released is known to all, where people stop comes
rounded.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from flows.link import Link

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


AnyEvent = (
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
