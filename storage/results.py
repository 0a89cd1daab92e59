"""Who may see a campaign's results: whoever took part in it, whoever holds the link to them, its coordinators, and
groups that joined it.
"""

from sqlalchemy import Connection, Row, false, select

from flows.link import ResultsLink
from storage.campaigns import all_campaigns
from storage.cipher import Cipher
from storage.coordinators import find_coordinator
from storage.links import CODE, day_of
from storage.sealed.participation import all_taken_part
from storage.tables import campaigns


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
