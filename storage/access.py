"""Campaigns as their coordinators see them: without anybody in them."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, Row, false, select

from flows.campaign import ResultsLink
from flows.loader import is_known
from storage.anonymity.participation import all_taken_part
from storage.anonymity.periods import released_in
from storage.campaigns.coordinators import find_coordinator
from storage.campaigns.repository import CODE, all_campaigns, day_of
from storage.db.database import Database
from storage.db.encryption import Cipher
from storage.db.schema import campaigns


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


def list_all_campaigns(database: Database) -> list[Listed]:
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


# @@DOC Who may see a campaign's results: whoever took part in it, whoever holds the link to them, its coordinators, and
# @@ groups that joined it.
# @@
def results_at(tx: Connection, key: str) -> ResultsLink | None:
    """The results that the link with this code leads to. Letters may be of any size, as in other links."""
    key = key.strip().casefold()
    row = tx.execute(select(campaigns).where(campaigns.c.results == key)).one_or_none() if CODE.fullmatch(key) else None
    return _link(row) if row else None


def results_of(tx: Connection, code: str) -> ResultsLink:
    """Those of the campaign of this code, for the groups that have joined it."""
    return _link(tx.execute(select(campaigns).where(campaigns.c.code == code)).one())


def results_for(tx: Connection, cipher: Cipher, chat: int, *, named: bool = False) -> tuple[ResultsLink, ...]:
    """Those of the campaigns in which a mark says that this chat took part, and of the campaigns that it coordinates
    (`named`: by the operator's word); what there is something of comes first, then by what they are about.
    """
    who = find_coordinator(tx, chat, named=named)
    codes = all_taken_part(tx, cipher, all_campaigns(tx), chat)
    theirs = campaigns.c.organisation == who.organisation if who else false()
    wanted = select(campaigns).where(campaigns.c.code.in_(codes) | theirs)
    order = (campaigns.c.releases == 0, campaigns.c.about, campaigns.c.code)
    return tuple(_link(row) for row in tx.execute(wanted.order_by(*order)))


def _link(row: Row[tuple[object, ...]]) -> ResultsLink:
    """What opens the results of a campaign without a link to them is its own code: for whoever took part."""
    closes = day_of(row.closes_on) if row.closes_on is not None else None
    of = (row.code, row.flow, row.results or row.code, row.about)
    return ResultsLink(*of, early=not row.releases, asker=row.asker, closes_on=closes, closed=row.closed)
