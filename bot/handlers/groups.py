"""The bot in a group: which campaign the group joins, and what is told there. Nothing is asked, nobody is answered to.

Rights are not looked at: there is nothing of a coordinator's, and nothing of anybody's own.
"""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import Connection
from telegram.error import ChatMigrated, Forbidden

from bot.handlers.results import counted
from bot.render.localization import FIRST, language_for
from bot.telegram.api import Unwelcome
from bot.telegram.updates import GroupAddressed, GroupCommanded, GroupJoined, GroupLeft, GroupMoved, GroupNews, Incoming
from flows.campaign import Link
from flows.events import Event
from flows.events.results import ChartDrawn, GreetingTakenBack, GroupAnswered, GroupGreeted, GroupWordsTold
from flows.loader import DEFAULT, load
from storage.access import results_of
from storage.campaigns.repository import GENERAL, PLAIN, find, link_of
from storage.conversations import outbox
from storage.conversations.chats import let_go, lock_chat, note_update, was_taken
from storage.conversations.groups import (
    Asked,
    Group,
    find_group,
    forget_told,
    join,
    leave_group,
    lock_both,
    may_hush,
    meet,
    move,
    note_told,
    shut_out,
)
from storage.conversations.outbox import block, drop
from storage.db.database import Database
from storage.db.encryption import Cipher

SETTLING = 60  # seconds: Telegram tells of the joining and of the link's code one after the other, in any order
TAKEN_BACK = outbox.Saying("", DEFAULT, FIRST, (GreetingTakenBack(),))


def take_in_group(database: Database, incoming: Incoming, news: GroupNews, now: datetime) -> tuple[str, ...] | None:
    """Takes news of a group in. The kinds of the events that followed; None: it was taken in before."""
    chat = incoming.chat
    with database.transaction() as tx:
        if isinstance(news, GroupMoved):
            lock_both(tx, news.old, news.new)
        if was_taken(tx, chat, incoming.update):
            return None
        note_update(tx, chat, incoming.update)
        events = _events(tx, database.cipher, chat, news, now)
        group = find_group(tx, chat)
        if events or incoming.tap:
            outbox.leave(tx, database.cipher, chat, _saying(incoming, group, events))
        if group is None:
            let_go(tx, chat)
    if isinstance(news, GroupLeft):
        database.settle()
    return tuple(event.kind for event in events)


def turned_away(database: Database, due: outbox.Due, fault: Unwelcome) -> None:
    """Telegram does not let this be said. A group that has moved hears it where it is now; one that is gone is left."""
    cause = fault.__cause__
    if isinstance(cause, ChatMigrated):
        with database.transaction() as tx:
            lock_both(tx, due.chat, cause.new_chat_id)
            _move(tx, database.cipher, due.chat, cause.new_chat_id)
    elif isinstance(cause, Forbidden) and due.chat < 0:
        with database.transaction() as tx:
            shut_out(tx, due.chat, due.id)
    else:
        block(database, due)
        _untold(database, due.chat)


def give_up(database: Database, chat: int, number: int) -> None:
    """The saying of this number can't be said: it goes, so that what follows is not held up."""
    drop(database, number)
    _untold(database, chat)


def _untold(database: Database, chat: int) -> None:
    """Where it is a group, whoever asks for results next is not told that they stand further up."""
    if chat < 0:
        with database.transaction() as tx:
            lock_chat(tx, chat)
            forget_told(tx, chat)
            if find_group(tx, chat) is None:
                let_go(tx, chat)


def _events(tx: Connection, cipher: Cipher, chat: int, news: GroupNews, now: datetime) -> tuple[Event, ...]:
    match news:
        case GroupJoined():
            return (GroupGreeted(None),) if meet(tx, chat) else ()
        case GroupLeft():
            leave_group(tx, chat)
        case GroupMoved():
            _move(tx, cipher, news.old, news.new)
        case GroupCommanded():
            meet(tx, chat)
            return _commanded(tx, chat, news, now)
        case GroupAddressed():
            meet(tx, chat)
            group = find_group(tx, chat)
            if group and may_hush(tx, group, now):
                return (GroupAnswered("group_not_here", _open(tx, group.campaign, now)),)
    return ()


def _move(tx: Connection, cipher: Cipher, old: int, new: int) -> None:
    if move(tx, old, new):
        outbox.leave(tx, cipher, new, TAKEN_BACK)


def _commanded(tx: Connection, chat: int, news: GroupCommanded, now: datetime) -> tuple[Event, ...]:
    group = find_group(tx, chat)
    assert group
    match news.command:
        case "start" if news.words not in PLAIN:
            return (_follow(tx, group, news, now),)
        case "start" | "help":
            return (_greeting(tx, group.campaign, now),)
        case "results":
            return _results(tx, group, news.topic, now)
    return (GroupAnswered("group_elsewhere", _open(tx, group.campaign, now)),)


def _follow(tx: Connection, group: Group, news: GroupCommanded, now: datetime) -> Event:
    """A link's code was brought into the group. The first one stays as long as its campaign is open."""
    here = _open(tx, group.campaign, now)
    found = find(tx, news.words, now.date())
    since = news.at - SETTLING if news.topic is None else None
    if found.fault:
        return GroupAnswered(f"group_{found.fault}", here) if here else GroupGreeted(None, False, since, found.fault)
    if here and here.code != found.campaign:
        return GroupAnswered("group_has_one", here)
    if group.campaign != found.campaign:
        join(tx, group.chat, found.campaign)
    return replace(_greeting(tx, found.campaign, now), since=since)


def _greeting(tx: Connection, campaign: str, now: datetime) -> GroupGreeted:
    return GroupGreeted(link_of(tx, campaign), over=campaign != GENERAL and not _open(tx, campaign, now))


def _results(tx: Connection, group: Group, topic: int | None, now: datetime) -> tuple[Event, ...]:
    """The pictures, then the words; in a topic as in a group of its own."""
    if group.campaign == GENERAL:
        return (GroupAnswered("group_no_campaign"),)
    here, [link] = _open(tx, group.campaign, now), counted([results_of(tx, group.campaign)])
    asked = note_told(tx, group, f"{group.results} {topic or 0}", now)
    if asked is not Asked.FIRST:
        return (GroupAnswered("group_told_above", here),) if asked is Asked.AGAIN else ()
    if link.early:
        return (GroupAnswered("group_results_early" if here else "group_results_never", here),)
    charts = (ChartDrawn(link.campaign, number) for number in range(link.charts))
    return (*charts, GroupWordsTold(link.campaign, here))


def _open(tx: Connection, campaign: str, now: datetime) -> Link | None:
    """The campaign's link, where it can be followed today."""
    return None if find(tx, campaign, now.date()).fault else link_of(tx, campaign)


def _saying(incoming: Incoming, group: Group | None, events: tuple[Event, ...]) -> outbox.Saying:
    """In the campaign's language: it is not only whoever typed the command who reads it."""
    known = set(load(DEFAULT).flow.labels)
    language = language_for((group and group.language) or incoming.language, known, FIRST)
    topic = incoming.about.topic if isinstance(incoming.about, GroupCommanded | GroupAddressed) else None
    return outbox.Saying("", DEFAULT, language, events, incoming.tap, topic=topic)
