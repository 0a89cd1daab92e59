"""What coordinators are told at their desk: the facts of a turn that asks none of a flow's questions.

None of them tells anything of anybody who answers: how many were released is known to all, where people stop comes
rounded.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from flows.campaign import CampaignInfo

OPEN_CAMPAIGN_ACTION = "desk_open"  # its button begins a walk, or asks whether another one may be given up for it


@dataclass(frozen=True, slots=True)
class CampaignListItem:
    """A campaign in the list: its code, what it is about, whether it is open."""

    code: str
    about: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class CoordinatorMenuShown:
    """The menu: the campaigns of one's organisation. `leaves`: whether one may stop being a coordinator. `notice` names
    a text to say first. `underway`: something is unfinished in this chat, to go back to. `left_out`: how many more
    there are.
    """

    campaigns: tuple[CampaignListItem, ...]
    can_leave: bool = False
    notice: str | None = None
    has_unfinished_run: bool = False
    omitted_count: int = 0
    kind: Literal["coordinator_menu_shown"] = "coordinator_menu_shown"


@dataclass(frozen=True, slots=True)
class CampaignPageShown:
    """A campaign's page: how many responses were `released`, how many of them can be `seen`. `stops`: {place: how many
    stopped there, as it may be shown}, without those withheld.
    """

    campaign_info: CampaignInfo
    flow: str
    state: str
    opens_on: date | None
    closes_on: date | None
    released_count: int
    visible_count: int
    drop_offs: dict[str, str] = field(default_factory=dict)
    kind: Literal["campaign_page_shown"] = "campaign_page_shown"


@dataclass(frozen=True, slots=True)
class CampaignOpened:
    """A campaign was opened; its link can be shared."""

    campaign_info: CampaignInfo
    closes_on: date | None
    kind: Literal["campaign_opened"] = "campaign_opened"


@dataclass(frozen=True, slots=True)
class CampaignClosureRequested:
    """A coordinator wants a campaign closed, and is asked whether that is so."""

    campaign_info: CampaignInfo
    kind: Literal["campaign_closure_requested"] = "campaign_closure_requested"


@dataclass(frozen=True, slots=True)
class CampaignClosed:
    """A campaign was closed, for good."""

    campaign_info: CampaignInfo
    kind: Literal["campaign_closed"] = "campaign_closed"


@dataclass(frozen=True, slots=True)
class InvitationRequested:
    """A coordinator wants to invite somebody: to their own organisation; or to a new one (`others`: they may)?"""

    can_invite_others: bool = True
    kind: Literal["invitation_requested"] = "invitation_requested"


@dataclass(frozen=True, slots=True)
class InvitationCreated:
    """An invitation was made; `token` is known to nobody else. `colleague`: to the same organisation."""

    token: str
    is_colleague: bool
    valid_days: int
    kind: Literal["invitation_created"] = "invitation_created"


@dataclass(frozen=True, slots=True)
class CoordinatorLeaveRequested:
    """A coordinator wants to be one no more, and is asked whether that is so."""

    kind: Literal["coordinator_leave_requested"] = "coordinator_leave_requested"


@dataclass(frozen=True, slots=True)
class CoordinatorLeft:
    """Somebody is a coordinator no more, by their own wish."""

    kind: Literal["coordinator_left"] = "coordinator_left"


CoordinatorEvent = (
    CoordinatorLeaveRequested
    | CoordinatorLeft
    | CoordinatorMenuShown
    | CampaignPageShown
    | CampaignOpened
    | CampaignClosureRequested
    | CampaignClosed
    | InvitationRequested
    | InvitationCreated
)


# @@DOC What coordinators are given of a campaign at their desk: what it is shared with, and downloads.
# @@
# @@ Events name the campaign and what is wanted, and hold no answers: those are read when the file is written.
# @@
ShareMedium = Literal["picture", "code", "poster"]
ExportFormat = Literal["xlsx", "sav", "package"]


@dataclass(frozen=True, slots=True)
class ShareMessageShown:
    """A message to pass on, in the campaign's language: it makes sense on its own to whoever gets it."""

    campaign_info: CampaignInfo
    language: str
    kind: Literal["share_message_shown"] = "share_message_shown"


@dataclass(frozen=True, slots=True)
class ShareMediumShown:
    """A campaign's link as something to look at: a picture for a group chat, a QR code, a poster."""

    campaign_info: CampaignInfo
    language: str
    medium: ShareMedium
    kind: Literal["share_medium_shown"] = "share_medium_shown"


@dataclass(frozen=True, slots=True)
class ShareOverviewShown:
    """What was just given, what each is for, and the links that there are besides."""

    campaign_info: CampaignInfo
    kind: Literal["share_overview_shown"] = "share_overview_shown"


@dataclass(frozen=True, slots=True)
class ShareRefused:
    """Nobody can begin in the campaign any more: there is nothing to share."""

    campaign_info: CampaignInfo
    kind: Literal["share_refused"] = "share_refused"


@dataclass(frozen=True, slots=True)
class ExportOffered:
    """A coordinator wants the answers as a file: in which of these formats? None: nothing can be seen yet."""

    campaign_info: CampaignInfo
    formats: tuple[ExportFormat, ...]
    kind: Literal["export_offered"] = "export_offered"


@dataclass(frozen=True, slots=True)
class ExportStarted:
    """A file was asked for; it follows."""

    campaign_info: CampaignInfo
    kind: Literal["export_started"] = "export_started"


@dataclass(frozen=True, slots=True)
class ExportSent:
    """A campaign's answers as a file of that day."""

    campaign_info: CampaignInfo
    format: ExportFormat
    day: date
    kind: Literal["export_sent"] = "export_sent"


@dataclass(frozen=True, slots=True)
class RequestRepeated:
    """It was asked for just now, and is on its way."""

    kind: Literal["request_repeated"] = "request_repeated"


SharingEvent = (
    ShareMessageShown
    | ShareMediumShown
    | ShareOverviewShown
    | ShareRefused
    | ExportOffered
    | ExportStarted
    | ExportSent
    | RequestRepeated
)
