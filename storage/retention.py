"""Retention: deletes what has expired, and closes campaigns whose last day has passed."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, delete, or_, select

from storage.anonymity.drop_off import RUN_STEP_COLUMNS, count_drop_offs
from storage.anonymity.participation import close_campaign
from storage.campaigns.coordinators import BOT_ID, delete_expired_invitations, record_action
from storage.campaigns.repository import to_day_number
from storage.conversations.chats import delete_old_update_ids
from storage.conversations.telegram_files import delete_old_files
from storage.db.database import Database
from storage.db.schema import campaigns, chats, dead_letters, outbox_entries, runs
from storage.db.session import Session


@dataclass(frozen=True, slots=True)
class PurgeCounts:
    """How many of each were deleted."""

    runs: int
    chats: int
    dead_letters: int


def delete_expired_data(database: Database, now: datetime, retention: timedelta) -> PurgeCounts:
    """Deletes what is older than `retention`: unfinished runs with their answers, silent chats, outbox entries, dead
    letters. Also deletes expired invitations and the ids of updates that Telegram does not deliver again.
    """
    cutoff = int((now - retention).timestamp())
    with database.transaction() as session:
        _lock_expired_chats(session, cutoff)
        run_count = _delete_expired_runs(session, cutoff)
        session.execute(delete(outbox_entries).where(_expired_entry_condition(cutoff)))
        chat_count = _delete_silent_chats(session, cutoff)
        delete_old_update_ids(session)
        delete_old_files(session, now.date())
        delete_expired_invitations(session, now)
        dead_letter_count = session.execute(delete(dead_letters).where(dead_letters.c.created_at < cutoff)).rowcount
    if run_count or chat_count or dead_letter_count:
        database.checkpoint()
    database.vacuum()
    return PurgeCounts(run_count, chat_count, dead_letter_count)


def close_expired_campaigns(database: Database, today: date) -> int:
    """Closes the campaigns whose last day has passed, and returns their number.

    Otherwise the hashes of who took part would be kept for ever. Each has its own transaction, as turns wait for it.
    """
    conditions = campaigns.c.is_closed.is_(False), campaigns.c.closes_on < to_day_number(today)
    with database.transaction() as session:
        codes = session.execute(select(campaigns.c.code).where(*conditions).order_by(campaigns.c.code)).scalars().all()
    closed_count = sum(_close_expired_campaign(database, code) for code in codes)
    if closed_count:
        database.checkpoint()
    return closed_count


def close_and_record(session: Session, actor_id: int, code: str) -> bool:
    """Closes a campaign, and records who did so. Returns False if it was closed already.

    Raises `UnknownCampaignError`.
    """
    is_newly_closed = close_campaign(session, code)
    if is_newly_closed:
        record_action(session, actor_id, "closed", code)
    return is_newly_closed


def _lock_expired_chats(session: Session, cutoff: int) -> None:
    # Turns lock a chat before its rows, and another purge locks chats in the same order. In any other order, they and
    # this purge could wait for each other.
    old_runs = select(runs.c.chat_id).where(runs.c.seen_at < cutoff)
    old_entries = select(outbox_entries.c.chat_id).where(_expired_entry_condition(cutoff))
    is_expired = or_(chats.c.seen_at < cutoff, chats.c.chat_id.in_(old_runs.union(old_entries)))
    session.execute(select(chats.c.chat_id).where(is_expired).order_by(chats.c.chat_id).with_for_update())


def _delete_expired_runs(session: Session, cutoff: int) -> int:
    ended_runs = session.execute(delete(runs).where(runs.c.seen_at < cutoff).returning(*RUN_STEP_COLUMNS)).all()
    count_drop_offs(session, ((campaign, step) for campaign, step in ended_runs))
    return len(ended_runs)


def _delete_silent_chats(session: Session, cutoff: int) -> int:
    active_chats = select(runs.c.chat_id).union(select(outbox_entries.c.chat_id))
    is_silent = (chats.c.seen_at < cutoff, chats.c.chat_id.not_in(active_chats))
    return session.execute(delete(chats).where(*is_silent)).rowcount


def _expired_entry_condition(cutoff: int) -> ColumnElement[bool]:
    return outbox_entries.c.created_at.between(1, cutoff - 1)  # 0: not known


def _close_expired_campaign(database: Database, code: str) -> bool:
    # False: another worker or a coordinator has closed it first.
    with database.transaction() as session:
        return close_and_record(session, BOT_ID, code)
