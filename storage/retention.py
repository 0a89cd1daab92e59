"""What is kept for a time only, and erased when the time is over."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, delete, or_, select

from storage.anonymity.drop_off import STOOD, count_stops
from storage.anonymity.participation import close_campaign
from storage.campaigns.coordinators import ITSELF, forget_invitations, note_act
from storage.campaigns.repository import number_of
from storage.conversations.chats import forget_taken
from storage.db.database import Database
from storage.db.schema import campaigns, chats, outbox, runs, set_aside


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
        _lock_chats(tx, before)
        gone = tx.execute(delete(runs).where(runs.c.seen_at < before).returning(*STOOD)).all()
        count_stops(tx, ((campaign, place) for campaign, place in gone))
        gone_runs = len(gone)
        tx.execute(delete(outbox).where(_waited_since(before)))
        talking = select(runs.c.chat).union(select(outbox.c.chat))
        silent = delete(chats).where(chats.c.seen_at < before, chats.c.chat.not_in(talking))
        gone_chats = tx.execute(silent).rowcount
        forget_taken(tx)
        forget_invitations(tx, now)
        gone_aside = tx.execute(delete(set_aside).where(set_aside.c.set_aside_at < before)).rowcount
    if gone_runs or gone_chats or gone_aside:
        database.settle()
    database.tidy()
    return Purged(gone_runs, gone_chats, gone_aside)


def _lock_chats(tx: Connection, before: int) -> None:
    """The chats that this concerns, before what is theirs, as turns lock them; in order, as another purge does.

    Else a purge and a turn could each wait for what the other has locked.
    """
    old_runs = select(runs.c.chat).where(runs.c.seen_at < before)
    old_sayings = select(outbox.c.chat).where(_waited_since(before))
    old = or_(chats.c.seen_at < before, chats.c.chat.in_(old_runs.union(old_sayings)))
    tx.execute(select(chats.c.chat).where(old).order_by(chats.c.chat).with_for_update())


def _waited_since(before: int) -> ColumnElement[bool]:
    return outbox.c.left_at.between(1, before - 1)


# @@DOC Campaigns whose last day is over are closed for good: else the marks of who took part would stay for ever.
def close_over(database: Database, today: date) -> int:
    """Closes them, each in a transaction of its own: a turn may wait for one of them. How many there were."""
    over = campaigns.c.closed.is_(False), campaigns.c.closes_on < number_of(today)
    with database.transaction() as tx:
        codes = tx.execute(select(campaigns.c.code).where(*over).order_by(campaigns.c.code)).scalars().all()
    many = sum(_close(database, code) for code in codes)
    if many:
        database.settle()
    return many


def _close(database: Database, code: str) -> bool:
    """False: another worker, or a coordinator, was faster."""
    with database.transaction() as tx:
        return close_noted(tx, ITSELF, code)


def close_noted(tx: Connection, who: int, code: str) -> bool:
    """Closes a campaign, and notes who did. False: it was closed already. Raises `CampaignUnknown`."""
    closed = close_campaign(tx, code)
    if closed:
        note_act(tx, who, "closed", code)
    return closed
