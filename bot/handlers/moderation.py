"""Moderation of comments, one by one: a coordinator approves or withholds each, or redacts words of it.

A turn only records the decision. The comment to show next is looked up when its message is sent.
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

AUDITED_ACTIONS_BY_ACTION = {
    "approve": "approved",
    "withhold": "withheld",
    "renew": "reset",
    "undo": "undone",
    "hide": "redacted",
    "unhide": "restored",
    "unhide_all": "restored",
}
MIN_READING_SECONDS = 1.5  # a second tap that was meant for the previous comment comes sooner
MODERATION_ACTIONS = frozenset({READ_COMMENTS_ACTION, "next", "words", "chosen", *AUDITED_ACTIONS_BY_ACTION})
ModerationEvents = tuple[ModerationEvent, ...]


def take_moderation_action(session: Session, coordinator: Coordinator, reply: Reply, now: datetime) -> ModerationEvents:
    """Empty if the reply is not a moderation button, or its campaign is not one of the coordinator's organisation."""
    if not (isinstance(reply, Tap) and reply.action in MODERATION_ACTIONS):
        return ()
    is_first = reply.action == READ_COMMENTS_ACTION
    position = CommentPosition(reply.value, COMMENT_NEW) if is_first else parse_position(reply.value)
    if not (position and find_organisation_campaign(session, coordinator.organisation, position.campaign)):
        return ()
    if _is_too_early(reply.action, position, now):
        return (ModerationIgnored(),)
    return _moderate(session, coordinator, reply.action, position)


def _is_too_early(action: str, position: CommentPosition, now: datetime) -> bool:
    """Whether the tap came less than `MIN_READING_SECONDS` after the comment was shown."""
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
    if action in AUDITED_ACTIONS_BY_ACTION:
        record_action(session, coordinator.chat_id, AUDITED_ACTIONS_BY_ACTION[action], position.campaign)
    return events


def _apply_action(session: Session, action: str, position: CommentPosition) -> ModerationEvents:
    if action in STATES_BY_ACTION:
        return _set_state(session, position, STATES_BY_ACTION[action])
    if action == "undo":
        set_comment_state(session, position.campaign, [position.comment_id], position.state)
        return (ModerationUndone(position),)
    if action in {READ_COMMENTS_ACTION, "next"}:
        return (NextCommentShown(position),)
    if action == "hide":
        redact_comment_words(session, position.campaign, position.comment_id, [position.word_number])
    elif action in {"unhide", "unhide_all"}:
        word_numbers = [position.word_number] if action == "unhide" else None  # None: all of them
        restore_comment_words(session, position.campaign, position.comment_id, word_numbers)
    return (WordsRedacted(position) if action == "chosen" else RedactionWordsShown(position),)


def _set_state(session: Session, position: CommentPosition, state: str) -> ModerationEvents:
    if set_comment_state(session, position.campaign, [position.comment_id], state) == 0:
        return (CommentModerated(position, state, is_unchanged=True),)
    return CommentModerated(position, state, is_unchanged=False), NextCommentShown(position, can_undo=True)
