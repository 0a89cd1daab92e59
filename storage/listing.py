"""Campaigns as their coordinators see them: without anybody in them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Row, select

from flows.loading import is_known
from storage.database import Database
from storage.links import CODE, day_of
from storage.sealed.released import released_in
from storage.tables import campaigns


@dataclass(frozen=True, slots=True)
class Listed:
    """A campaign: its codes, its flow, what it says, when it is open, and how many responses were released.

    `language`: the one that it was opened in. Empty: its flow's own.
    """

    code: str
    results: str | None
    flow: str
    about: str
    asker: str
    opens_on: date | None
    closes_on: date | None
    closed: bool
    releases: int
    released: int
    language: str = ""
    organisation: str = ""

    def state(self, today: date) -> Literal["open", "closed", "early", "over", "left"]:
        """Whether somebody can begin there today. `early`: not yet; `over`: its last day was, and it is not closed yet;
        `left`: its flow left the library.
        """
        if self.closed:
            return "closed"
        if not is_known(self.flow):
            return "left"
        if self.closes_on and self.closes_on < today:
            return "over"
        return "early" if self.opens_on and self.opens_on > today else "open"


def all_campaigns(database: Database) -> list[Listed]:
    """The campaigns, by what they are about."""
    with database.transaction() as tx:
        return _listed(tx)


def campaigns_of(tx: Connection, organisation: str) -> list[Listed]:
    """The campaigns of one organisation, by what they are about."""
    return _listed(tx, campaigns.c.organisation == organisation)


def campaign_of(tx: Connection, organisation: str, code: str) -> Listed | None:
    """The campaign of this code, if it is this organisation's. None is no word on whether it exists."""
    if not CODE.fullmatch(code):
        return None
    return next(iter(_listed(tx, campaigns.c.organisation == organisation, campaigns.c.code == code)), None)


def _listed(tx: Connection, *of: ColumnElement[bool]) -> list[Listed]:
    rows = tx.execute(select(campaigns).where(*of).order_by(campaigns.c.about, campaigns.c.code)).all()
    totals = released_in(tx, [row.code for row in rows])
    return [_read(row, totals.get(row.code, 0)) for row in rows]


def _read(row: Row[tuple[object, ...]], released: int) -> Listed:
    return Listed(
        row.code,
        row.results,
        row.flow,
        row.about,
        row.asker,
        day_of(row.opens_on) if row.opens_on is not None else None,
        day_of(row.closes_on) if row.closes_on is not None else None,
        row.closed,
        row.releases,
        released,
        row.language,
        row.organisation or "",
    )
