"""What is kept for a time only, and erased when the time is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select

from storage.chats import forget_taken
from storage.database import Database
from storage.tables import chats, outbox, runs, set_aside


@dataclass(frozen=True, slots=True)
class Purged:
    """How many of each were erased."""

    runs: int
    chats: int
    set_aside: int


def purge(database: Database, now: datetime, keep: timedelta) -> Purged:
    """Erases unfinished runs nobody has touched for that long, with their answers; what has waited that long to be
    said; chats that long silent; and updates set aside that long ago.
    """
    before = int((now - keep).timestamp())
    with database.transaction() as tx:
        gone_runs = tx.execute(delete(runs).where(runs.c.seen_at < before)).rowcount
        tx.execute(delete(outbox).where(outbox.c.left_at > 0, outbox.c.left_at < before))
        talking = select(runs.c.chat).union(select(outbox.c.chat))
        silent = delete(chats).where(chats.c.seen_at < before, chats.c.chat.not_in(talking))
        gone_chats = tx.execute(silent).rowcount
        forget_taken(tx)
        gone_aside = tx.execute(delete(set_aside).where(set_aside.c.set_aside_at < before)).rowcount
    if gone_runs or gone_chats or gone_aside:
        database.settle()
        database.tidy()
    return Purged(gone_runs, gone_chats, gone_aside)
