"""Updates that failed again and again: set aside, locked, so that they can be looked into and taken in again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select

from storage.db.database import Database
from storage.db.schema import chats, dead_letters

MAX_DEAD_LETTERS = 1_000  # kept at once: somebody who finds an update that fails must not fill the disk with it


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What is told of an update that was set aside: nothing of what it says, nor of who sent it."""

    id: int
    update_kind: str
    error_type: str
    location: str
    created_at: datetime


def add_dead_letter(
    database: Database, chat_id: int | None, update_kind: str, content: str, error_type: str, location: str
) -> None:
    """Sets an update aside: `content` is its JSON, `error` a kind of fault, `place` a file and line."""
    row = {
        "chat_id": chat_id,
        "update_kind": update_kind,
        "content": database.cipher.encrypt(content),
        "error_type": error_type,
        "location": location,
        "created_at": int(datetime.now(UTC).timestamp()),
    }
    with database.transaction() as session:
        session.execute(insert(dead_letters).values(row))
        oldest_excess_id = (
            select(dead_letters.c.id).order_by(dead_letters.c.id.desc()).limit(1).offset(MAX_DEAD_LETTERS)
        )
        session.execute(delete(dead_letters).where(dead_letters.c.id <= oldest_excess_id.scalar_subquery()))


def load_dead_letters(database: Database) -> list[DeadLetter]:
    """All that are set aside, oldest first."""
    query = select(dead_letters).order_by(dead_letters.c.id)
    with database.transaction() as session:
        rows = session.execute(query).all()
    return [
        DeadLetter(row.id, row.update_kind, row.error_type, row.location, datetime.fromtimestamp(row.created_at, UTC))
        for row in rows
    ]


def find_superseded_ids(database: Database) -> set[int]:
    """The numbers of those whose sender was heard of since: what is open there now is something else.

    In groups (their chats' numbers are below 0) nothing is ever open.
    """
    query = select(dead_letters.c.id).join(chats, chats.c.chat_id == dead_letters.c.chat_id)
    query = query.where(dead_letters.c.chat_id > 0, chats.c.seen_at > dead_letters.c.created_at)
    with database.transaction() as session:
        return set(session.execute(query).scalars())


def load_dead_letter_content(database: Database, dead_letter_id: int) -> str | None:
    """The JSON of one; None where there is none of that number. Raises `StorageUnusable` where it can't be unlocked."""
    with database.transaction() as session:
        encrypted = session.execute(
            select(dead_letters.c.content).where(dead_letters.c.id == dead_letter_id)
        ).scalar_one_or_none()
    return database.cipher.decrypt(encrypted) if encrypted else None


def delete_dead_letter(database: Database, dead_letter_id: int) -> None:
    """It was taken in, or given up: it goes."""
    with database.transaction() as session:
        session.execute(delete(dead_letters).where(dead_letters.c.id == dead_letter_id))


def count_dead_letters(database: Database) -> int:
    """How many are set aside."""
    with database.transaction() as session:
        return int(session.execute(select(func.count()).select_from(dead_letters)).scalar_one())
