"""Groups that the bot is in: which campaign each has joined, and what of it was told there last.

Whoever changes one has locked its chat. A group that has joined none belongs to `general`.
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

REPEAT_WINDOW_SECONDS = (
    600  # seconds in which the same is not told again: as long as it can be found by scrolling a little
)
REPEATED_SUFFIX = " again"
REDIRECT_NOTICE_MARKER = " hushed "  # in `told`: what follows is when the group was last told not to answer there

_INSERT_GROUP = text(
    "INSERT INTO groups (chat_id, campaign, last_answer, last_answer_at) VALUES (:chat_id, :none, '', 0) ON CONFLICT DO NOTHING"
)


@dataclass(frozen=True, slots=True)
class Group:
    """A group, and the campaign that it has joined. `results`: what changes with what may be shown of it."""

    chat_id: int
    campaign: str
    language: str
    results_version: str
    last_answer: str
    last_answer_at: int
    redirect_notice_at: int = 0


class RequestFrequency(Enum):
    """How often the same was asked for within `ENOUGH`: only the first two are answered."""

    FIRST = auto()
    REPEATED = auto()
    TOO_OFTEN = auto()


def add_group(session: Session, chat_id: int) -> bool:
    """The bot is in this group. False: that was known."""
    return bool(session.execute(_INSERT_GROUP, {"chat_id": chat_id, "none": GENERAL_CAMPAIGN}).rowcount)


def find_group(session: Session, chat_id: int) -> Group | None:
    """What is known of a group; None where the bot is in none of this number."""
    query = select(groups, campaigns).join(campaigns, campaigns.c.code == groups.c.campaign)
    row = session.execute(query.where(groups.c.chat_id == chat_id)).one_or_none()
    if row is None:
        return None
    results_version = f"{row.code} {row.release_count} {int(row.is_closed)}"
    last_answer, _, redirect_notice_at = row.last_answer.partition(REDIRECT_NOTICE_MARKER)
    return Group(
        chat_id, row.code, row.language, results_version, last_answer, row.last_answer_at, int(redirect_notice_at or 0)
    )


def join_campaign(session: Session, chat_id: int, campaign: str) -> None:
    """The group has joined this campaign."""
    session.execute(
        update(groups).where(groups.c.chat_id == chat_id).values(campaign=campaign, last_answer="", last_answer_at=0)
    )


def delete_group(session: Session, chat_id: int) -> None:
    """The bot is in this group no more: nothing is kept of it, nor said there."""
    session.execute(delete(groups).where(groups.c.chat_id == chat_id))
    delete_entries(session, chat_id)
    delete_idle_chat(session, chat_id)


def lock_chats(session: Session, *chat_ids: int) -> None:
    """Locks the chats of a group that moves, in order: else two workers, each told by one, wait for each other."""
    for chat in sorted(chat_ids):
        lock_chat(session, chat)


def move_group(session: Session, old_chat_id: int, new_chat_id: int) -> bool:
    """The group goes on under another number, with what is to be said there. Both chats must be locked.

    Gives whether it was met there as if it were new, while it is still known under its old number.
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
    """Telegram says that the bot is in this group no more: unless something was left there after the saying of this
    number, by who has added it anew.
    """
    lock_chat(session, chat_id)
    if session.execute(
        select(exists().where(outbox_entries.c.chat_id == chat_id, outbox_entries.c.id > entry_id))
    ).scalar_one():
        session.execute(
            delete(outbox_entries).where(outbox_entries.c.chat_id == chat_id, outbox_entries.c.id <= entry_id)
        )
        clear_last_answer(session, chat_id)
    else:
        delete_group(session, chat_id)


def clear_last_answer(session: Session, chat_id: int) -> None:
    """What was to be told there did not come: it does not stand further up. The chat must be locked."""
    session.execute(update(groups).where(groups.c.chat_id == chat_id).values(last_answer="", last_answer_at=0))


def record_request(session: Session, group: Group, answer: str, now: datetime) -> RequestFrequency:
    """Notes that this is asked for now. Says whether it was told there lately."""
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
    """Whether the group was not told lately not to answer there. It is noted that it is told now."""
    now_seconds = int(now.timestamp())
    if abs(now_seconds - group.redirect_notice_at) < REPEAT_WINDOW_SECONDS:
        return False
    session.execute(
        update(groups)
        .where(groups.c.chat_id == group.chat_id)
        .values(last_answer=_format_last_answer(group.last_answer, now_seconds))
    )
    return True


def _format_last_answer(answer: str, redirect_notice_at: int) -> str:
    return f"{answer}{REDIRECT_NOTICE_MARKER}{redirect_notice_at}" if redirect_notice_at else answer
