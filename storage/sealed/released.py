"""How many responses were ever released, by campaign: the sum of its releases, which everybody may know."""

from collections.abc import Collection

from sqlalchemy import Connection, func, select

from storage.campaigns import find_campaign
from storage.sealed.periods import over_up_to
from storage.sealed.tables import releases


def released_in(tx: Connection, codes: Collection[str]) -> dict[str, int]:
    """{code: responses}, those that were taken back later among them."""
    summed = select(releases.c.campaign, func.sum(releases.c.size)).where(releases.c.campaign.in_(codes))
    summed = summed.group_by(releases.c.campaign)
    return {code: int(many) for code, many in tx.execute(summed)}


def seen_of(tx: Connection, code: str) -> int:
    """How many of a campaign's may be seen: those of periods that are over. Raises `CampaignUnknown`."""
    until = over_up_to(tx, find_campaign(tx, code))
    of = releases.c.campaign == code, releases.c.number <= until
    return int(tx.execute(select(func.coalesce(func.sum(releases.c.size), 0)).where(*of)).scalar_one())
