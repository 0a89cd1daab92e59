"""How many responses were ever released, by campaign: the sum of its releases, which everybody may know."""

from sqlalchemy import Connection, func, select

from storage.sealed.tables import releases


def released_in(tx: Connection) -> dict[str, int]:
    """{code: responses}, those that were taken back later among them."""
    summed = select(releases.c.campaign, func.sum(releases.c.size)).group_by(releases.c.campaign)
    return {code: int(many) for code, many in tx.execute(summed)}
