"""The desk: a coordinator's menu, the campaigns of their organisation, invitations. It asks nothing of a flow.

Rights are looked at here, in the turn's own transaction, and nowhere in a button. Who has none gets None: the walk
answers, as it does to a command or a button that does not exist.
"""

from dataclasses import replace
from datetime import datetime
from importlib.util import find_spec

from bot.handlers.moderation import is_moderation_reply, take_moderation_action
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

# @@DOC What a coordinator is given from a campaign's page: what it is shared with, and downloads. As events.
FORMATS_BY_ACTION: dict[str, ExportFormat] = {"desk_xlsx": "xlsx", "desk_sav": "sav", "desk_package": "package"}
SHARING_ACTIONS = frozenset({SHARE_ACTION, EXPORT_ACTION, *FORMATS_BY_ACTION})
SHARED_SHAPES: tuple[ShareMedium, ...] = ("picture", "code", "poster")
AUDITED_ACTS_BY_EVENT: dict[type, str] = {ShareOverviewShown: "shared", ExportSent: "downloaded"}
REQUIRED_PACKAGES = {"sav": ("pandas", "pyreadstat")}  # an extra: not every bot has them


def take_sharing_action(
    session: Session, coordinator: Coordinator, tap: Tap, now: datetime
) -> tuple[SharingEvent, ...]:
    """What follows on one of `ACTS`. Nothing, where the campaign is not of this coordinator's organisation."""
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
    audited_act = AUDITED_ACTS_BY_EVENT.get(type(events[-1]))
    if audited_act:
        record_action(session, coordinator.chat_id, audited_act, campaign_info.code)
    return events


def _make_share_events(
    campaign: CampaignOverview, campaign_info: CampaignInfo, now: datetime
) -> tuple[SharingEvent, ...]:
    if campaign.find_state(now.date()) not in {"open", "early"}:
        return (ShareRefused(campaign_info),)
    language = campaign.language or load_walk(campaign.flow).flow.language
    if campaign_info.promised_by and campaign_info.promised_by < now.date():
        campaign_info = replace(campaign_info, promised_by=None)
    shapes = (ShareMediumShown(campaign_info, language, shape) for shape in SHARED_SHAPES)
    return (ShareMessageShown(campaign_info, language), *shapes, ShareOverviewShown(campaign_info))


def _make_export_events(
    session: Session, campaign_info: CampaignInfo, action: str, now: datetime
) -> tuple[SharingEvent, ...]:
    export_format = FORMATS_BY_ACTION.get(action)
    if export_format is None or not count_visible_responses(session, campaign_info.code):
        return (
            ExportOffered(
                campaign_info, _list_available_formats() if count_visible_responses(session, campaign_info.code) else ()
            ),
        )
    return ExportStarted(campaign_info), ExportSent(campaign_info, export_format, now.date())


def _list_available_formats() -> tuple[ExportFormat, ...]:
    """Those that this bot can write."""
    return tuple(
        export_format
        for export_format in FORMATS_BY_ACTION.values()
        if all(map(find_spec, REQUIRED_PACKAGES.get(export_format, ())))
    )


MENU_ACTIONS = frozenset(
    {"desk", "desk_page", "desk_close", "desk_closed", "desk_invite", "desk_colleague", "desk_other"}
)
LEAVE_ACTIONS = frozenset({"desk_leave", "desk_left"})
COORDINATOR_ACTIONS = MENU_ACTIONS | LEAVE_ACTIONS | SHARING_ACTIONS
MAX_LISTED_CAMPAIGNS = 50  # campaigns in the menu: Telegram takes 100 buttons


def take_coordinator_turn(
    session: Session, context: UpdateContext, run: Run, reply: Reply, now: datetime
) -> Turn | None:
    """The turn, which leaves the run where it is. None: this is for the walk."""
    token = find_invitation_token(reply)
    if token is None and not is_coordinator_reply(reply):
        return None
    coordinator = find_coordinator(session, context.chat_id, is_configured=context.is_configured)
    if coordinator and isinstance(reply, Tap) and reply.action in SHARING_ACTIONS:
        sharing_events = take_sharing_action(session, coordinator, reply, now)
        return Turn(replace(run, seen_at=now), sharing_events) if sharing_events else None
    if is_moderation_reply(reply):
        moderation_events = take_moderation_action(session, coordinator, reply, now) if coordinator else ()
        return Turn(replace(run, seen_at=now), moderation_events) if moderation_events else None
    event: Event | None = None
    if token is not None:
        event = _accept_invitation(session, context, coordinator, token, now)
    elif coordinator:
        event = _handle_menu_reply(session, coordinator, reply, now)
    if event is None:
        return None
    return Turn(replace(run, seen_at=now), (_add_way_back(event, run),))


def find_invitation_token(reply: Reply) -> str | None:
    """The token of an invitation whose link was followed."""
    match reply:
        case Command("start", argument) if argument.casefold().startswith(INVITATION_PREFIX):
            return argument[len(INVITATION_PREFIX) :]
    return None


def is_coordinator_reply(reply: Reply) -> bool:
    """Whether this means something to a coordinator only."""
    match reply:
        case Command("coordinator"):
            return True
        case Tap(action=action):
            return action in COORDINATOR_ACTIONS or is_moderation_reply(reply)
    return False


def _accept_invitation(
    session: Session, context: UpdateContext, coordinator: Coordinator | None, token: str, now: datetime
) -> Event:
    """Who is a coordinator already leaves the invitation to somebody else."""
    if coordinator:
        return _list_campaigns(session, coordinator, now, notice="coordinator_already")
    if accept_invitation(session, token, context.chat_id, now):
        new_coordinator = find_coordinator(session, context.chat_id, is_configured=False)
        assert new_coordinator
        return _list_campaigns(session, new_coordinator, now, notice="coordinator_now")
    return NoticeShown("invitation_gone")


def _handle_menu_reply(session: Session, coordinator: Coordinator, reply: Reply, now: datetime) -> Event | None:
    match reply:
        case Command() | Tap(action="desk"):
            return _list_campaigns(session, coordinator, now)
        case Tap(action="desk_page" | "desk_close" | "desk_closed", value=code):
            campaign = find_organisation_campaign(session, coordinator.organisation, code)
            return _handle_campaign_action(session, coordinator, reply.action, campaign, now) if campaign else None
        case Tap(action=action) if action in LEAVE_ACTIONS:
            return None if coordinator.is_configured else _handle_leave_action(session, coordinator, action)
        case Tap(action=action) if coordinator.is_configured or action != "desk_other":
            return _handle_invite_action(session, coordinator, action, now)
    return None


def _list_campaigns(
    session: Session, coordinator: Coordinator, now: datetime, notice: str | None = None
) -> CoordinatorMenuShown:
    """Those that are open stand first."""
    campaigns = [
        CampaignListItem(campaign.code, campaign.about, _is_campaign_open(campaign, now))
        for campaign in load_organisation_campaigns(session, coordinator.organisation)
    ]
    campaigns.sort(key=lambda one: not one.is_open)
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
    if action == "desk_page" or campaign.is_closed:
        drop_off, visible_responses = (
            load_drop_offs(session, campaign.code),
            count_visible_responses(session, campaign.code),
        )
        state = campaign.find_state(now.date())
        return CampaignPageShown(
            campaign_info,
            campaign.flow,
            state,
            campaign.opens_on,
            campaign.closes_on,
            campaign.released_count,
            visible_responses,
            drop_off,
        )
    if action == "desk_close":
        return CampaignClosureRequested(campaign_info)
    close_and_record(session, coordinator.chat_id, campaign.code)
    return CampaignClosed(campaign_info)


def _handle_invite_action(session: Session, coordinator: Coordinator, action: str, now: datetime) -> Event:
    if action == "desk_invite":
        return InvitationRequested(can_invite_others=coordinator.is_configured)
    is_colleague = action == "desk_colleague"
    return InvitationCreated(
        create_invitation(session, coordinator, now, is_for_colleague=is_colleague),
        is_colleague,
        INVITATION_VALIDITY.days,
    )


def _handle_leave_action(session: Session, coordinator: Coordinator, action: str) -> Event:
    """Whom the operator names can't leave here: the setting would make them one again."""
    if action == "desk_leave":
        return CoordinatorLeaveRequested()
    remove_coordinator(session, coordinator.chat_id)
    record_action(session, coordinator.chat_id, "left")
    return CoordinatorLeft()


def _is_campaign_open(campaign: CampaignOverview, now: datetime) -> bool:
    return campaign.find_state(now.date()) in {"open", "early"}


def _add_way_back(event: Event, run: Run) -> Event:
    """Something is unfinished in this chat: there is a way back to it."""
    if not run.prompt:
        return event
    match event:
        case CoordinatorMenuShown():
            return replace(event, has_unfinished_run=True)
        case NoticeShown():
            return replace(event, button="carry_on")
    return event
