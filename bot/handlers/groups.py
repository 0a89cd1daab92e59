"""The bot in a group: which campaign the group belongs to, and what the bot shows there. It asks nothing in a group.

No rights are checked: a group sees nothing that belongs to a coordinator or to one person.
"""

from dataclasses import replace
from datetime import datetime

from bot.handlers.results import add_chart_counts
from bot.render.localization import DEFAULT_LANGUAGE, choose_language
from bot.telegram.updates import (
    GroupCommand,
    GroupDeparture,
    GroupJoin,
    GroupMention,
    GroupMigration,
    GroupUpdate,
    IncomingUpdate,
)
from flows.campaign import CampaignInfo
from flows.events import Event
from flows.events.results import ChartShown, GroupAnswered, GroupGreeted, GroupGreetingRemoved, GroupResultsShown
from flows.loader import DEFAULT_FLOW_ID, load_walk
from storage.access import load_campaign_results
from storage.campaigns.repository import GENERAL_CAMPAIGN, RESERVED_CODES, find_campaign_info, resolve_link
from storage.conversations import outbox
from storage.conversations.chats import delete_idle_chat, lock_chat_for_update, record_update
from storage.conversations.groups import (
    Group,
    RequestFrequency,
    add_group,
    delete_group,
    find_group,
    join_campaign,
    lock_chats,
    move_group,
    record_redirect_notice,
    record_request,
)
from storage.db.database import Database
from storage.db.session import Session

# When the bot joins by a link, Telegram reports the joining and the link's code separately, in any order. A greeting
# sent within this time is replaced by the one for the link.
GREETING_MERGE_SECONDS = 60
GREETING_REMOVAL_CONTENT = outbox.OutboxContent("", DEFAULT_FLOW_ID, DEFAULT_LANGUAGE, (GroupGreetingRemoved(),))


def take_group_update(
    database: Database, update: IncomingUpdate, group_update: GroupUpdate, now: datetime
) -> tuple[str, ...] | None:
    """The kinds of the events that followed. None: the update was processed before."""
    chat_id = update.chat_id
    with database.nested() as session:
        if isinstance(group_update, GroupMigration):
            lock_chats(session, group_update.old_chat_id, group_update.new_chat_id)
        if not lock_chat_for_update(session, chat_id, update.update_id):
            return None
        record_update(session, chat_id, update.update_id)
        events = _handle_group_update(session, chat_id, group_update, now)
        group = find_group(session, chat_id)
        if events or update.tap:
            outbox.add_entry(session, chat_id, _make_content(update, group, events))
        if group is None:
            delete_idle_chat(session, chat_id)
    if isinstance(group_update, GroupDeparture):
        database.checkpoint()
    return tuple(event.kind for event in events)


def migrate_group(session: Session, old_chat_id: int, new_chat_id: int) -> None:
    """Moves a group and its entries to its new chat, and removes a greeting that the bot already sent there."""
    if move_group(session, old_chat_id, new_chat_id):
        outbox.add_entry(session, new_chat_id, GREETING_REMOVAL_CONTENT)


def _handle_group_update(session: Session, chat_id: int, group_update: GroupUpdate, now: datetime) -> tuple[Event, ...]:
    match group_update:
        case GroupJoin():
            return (GroupGreeted(None),) if add_group(session, chat_id) else ()
        case GroupDeparture():
            delete_group(session, chat_id)
        case GroupMigration():
            migrate_group(session, group_update.old_chat_id, group_update.new_chat_id)
        case GroupCommand():
            add_group(session, chat_id)
            return _handle_group_command(session, chat_id, group_update, now)
        case GroupMention():
            add_group(session, chat_id)
            group = find_group(session, chat_id)
            if group and record_redirect_notice(session, group, now):
                return (GroupAnswered("group_not_here", _find_open_campaign(session, group.campaign, now)),)
    return ()


def _handle_group_command(
    session: Session, chat_id: int, group_command: GroupCommand, now: datetime
) -> tuple[Event, ...]:
    group = find_group(session, chat_id)
    assert group
    match group_command.command:
        case "start" if group_command.argument not in RESERVED_CODES:
            return (_follow_link(session, group, group_command, now),)
        case "start" | "help":
            return (_make_greeting(session, group.campaign, now),)
        case "results":
            return _make_results_events(session, group, group_command.topic_id, now)
    return (GroupAnswered("group_elsewhere", _find_open_campaign(session, group.campaign, now)),)


def _follow_link(session: Session, group: Group, group_command: GroupCommand, now: datetime) -> Event:
    """A link's code was sent in the group. The group keeps its campaign as long as that is open."""
    open_campaign = _find_open_campaign(session, group.campaign, now)
    target = resolve_link(session, group_command.argument, now.date())
    replace_since = group_command.sent_at - GREETING_MERGE_SECONDS if group_command.topic_id is None else None
    if target.problem:
        return (
            GroupAnswered(f"group_{target.problem}", open_campaign)
            if open_campaign
            else GroupGreeted(None, False, replace_since, target.problem)
        )
    if open_campaign and open_campaign.code != target.campaign:
        return GroupAnswered("group_has_one", open_campaign)
    if group.campaign != target.campaign:
        join_campaign(session, group.chat_id, target.campaign)
    return replace(_make_greeting(session, target.campaign, now), replaces_since=replace_since)


def _make_greeting(session: Session, campaign_code: str, now: datetime) -> GroupGreeted:
    return GroupGreeted(
        find_campaign_info(session, campaign_code),
        is_campaign_over=campaign_code != GENERAL_CAMPAIGN and not _find_open_campaign(session, campaign_code, now),
    )


def _make_results_events(session: Session, group: Group, topic_id: int | None, now: datetime) -> tuple[Event, ...]:
    """The charts, then the text. Each topic of a forum counts as a group of its own."""
    if group.campaign == GENERAL_CAMPAIGN:
        return (GroupAnswered("group_no_campaign"),)
    open_campaign = _find_open_campaign(session, group.campaign, now)
    [results_info] = add_chart_counts([load_campaign_results(session, group.campaign)])
    frequency = record_request(session, group, f"{group.results_version} {topic_id or 0}", now)
    if frequency is RequestFrequency.TOO_OFTEN:
        return ()
    if frequency is RequestFrequency.REPEATED:
        return (GroupAnswered("group_told_above", open_campaign),)
    if results_info.is_unreleased:
        return (GroupAnswered("group_results_early" if open_campaign else "group_results_never", open_campaign),)
    charts = (ChartShown(results_info.campaign, number) for number in range(results_info.chart_count))
    return (*charts, GroupResultsShown(results_info.campaign, open_campaign))


def _find_open_campaign(session: Session, campaign_code: str, now: datetime) -> CampaignInfo | None:
    """The campaign, if its link can be followed today."""
    if resolve_link(session, campaign_code, now.date()).problem:
        return None
    return find_campaign_info(session, campaign_code)


def _make_content(update: IncomingUpdate, group: Group | None, events: tuple[Event, ...]) -> outbox.OutboxContent:
    """In the campaign's language: others than the sender read it too."""
    preferred_language = (group and group.language) or update.language
    available_languages = set(load_walk(DEFAULT_FLOW_ID).flow.labels)
    language = choose_language(preferred_language, available_languages, DEFAULT_LANGUAGE)
    topic_id = update.content.topic_id if isinstance(update.content, GroupCommand | GroupMention) else None
    return outbox.OutboxContent("", DEFAULT_FLOW_ID, language, events, update.tap, topic_id=topic_id)
