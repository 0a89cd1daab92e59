"""What coordinators see in their menu, and what they share and export.

Nothing in these events is about a respondent: the number of released responses is public, and drop-offs are rounded.
Exports name the campaign; the answers are read when the file is written.
"""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from flows.campaign import CampaignInfo

OPEN_CAMPAIGN_ACTION = "menu_open"  # begins a run, or asks whether to give up another one for it
ShareMedium = Literal["picture", "code", "poster"]
ExportFormat = Literal["xlsx", "sav", "package"]


@dataclass(frozen=True, slots=True)
class CampaignListItem:
    """A campaign in the menu."""

    code: str
    about: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class CoordinatorMenuShown:
    """The menu, with the campaigns of the coordinator's organisation.

    `can_leave`: they may stop being a coordinator. `notice` names a text to show first. `has_unfinished_run`: there is
    a run in this chat to go back to. `omitted_count` campaigns are not listed.
    """

    campaigns: tuple[CampaignListItem, ...]
    can_leave: bool = False
    notice: str | None = None
    has_unfinished_run: bool = False
    omitted_count: int = 0
    kind: Literal["coordinator_menu_shown"] = "coordinator_menu_shown"


@dataclass(frozen=True, slots=True)
class CampaignPageShown:
    """A campaign's page. `visible_count` of the `released_count` responses can be seen in the results.

    `drop_offs` is {step id: how many stopped there, rounded as text}, without the suppressed ones.
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
    """A campaign was opened; its link can be shared. `closes_on` is its last day."""

    campaign_info: CampaignInfo
    closes_on: date | None
    kind: Literal["campaign_opened"] = "campaign_opened"


@dataclass(frozen=True, slots=True)
class CampaignClosureRequested:
    """A coordinator was asked whether to close a campaign."""

    campaign_info: CampaignInfo
    kind: Literal["campaign_closure_requested"] = "campaign_closure_requested"


@dataclass(frozen=True, slots=True)
class CampaignClosed:
    """A campaign was closed for good."""

    campaign_info: CampaignInfo
    kind: Literal["campaign_closed"] = "campaign_closed"


@dataclass(frozen=True, slots=True)
class InvitationRequested:
    """A coordinator chose to invite somebody: a colleague or, if `can_invite_others`, another organisation."""

    can_invite_others: bool = True
    kind: Literal["invitation_requested"] = "invitation_requested"


@dataclass(frozen=True, slots=True)
class InvitationCreated:
    """An invitation was made. `token` is secret. `is_colleague`: it is to the coordinator's own organisation."""

    token: str
    is_colleague: bool
    valid_days: int
    kind: Literal["invitation_created"] = "invitation_created"


@dataclass(frozen=True, slots=True)
class CoordinatorLeaveRequested:
    """A coordinator was asked whether to stop being one."""

    kind: Literal["coordinator_leave_requested"] = "coordinator_leave_requested"


@dataclass(frozen=True, slots=True)
class CoordinatorLeft:
    """A coordinator stopped being one, by their own wish."""

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


@dataclass(frozen=True, slots=True)
class ShareMessageShown:
    """A message to forward, in the campaign's language. It makes sense on its own to its readers."""

    campaign_info: CampaignInfo
    language: str
    kind: Literal["share_message_shown"] = "share_message_shown"


@dataclass(frozen=True, slots=True)
class ShareMediumShown:
    """A campaign's link as a picture for a group chat, a QR code or a poster."""

    campaign_info: CampaignInfo
    language: str
    medium: ShareMedium
    kind: Literal["share_medium_shown"] = "share_medium_shown"


@dataclass(frozen=True, slots=True)
class ShareOverviewShown:
    """What was just shared, what each part is for, and the other links."""

    campaign_info: CampaignInfo
    kind: Literal["share_overview_shown"] = "share_overview_shown"


@dataclass(frozen=True, slots=True)
class ShareRefused:
    """No one new can begin in the campaign, so there is nothing to share."""

    campaign_info: CampaignInfo
    kind: Literal["share_refused"] = "share_refused"


@dataclass(frozen=True, slots=True)
class ExportOffered:
    """A coordinator was asked for the format of an export. `formats` is empty where no results can be seen yet."""

    campaign_info: CampaignInfo
    formats: tuple[ExportFormat, ...]
    kind: Literal["export_offered"] = "export_offered"


@dataclass(frozen=True, slots=True)
class ExportStarted:
    """An export was requested; the file follows."""

    campaign_info: CampaignInfo
    kind: Literal["export_started"] = "export_started"


@dataclass(frozen=True, slots=True)
class ExportSent:
    """A campaign's answers as a file. `day` is the date of the export."""

    campaign_info: CampaignInfo
    format: ExportFormat
    day: date
    kind: Literal["export_sent"] = "export_sent"


@dataclass(frozen=True, slots=True)
class RequestRepeated:
    """The same thing was requested a moment ago and is on its way."""

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
