"""Campaigns as their coordinators see them: without anybody in them."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, select

from storage.database import Database
from storage.links import day_of
from storage.sealed.released import released_in
from storage.tables import campaigns


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign: its codes, what it says, when it is open, and how many responses were released."""

    code: str
    results: str | None
    about: str
    asker: str
    opens_on: date | None
    closes_on: date | None
    closed: bool
    releases: int
    released: int


def all_campaigns(database: Database, *of: ColumnElement[bool]) -> list[Listed]:
    """The campaigns, or some of them, by what they are about."""
    with database.transaction() as tx:
        rows = tx.execute(select(campaigns).where(*of).order_by(campaigns.c.about, campaigns.c.code)).all()
        totals = released_in(tx)
    return [
        Listed(
            row.code,
            row.results,
            row.about,
            row.asker,
            day_of(row.opens_on) if row.opens_on is not None else None,
            day_of(row.closes_on) if row.closes_on is not None else None,
            row.closed,
            row.releases,
            totals.get(row.code, 0),
        )
        for row in rows
    ]
