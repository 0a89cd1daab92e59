"""Groups that the bot is in: the campaign that each has joined, and what the bot last answered there.

Callers lock the chat of a group before they change it. A group that has joined no campaign belongs to `general`.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto

from sqlalchemy import delete, exists, select, text, update

from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.conversations.chats import delete_idle_chat, lock_chat
from storage.conversations.outbox import delete_entries
from storage.db.schema import campaigns, groups, outbox_entries
from storage.db.session import Session

REPEAT_WINDOW_SECONDS = 600  # an answer of this age is still found by scrolling a little, and is not repeated
# Stored in `groups.last_answer`: the answer was repeated; the time of the last redirect notice follows.
REPEATED_SUFFIX = " again"
REDIRECT_NOTICE_MARKER = " redirected "

_INSERT_GROUP = text(
    "INSERT INTO groups (chat_id, campaign, last_answer, last_answer_at)"
    " VALUES (:chat_id, :campaign, '', 0) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Group:
    """A group and the campaign that it has joined, with the campaign's language.

    `results_version` changes with the results that may be shown. `last_answer` is what the bot last answered there,
    `last_answer_at` when, and `redirect_notice_at` when it last asked people not to answer questions in the group
    (seconds since 1970; 0: never).
    """

    chat_id: int
    campaign: str
    language: str
    results_version: str
    last_answer: str
    last_answer_at: int
    redirect_notice_at: int = 0


class RequestFrequency(Enum):
    """How often the same was requested within `REPEAT_WINDOW_SECONDS`: only the first two are answered."""

    FIRST = auto()
    REPEATED = auto()
    TOO_OFTEN = auto()


def add_group(session: Session, chat_id: int) -> bool:
    """Records that the bot is in this group. Returns False if that was known."""
    return bool(session.execute(_INSERT_GROUP, {"chat_id": chat_id, "campaign": GENERAL_CAMPAIGN}).rowcount)


def find_group(session: Session, chat_id: int) -> Group | None:
    """Returns the group, or None where the bot is in no such group."""
    query = select(groups, campaigns).join(campaigns, campaigns.c.code == groups.c.campaign)
    row = session.execute(query.where(groups.c.chat_id == chat_id)).one_or_none()
    if row is None:
        return None
    results_version = f"{row.code} {row.release_count} {int(row.is_closed)}"
    last_answer, _, redirect_notice_at = row.last_answer.partition(REDIRECT_NOTICE_MARKER)
    return Group(
        chat_id=chat_id,
        campaign=row.code,
        language=row.language,
        results_version=results_version,
        last_answer=last_answer,
        last_answer_at=row.last_answer_at,
        redirect_notice_at=int(redirect_notice_at or 0),
    )


def join_campaign(session: Session, chat_id: int, campaign: str) -> None:
    """Records that the group has joined this campaign."""
    values = {"campaign": campaign, "last_answer": "", "last_answer_at": 0}
    session.execute(update(groups).where(groups.c.chat_id == chat_id).values(**values))


def delete_group(session: Session, chat_id: int) -> None:
    """Deletes a group that the bot has left, with everything that was to be sent there."""
    session.execute(delete(groups).where(groups.c.chat_id == chat_id))
    delete_entries(session, chat_id)
    delete_idle_chat(session, chat_id)


def lock_chats(session: Session, *chat_ids: int) -> None:
    """Locks the chats of a group that moves."""
    # In order: the update comes from both chats, and two workers could wait for each other.
    for chat_id in sorted(chat_ids):
        lock_chat(session, chat_id)


def move_group(session: Session, old_chat_id: int, new_chat_id: int) -> bool:
    """Moves a group to its new chat id, with what is to be sent there. Both chats must be locked.

    Returns whether the new id was taken for a new group before, which had joined no campaign.
    """
    old_group = find_group(session, old_chat_id)
    was_known = not add_group(session, new_chat_id)
    if old_group:
        conditions = (groups.c.chat_id == new_chat_id, groups.c.campaign == GENERAL_CAMPAIGN)
        values = {
            "campaign": old_group.campaign,
            "last_answer": old_group.last_answer,
            "last_answer_at": old_group.last_answer_at,
        }
        was_known = bool(session.execute(update(groups).where(*conditions).values(**values)).rowcount) and was_known
    session.execute(delete(groups).where(groups.c.chat_id == old_chat_id))
    session.execute(update(outbox_entries).where(outbox_entries.c.chat_id == old_chat_id).values(chat_id=new_chat_id))
    delete_idle_chat(session, old_chat_id)
    return was_known and old_group is not None


def handle_removal(session: Session, chat_id: int, entry_id: int) -> None:
    """Deletes a group to which Telegram refuses an outbox entry, as the bot is no longer in it.

    A later entry shows that the bot was added again: then only the entries up to the refused one are deleted.
    """
    lock_chat(session, chat_id)
    is_same_chat = outbox_entries.c.chat_id == chat_id
    has_later_entry = select(exists().where(is_same_chat, outbox_entries.c.id > entry_id))
    if session.execute(has_later_entry).scalar_one():
        session.execute(delete(outbox_entries).where(is_same_chat, outbox_entries.c.id <= entry_id))
        clear_last_answer(session, chat_id)
    else:
        delete_group(session, chat_id)


def clear_last_answer(session: Session, chat_id: int) -> None:
    """Forgets the last answer, which was not delivered. The chat must be locked."""
    session.execute(update(groups).where(groups.c.chat_id == chat_id).values(last_answer="", last_answer_at=0))


def record_request(session: Session, group: Group, answer: str, now: datetime) -> RequestFrequency:
    """Records a request for this answer, and returns how often it was requested lately."""
    now_seconds = int(now.timestamp())
    is_recent = abs(now_seconds - group.last_answer_at) < REPEAT_WINDOW_SECONDS
    if is_recent and group.last_answer == answer + REPEATED_SUFFIX:
        return RequestFrequency.TOO_OFTEN
    is_repeated = is_recent and group.last_answer == answer
    values = {
        "last_answer": _format_last_answer(answer + REPEATED_SUFFIX * is_repeated, group.redirect_notice_at),
        "last_answer_at": group.last_answer_at if is_repeated else now_seconds,
    }
    session.execute(update(groups).where(groups.c.chat_id == group.chat_id).values(**values))
    return RequestFrequency.REPEATED if is_repeated else RequestFrequency.FIRST


def record_redirect_notice(session: Session, group: Group, now: datetime) -> bool:
    """Records that the redirect notice is sent now. Returns False if it was sent lately, and is not repeated."""
    now_seconds = int(now.timestamp())
    if abs(now_seconds - group.redirect_notice_at) < REPEAT_WINDOW_SECONDS:
        return False
    last_answer = _format_last_answer(group.last_answer, now_seconds)
    session.execute(update(groups).where(groups.c.chat_id == group.chat_id).values(last_answer=last_answer))
    return True


def _format_last_answer(answer: str, redirect_notice_at: int) -> str:
    return f"{answer}{REDIRECT_NOTICE_MARKER}{redirect_notice_at}" if redirect_notice_at else answer
