"""What waits in the outbox, over all chats: which chats, for how long, and what is overdue and deleted.

An entry that someone waits for expires after an hour, as it may contain answers. A broadcast does not.
"""

from sqlalchemy import ColumnElement, case, delete, func, select

from flows.events import Event
from storage.conversations.outbox import read_events
from storage.db.database import Database
from storage.db.schema import outbox_entries
from storage.db.session import Session

MAX_ENTRY_AGE_SECONDS = 3600


def find_waiting_chats(database: Database, *, limit: int, is_broadcast: bool) -> list[int]:
    """Returns the chats that something is to be sent to, the longest waiting first: broadcasts, or everything else."""
    query = (
        select(outbox_entries.c.chat_id)
        .where(outbox_entries.c.is_broadcast == is_broadcast)
        .group_by(outbox_entries.c.chat_id)
        .order_by(func.min(outbox_entries.c.id))
        .limit(limit)
    )
    with database.transaction() as session:
        return list(session.execute(query).scalars())


def measure_backlog(database: Database) -> tuple[int, int]:
    """Returns the number of entries, and when the oldest that someone waits for was created.

    Seconds since 1970; 0 if there is none. Broadcasts are counted, but nobody waits for them.
    """
    awaited_at = case(
        (outbox_entries.c.is_broadcast, None), (outbox_entries.c.created_at > 0, outbox_entries.c.created_at)
    )
    with database.transaction() as session:
        entry_count, created_at = session.execute(select(func.count(), func.min(awaited_at))).one()
    return entry_count, created_at or 0


def find_overdue_chats(database: Database, cutoff: int) -> list[int]:
    """Returns the chats that wait for an entry created before `cutoff` (seconds since 1970)."""
    with database.transaction() as session:
        return list(
            session.execute(select(outbox_entries.c.chat_id).where(*_overdue_conditions(cutoff)).distinct()).scalars()
        )


def delete_overdue(session: Session, chat_id: int, cutoff: int) -> tuple[Event, ...] | None:
    """Deletes the chat's entries created before `cutoff` (seconds since 1970), except broadcasts.

    Returns their events, as far as this version can read them; None where there were no such entries.
    """
    conditions = (outbox_entries.c.chat_id == chat_id, *_overdue_conditions(cutoff))
    contents = session.execute(select(outbox_entries.c.content).where(*conditions).with_for_update()).scalars().all()
    session.execute(delete(outbox_entries).where(*conditions))
    events = tuple(event for encrypted in contents for event in read_events(session.cipher, encrypted))
    return events if contents else None


def _overdue_conditions(cutoff: int) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox_entries.c.created_at > 0,  # 0: not known
        outbox_entries.c.created_at < cutoff,
        outbox_entries.c.is_broadcast.is_(False),
    )
