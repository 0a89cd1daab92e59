"""Comments read one by one: what a coordinator thinks of each, and which words of it are hidden.

A turn judges, and shows nothing. What comes next is looked up when it is said.
"""

from datetime import datetime

from sqlalchemy import Connection

from bot.render.buttons import BEGIN, JUDGED
from flows.events.moderation import (
    At,
    CommentJudged,
    JudgedUnread,
    JudgementUndone,
    ModerationEvent,
    ReadOn,
    WordsHidden,
    WordsOffered,
    at_of,
    seconds_since,
)
from flows.models import Reply, Tapped
from storage.access import campaign_of
from storage.anonymity.comments import NEW
from storage.anonymity.moderation import CommentGone, hide_words, judge, show_words
from storage.campaigns.coordinators import Coordinator, note_act

NOTED = {"approve": "approved", "withhold": "withheld", "renew": "renewed", "undo": "undone"}
NOTED |= {"hide": "hid", "unhide": "showed", "bare": "showed"}
READ_FOR = 1.5  # seconds, at the least: a second tap, meant for the comment before, comes sooner
ACTS = frozenset({BEGIN, "next", "words", "chosen", *NOTED})
Events = tuple[ModerationEvent, ...]


def is_review(reply: Reply) -> bool:
    """Whether this means something to a coordinator who reads comments."""
    return isinstance(reply, Tapped) and reply.act in ACTS


def take_review(tx: Connection, who: Coordinator, reply: Reply, now: datetime) -> Events:
    """What follows on a tap while comments are read; nothing where it is none, or of no campaign of theirs."""
    match reply:
        case Tapped(act=act, value=value) if is_review(reply):
            at = At(value, NEW) if act == BEGIN else at_of(value)
            if at and campaign_of(tx, who.organisation, at.campaign):
                return (JudgedUnread(),) if _is_unread(act, at, now) else _there(tx, who, act, at)
    return ()


def _is_unread(act: str, at: At, now: datetime) -> bool:
    """Whether it was only just shown: an impatient second tap must not judge what nobody has read."""
    return act in JUDGED and bool(at.shown) and seconds_since(at.shown, now.timestamp()) < READ_FOR


def _there(tx: Connection, who: Coordinator, act: str, at: At) -> Events:
    if act == BEGIN:
        note_act(tx, who.chat, "read", at.campaign)
    try:
        events = _done(tx, act, at)
    except CommentGone:
        return (ReadOn(at, gone=True),)
    if act in NOTED:
        note_act(tx, who.chat, NOTED[act], at.campaign)
    return events


def _done(tx: Connection, act: str, at: At) -> Events:
    if act in JUDGED:
        again = judge(tx, at.campaign, [at.comment], JUDGED[act]) == 0
        judged = CommentJudged(at, JUDGED[act], again)
        return (judged,) if again else (judged, ReadOn(at, judged=True))
    if act == "undo":
        judge(tx, at.campaign, [at.comment], at.state)
        return (JudgementUndone(at),)
    if act in {BEGIN, "next"}:
        return (ReadOn(at),)
    if act == "hide":
        hide_words(tx, at.campaign, at.comment, [at.word])
    elif act in {"unhide", "bare"}:
        show_words(tx, at.campaign, at.comment, [at.word] if act == "unhide" else None)
    return (WordsHidden(at) if act == "chosen" else WordsOffered(at),)
