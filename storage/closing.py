"""Campaigns whose last day is over are closed for good: else the marks of who took part would stay for ever."""

from datetime import date

from sqlalchemy import Connection, select

from storage.audit import ITSELF, note_act
from storage.database import Database
from storage.links import number_of
from storage.sealed.participation import close_campaign
from storage.tables import campaigns


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
