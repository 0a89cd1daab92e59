"""The coordinator menu: campaigns of the coordinator's organisation, sharing, exports, invitations, resignation.

Rights are checked here, in the turn's own transaction, and never by a button. A reply without the right to it returns
None: the engine treats it like an unknown command or button.
"""

from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec

from bot.handlers.moderation import MODERATION_ACTIONS, take_moderation_action
from bot.render.buttons import EXPORT_ACTION, INVITATION_PREFIX, SHARE_ACTION
from flows.campaign import CampaignInfo
from flows.events import Event, NoticeShown
from flows.events.coordinator import (
    CampaignClosed,
    CampaignClosureRequested,
    CampaignListItem,
    CampaignPageShown,
    CoordinatorLeaveRequested,
    CoordinatorLeft,
    CoordinatorMenuShown,
    ExportFormat,
    ExportOffered,
    ExportSent,
    ExportStarted,
    InvitationCreated,
    InvitationRequested,
    RequestRepeated,
    ShareMedium,
    ShareMediumShown,
    ShareMessageShown,
    ShareOverviewShown,
    ShareRefused,
    SharingEvent,
)
from flows.loader import load_walk
from flows.models import Command, Reply, Run, Tap, Turn
from storage.access import CampaignOverview, find_organisation_campaign, load_organisation_campaigns
from storage.anonymity.drop_off import load_drop_offs
from storage.anonymity.releases import count_visible_responses
from storage.campaigns.coordinators import (
    INVITATION_VALIDITY,
    Coordinator,
    accept_invitation,
    create_invitation,
    find_coordinator,
    record_action,
    remove_coordinator,
)
from storage.campaigns.repository import find_campaign_info
from storage.conversations.outbox import is_event_waiting
from storage.conversations.runs import UpdateContext
from storage.db.session import Session
from storage.retention import close_and_record

FORMATS_BY_ACTION: dict[str, ExportFormat] = {"menu_xlsx": "xlsx", "menu_sav": "sav", "menu_package": "package"}
REQUIRED_PACKAGES = {"sav": ("pandas", "pyreadstat")}  # optional dependencies
SHARED_MEDIA: tuple[ShareMedium, ...] = ("picture", "code", "poster")
SHARING_ACTIONS = frozenset({SHARE_ACTION, EXPORT_ACTION, *FORMATS_BY_ACTION})
MENU_ACTIONS = frozenset(
    {
        "menu",
        "menu_page",
        "menu_close",
        "menu_close_confirmed",
        "menu_invite",
        "menu_invite_colleague",
        "menu_invite_group",
    }
)
LEAVE_ACTIONS = frozenset({"menu_leave", "menu_leave_confirmed"})
COORDINATOR_ACTIONS = MENU_ACTIONS | LEAVE_ACTIONS | SHARING_ACTIONS
AUDITED_ACTIONS_BY_EVENT: dict[type, str] = {ShareOverviewShown: "shared", ExportSent: "downloaded"}
MAX_LISTED_CAMPAIGNS = 50  # in the menu: Telegram allows 100 buttons
OPEN_STATES = frozenset({"open", "upcoming"})


def take_coordinator_turn(
    session: Session, context: UpdateContext, run: Run, reply: Reply, now: datetime
) -> Turn | None:
    """The turn, with the run unchanged. None: the reply is for the engine."""
    token = find_invitation_token(reply)
    if token is None and not is_coordinator_reply(reply):
        return None
    coordinator = find_coordinator(session, context.chat_id, is_configured=context.is_configured)
    events: tuple[Event, ...] = ()
    if token is not None:
        events = (_accept_invitation(session, context, coordinator, token, now),)
    elif coordinator:
        events = _handle_reply(session, coordinator, reply, now)
    if not events:
        return None
    return Turn(replace(run, seen_at=now), tuple(_add_way_back(event, run) for event in events))


def find_invitation_token(reply: Reply) -> str | None:
    """The token, if an invitation's link was followed."""
    match reply:
        case Command("start", argument) if argument.casefold().startswith(INVITATION_PREFIX):
            return argument[len(INVITATION_PREFIX) :]
    return None


def is_coordinator_reply(reply: Reply) -> bool:
    """Whether the reply means something for coordinators only."""
    match reply:
        case Command("coordinator"):
            return True
        case Tap(action=action):
            return action in COORDINATOR_ACTIONS or action in MODERATION_ACTIONS
    return False


def _accept_invitation(
    session: Session, context: UpdateContext, coordinator: Coordinator | None, token: str, now: datetime
) -> Event:
    if coordinator:  # the invitation stays valid for someone else
        return _list_campaigns(session, coordinator, now, notice="coordinator_already")
    if accept_invitation(session, token, context.chat_id, now):
        new_coordinator = find_coordinator(session, context.chat_id, is_configured=False)
        assert new_coordinator
        return _list_campaigns(session, new_coordinator, now, notice="coordinator_now")
    return NoticeShown("invitation_gone")


def _handle_reply(session: Session, coordinator: Coordinator, reply: Reply, now: datetime) -> tuple[Event, ...]:
    match reply:
        case Tap(action=action) if action in SHARING_ACTIONS:
            return take_sharing_action(session, coordinator, reply, now)
        case Tap(action=action) if action in MODERATION_ACTIONS:
            return take_moderation_action(session, coordinator, reply, now)
        case Command() | Tap():
            event = _handle_menu_reply(session, coordinator, reply, now)
            return (event,) if event else ()
    return ()


def _handle_menu_reply(session: Session, coordinator: Coordinator, reply: Command | Tap, now: datetime) -> Event | None:
    match reply:
        case Command() | Tap(action="menu"):
            return _list_campaigns(session, coordinator, now)
        case Tap(action="menu_page" | "menu_close" | "menu_close_confirmed" as action, value=code):
            campaign = find_organisation_campaign(session, coordinator.organisation, code)
            return _handle_campaign_action(session, coordinator, action, campaign, now) if campaign else None
        case Tap(action=action) if action in LEAVE_ACTIONS:
            # A configured coordinator cannot leave: the setting would make them one again.
            return None if coordinator.is_configured else _handle_leave_action(session, coordinator, action)
        case Tap(action=action) if coordinator.is_configured or action != "menu_invite_group":
            return _handle_invite_action(session, coordinator, action, now)
    return None


def _list_campaigns(
    session: Session, coordinator: Coordinator, now: datetime, notice: str | None = None
) -> CoordinatorMenuShown:
    """The menu, open campaigns first."""
    campaigns = [
        CampaignListItem(campaign.code, campaign.about, _is_campaign_open(campaign, now))
        for campaign in load_organisation_campaigns(session, coordinator.organisation)
    ]
    campaigns.sort(key=lambda campaign: not campaign.is_open)
    return CoordinatorMenuShown(
        tuple(campaigns[:MAX_LISTED_CAMPAIGNS]),
        not coordinator.is_configured,
        notice,
        omitted_count=len(campaigns[MAX_LISTED_CAMPAIGNS:]),
    )


def _handle_campaign_action(
    session: Session, coordinator: Coordinator, action: str, campaign: CampaignOverview, now: datetime
) -> Event:
    campaign_info = find_campaign_info(session, campaign.code)
    assert campaign_info
    if action == "menu_page" or campaign.is_closed:
        return _show_campaign_page(session, campaign, campaign_info, now)
    if action == "menu_close":
        return CampaignClosureRequested(campaign_info)
    close_and_record(session, coordinator.chat_id, campaign.code)
    return CampaignClosed(campaign_info)


def _show_campaign_page(
    session: Session, campaign: CampaignOverview, campaign_info: CampaignInfo, now: datetime
) -> CampaignPageShown:
    drop_offs = load_drop_offs(session, campaign.code)
    return CampaignPageShown(
        campaign_info,
        campaign.flow,
        campaign.find_state(now.date()),
        campaign.opens_on,
        campaign.closes_on,
        campaign.released_count,
        count_visible_responses(session, campaign.code),
        drop_offs,
    )


def _handle_invite_action(session: Session, coordinator: Coordinator, action: str, now: datetime) -> Event:
    if action == "menu_invite":
        return InvitationRequested(can_invite_others=coordinator.is_configured)
    is_colleague = action == "menu_invite_colleague"
    token = create_invitation(session, coordinator, now, is_for_colleague=is_colleague)
    return InvitationCreated(token, is_colleague, INVITATION_VALIDITY.days)


def _handle_leave_action(session: Session, coordinator: Coordinator, action: str) -> Event:
    if action == "menu_leave":
        return CoordinatorLeaveRequested()
    remove_coordinator(session, coordinator.chat_id)
    record_action(session, coordinator.chat_id, "left")
    return CoordinatorLeft()


def take_sharing_action(
    session: Session, coordinator: Coordinator, tap: Tap, now: datetime
) -> tuple[SharingEvent, ...]:
    """Empty if the campaign is not one of the coordinator's organisation."""
    campaign = find_organisation_campaign(session, coordinator.organisation, tap.value)
    campaign_info = find_campaign_info(session, tap.value) if campaign else None
    if not (campaign and campaign_info):
        return ()
    events = (
        _make_share_events(campaign, campaign_info, now)
        if tap.action == SHARE_ACTION
        else _make_export_events(session, campaign_info, tap.action, now)
    )
    if is_event_waiting(session, coordinator.chat_id, events[-1]):  # an impatient second tap
        return (RequestRepeated(),)
    audited_action = AUDITED_ACTIONS_BY_EVENT.get(type(events[-1]))
    if audited_action:
        record_action(session, coordinator.chat_id, audited_action, campaign_info.code)
    return events


def _make_share_events(
    campaign: CampaignOverview, campaign_info: CampaignInfo, now: datetime
) -> tuple[SharingEvent, ...]:
    if not _is_campaign_open(campaign, now):
        return (ShareRefused(campaign_info),)
    language = campaign.language or load_walk(campaign.flow).flow.language
    if campaign_info.promised_by and campaign_info.promised_by < now.date():
        campaign_info = replace(campaign_info, promised_by=None)
    media = (ShareMediumShown(campaign_info, language, medium) for medium in SHARED_MEDIA)
    return (ShareMessageShown(campaign_info, language), *media, ShareOverviewShown(campaign_info))


def _make_export_events(
    session: Session, campaign_info: CampaignInfo, action: str, now: datetime
) -> tuple[SharingEvent, ...]:
    """The file, if a format was chosen and there are responses to export; otherwise the formats to choose from."""
    has_responses = bool(count_visible_responses(session, campaign_info.code))
    export_format = FORMATS_BY_ACTION.get(action)
    if export_format is None or not has_responses:
        return (ExportOffered(campaign_info, _list_available_formats() if has_responses else ()),)
    return ExportStarted(campaign_info), ExportSent(campaign_info, export_format, now.date())


def _list_available_formats() -> tuple[ExportFormat, ...]:
    """The formats whose packages are installed."""
    return tuple(
        export_format
        for export_format in FORMATS_BY_ACTION.values()
        if all(map(find_spec, REQUIRED_PACKAGES.get(export_format, ())))
    )


def _is_campaign_open(campaign: CampaignOverview, now: datetime) -> bool:
    return campaign.find_state(now.date()) in OPEN_STATES


def _add_way_back(event: Event, run: Run) -> Event:
    """Adds a button that leads back to the chat's unfinished run, if it has one."""
    if not run.prompt:
        return event
    match event:
        case CoordinatorMenuShown():
            return replace(event, has_unfinished_run=True)
        case NoticeShown():
            return replace(event, button="carry_on")
    return event
