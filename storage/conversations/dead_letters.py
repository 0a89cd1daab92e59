"""Dead letters: updates that failed repeatedly, stored encrypted so that they can be examined and processed again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select

from storage.db.database import Database
from storage.db.schema import chats, dead_letters

MAX_DEAD_LETTERS = 1_000  # nobody can fill the disk with an update that fails


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """What may be shown of a dead letter: nothing of the text, nor of its sender.

    `location` is the file and line where it failed.
    """

    id: int
    update_kind: str
    error_type: str
    location: str
    created_at: datetime


def add_dead_letter(
    database: Database, chat_id: int | None, update_kind: str, content: str, error_type: str, location: str
) -> None:
    """Stores an update, whose JSON is `content`. Deletes the oldest ones beyond `MAX_DEAD_LETTERS`."""
    # Six parameters: the database and the columns.
    row = {
        "chat_id": chat_id,
        "update_kind": update_kind,
        "content": database.cipher.encrypt(content),
        "error_type": error_type,
        "location": location,
        "created_at": int(datetime.now(UTC).timestamp()),
    }
    newest_excess = select(dead_letters.c.id).order_by(dead_letters.c.id.desc()).limit(1).offset(MAX_DEAD_LETTERS)
    with database.transaction() as session:
        session.execute(insert(dead_letters).values(row))
        session.execute(delete(dead_letters).where(dead_letters.c.id <= newest_excess.scalar_subquery()))


def load_dead_letters(database: Database) -> list[DeadLetter]:
    """Returns all dead letters, oldest first."""
    query = select(dead_letters).order_by(dead_letters.c.id)
    with database.transaction() as session:
        rows = session.execute(query).all()
    return [
        DeadLetter(row.id, row.update_kind, row.error_type, row.location, datetime.fromtimestamp(row.created_at, UTC))
        for row in rows
    ]


def find_superseded_ids(database: Database) -> set[int]:
    """Returns the ids of dead letters whose sender has written since: the open prompt is another one now.

    In groups, whose chat ids are negative, there is no open prompt.
    """
    query = select(dead_letters.c.id).join(chats, chats.c.chat_id == dead_letters.c.chat_id)
    query = query.where(dead_letters.c.chat_id > 0, chats.c.seen_at > dead_letters.c.created_at)
    with database.transaction() as session:
        return set(session.execute(query).scalars())


def load_dead_letter_content(database: Database, dead_letter_id: int) -> str | None:
    """Returns the JSON of the update, or None for an unknown id.

    Raises `StorageUnreadableError` if it can't be decrypted.
    """
    query = select(dead_letters.c.content).where(dead_letters.c.id == dead_letter_id)
    with database.transaction() as session:
        encrypted = session.execute(query).scalar_one_or_none()
    return database.cipher.decrypt(encrypted) if encrypted else None


def delete_dead_letter(database: Database, dead_letter_id: int) -> None:
    """Deletes a dead letter that was processed or given up."""
    with database.transaction() as session:
        session.execute(delete(dead_letters).where(dead_letters.c.id == dead_letter_id))


def count_dead_letters(database: Database) -> int:
    """Returns the number of dead letters."""
    with database.transaction() as session:
        return int(session.execute(select(func.count()).select_from(dead_letters)).scalar_one())
