"""Updates that failed again and again: set aside, locked, so that they can be looked into and taken in again."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import delete, func, insert, select

from storage.db.database import Database
from storage.db.schema import chats, set_aside

MOST = 1_000  # kept at once: somebody who finds an update that fails must not fill the disk with it


@dataclass(frozen=True, slots=True)
class SetAside:
    """What is told of an update that was set aside: nothing of what it says, nor of who sent it."""

    id: int
    kind: str
    error: str
    place: str
    at: datetime


def put_aside(database: Database, chat: int | None, kind: str, content: str, error: str, place: str) -> None:
    """Sets an update aside: `content` is its JSON, `error` a kind of fault, `place` a file and line."""
    row = {
        "chat": chat,
        "kind": kind,
        "content": database.cipher.lock(content),
        "error": error,
        "place": place,
        "set_aside_at": int(datetime.now(UTC).timestamp()),
    }
    with database.transaction() as tx:
        tx.execute(insert(set_aside).values(row))
        newest = select(set_aside.c.id).order_by(set_aside.c.id.desc()).limit(1).offset(MOST)
        tx.execute(delete(set_aside).where(set_aside.c.id <= newest.scalar_subquery()))


def all_aside(database: Database) -> list[SetAside]:
    """All that are set aside, oldest first."""
    wanted = select(set_aside).order_by(set_aside.c.id)
    with database.transaction() as tx:
        found = tx.execute(wanted).all()
    return [
        SetAside(row.id, row.kind, row.error, row.place, datetime.fromtimestamp(row.set_aside_at, UTC)) for row in found
    ]


def gone_on(database: Database) -> set[int]:
    """The numbers of those whose sender was heard of since: what is open there now is something else.

    In groups (their chats' numbers are below 0) nothing is ever open.
    """
    wanted = select(set_aside.c.id).join(chats, chats.c.chat == set_aside.c.chat)
    wanted = wanted.where(set_aside.c.chat > 0, chats.c.seen_at > set_aside.c.set_aside_at)
    with database.transaction() as tx:
        return set(tx.execute(wanted).scalars())


def content_of(database: Database, number: int) -> str | None:
    """The JSON of one; None where there is none of that number. Raises `StorageUnusable` where it can't be unlocked."""
    with database.transaction() as tx:
        found = tx.execute(select(set_aside.c.content).where(set_aside.c.id == number)).scalar_one_or_none()
    return database.cipher.unlock(found) if found else None


def strike_aside(database: Database, number: int) -> None:
    """It was taken in, or given up: it goes."""
    with database.transaction() as tx:
        tx.execute(delete(set_aside).where(set_aside.c.id == number))


def how_many(database: Database) -> int:
    """How many are set aside."""
    with database.transaction() as tx:
        return int(tx.execute(select(func.count()).select_from(set_aside)).scalar_one())
