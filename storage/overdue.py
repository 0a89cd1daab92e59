"""What somebody waits for and could not be told in time: it is erased unsaid, as it may carry answers."""

from contextlib import suppress

from sqlalchemy import ColumnElement, Connection, delete, select

from flows.events import Event
from storage.cipher import Cipher
from storage.database import Database
from storage.outbox import UNREADABLE, unlocked
from storage.tables import outbox


def overdue(database: Database, before: int) -> list[int]:
    """The chats where somebody waits for what was left before that moment (seconds since 1970)."""
    with database.transaction() as tx:
        return list(tx.execute(select(outbox.c.chat).where(*_older(before)).distinct()).scalars())


def erase_overdue(tx: Connection, cipher: Cipher, chat: int, before: int) -> tuple[Event, ...] | None:
    """What was left in this chat before that moment is erased unsaid: it may carry answers.

    Gives its events, as far as this version can read them; None where there was nothing.
    """
    old = (outbox.c.chat == chat, *_older(before))
    found = tx.execute(select(outbox.c.saying).where(*old).with_for_update()).scalars().all()
    tx.execute(delete(outbox).where(*old))
    events: list[Event] = []
    for locked in found:
        with suppress(*UNREADABLE):
            events += unlocked(cipher, locked).events
    return tuple(events) if found else None


def _older(before: int) -> tuple[ColumnElement[bool], ...]:
    return (outbox.c.left_at > 0, outbox.c.left_at < before, outbox.c.bulk.is_(False))
