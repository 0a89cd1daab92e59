"""Comments read one by one: what a coordinator thinks of each, and which words of it are hidden.

A turn judges, and shows nothing. What comes next is looked up when it is said.
"""

from datetime import datetime

from bot.render.buttons import READ_COMMENTS_ACTION, STATES_BY_ACTION
from flows.events.moderation import (
    CommentModerated,
    CommentPosition,
    ModerationEvent,
    ModerationIgnored,
    ModerationUndone,
    NextCommentShown,
    RedactionWordsShown,
    WordsRedacted,
    parse_position,
    seconds_since,
)
from flows.models import Reply, Tap
from storage.access import find_organisation_campaign
from storage.anonymity.comments import COMMENT_NEW
from storage.anonymity.moderation import (
    UnknownCommentError,
    redact_comment_words,
    restore_comment_words,
    set_comment_state,
)
from storage.campaigns.coordinators import Coordinator, record_action
from storage.db.session import Session

AUDITED_ACTS_BY_ACTION = {"approve": "approved", "withhold": "withheld", "renew": "renewed", "undo": "undone"}
AUDITED_ACTS_BY_ACTION |= {"hide": "hid", "unhide": "showed", "bare": "showed"}
MIN_READING_SECONDS = 1.5  # seconds, at the least: a second tap, meant for the comment before, comes sooner
MODERATION_ACTIONS = frozenset({READ_COMMENTS_ACTION, "next", "words", "chosen", *AUDITED_ACTS_BY_ACTION})
ModerationEvents = tuple[ModerationEvent, ...]


def is_moderation_reply(reply: Reply) -> bool:
    """Whether this means something to a coordinator who reads comments."""
    return isinstance(reply, Tap) and reply.action in MODERATION_ACTIONS


def take_moderation_action(session: Session, coordinator: Coordinator, reply: Reply, now: datetime) -> ModerationEvents:
    """What follows on a tap while comments are read; nothing where it is none, or of no campaign of theirs."""
    match reply:
        case Tap(action=action, value=value) if is_moderation_reply(reply):
            position = CommentPosition(value, COMMENT_NEW) if action == READ_COMMENTS_ACTION else parse_position(value)
            if position and find_organisation_campaign(session, coordinator.organisation, position.campaign):
                return (
                    (ModerationIgnored(),)
                    if _is_too_early(action, position, now)
                    else _moderate(session, coordinator, action, position)
                )
    return ()


def _is_too_early(action: str, position: CommentPosition, now: datetime) -> bool:
    """Whether it was only just shown: an impatient second tap must not judge what nobody has read."""
    return (
        action in STATES_BY_ACTION
        and bool(position.shown_at)
        and seconds_since(position.shown_at, now.timestamp()) < MIN_READING_SECONDS
    )


def _moderate(session: Session, coordinator: Coordinator, action: str, position: CommentPosition) -> ModerationEvents:
    if action == READ_COMMENTS_ACTION:
        record_action(session, coordinator.chat_id, "read", position.campaign)
    try:
        events = _apply_action(session, action, position)
    except UnknownCommentError:
        return (NextCommentShown(position, is_missing=True),)
    if action in AUDITED_ACTS_BY_ACTION:
        record_action(session, coordinator.chat_id, AUDITED_ACTS_BY_ACTION[action], position.campaign)
    return events


def _apply_action(session: Session, action: str, position: CommentPosition) -> ModerationEvents:
    if action in STATES_BY_ACTION:
        is_unchanged = (
            set_comment_state(session, position.campaign, [position.comment_id], STATES_BY_ACTION[action]) == 0
        )
        moderated = CommentModerated(position, STATES_BY_ACTION[action], is_unchanged)
        return (moderated,) if is_unchanged else (moderated, NextCommentShown(position, can_undo=True))
    if action == "undo":
        set_comment_state(session, position.campaign, [position.comment_id], position.state)
        return (ModerationUndone(position),)
    if action in {READ_COMMENTS_ACTION, "next"}:
        return (NextCommentShown(position),)
    if action == "hide":
        redact_comment_words(session, position.campaign, position.comment_id, [position.word_number])
    elif action in {"unhide", "bare"}:
        restore_comment_words(
            session, position.campaign, position.comment_id, [position.word_number] if action == "unhide" else None
        )
    return (WordsRedacted(position) if action == "chosen" else RedactionWordsShown(position),)
