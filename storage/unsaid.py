"""The outbox as a whole: where something waits, how long it has waited, and what is given up."""

from sqlalchemy import Connection, case, delete, func, select, update

from flows.events import Event
from storage.cipher import Cipher
from storage.database import Database
from storage.outbox import UNREADABLE, Due, unlocked
from storage.tables import chats, outbox


def waiting(database: Database, *, most: int, bulk: bool) -> list[int]:
    """The chats that something is still to be said in, the longest waiting first. `bulk`: those where nobody waits."""
    found = select(outbox.c.chat).where(outbox.c.bulk == bulk).group_by(outbox.c.chat)
    with database.transaction() as tx:
        return list(tx.execute(found.order_by(func.min(outbox.c.id)).limit(most)).scalars())


def unsaid(database: Database) -> tuple[int, int]:
    """How many sayings wait, and when the oldest that somebody waits for was left (seconds since 1970; 0: none)."""
    with database.transaction() as tx:
        oldest = func.min(case((outbox.c.bulk, None), (outbox.c.left_at > 0, outbox.c.left_at)))
        many, since = tx.execute(select(func.count(), oldest)).one()
    return many, since or 0


def drop(database: Database, number: int) -> None:
    """A saying can't be said: it goes, so that what follows is not held up."""
    with database.transaction() as tx:
        tx.execute(delete(outbox).where(outbox.c.id == number))


def block(database: Database, due: Due) -> None:
    """Telegram lets this not be said: the chat is blocked, unless something was left there since by who came back."""
    with database.transaction() as tx:
        later = select(outbox.c.id).where(outbox.c.chat == due.chat, outbox.c.id > due.id).exists()
        tx.execute(update(chats).where(chats.c.chat == due.chat, ~later).values(blocked=True))
        tx.execute(delete(outbox).where(outbox.c.chat == due.chat, outbox.c.id <= due.id))


def silence(tx: Connection, chat: int) -> None:
    """What was to be said in this chat is gone."""
    tx.execute(delete(outbox).where(outbox.c.chat == chat))


def waits(tx: Connection, cipher: Cipher, chat: int, event: Event) -> bool:
    """Whether just this is still to be said in the chat."""
    found = tx.execute(select(outbox.c.saying).where(outbox.c.chat == chat)).scalars().all()
    return any(event in _events(cipher, locked) for locked in found)


def _events(cipher: Cipher, locked: bytes) -> tuple[Event, ...]:
    try:
        return unlocked(cipher, locked).events
    except UNREADABLE:  # a newer version left it
        return ()
