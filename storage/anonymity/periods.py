"""Releases and their periods: when a released row came, roughly."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select

from storage.anonymity.k_anonymity import MASKED
from storage.anonymity.schema import releases
from storage.campaigns.repository import Campaign, find_campaign

DOUBLED_UP_TO = 8  # times *k*: periods want k, 2k, 4k, 8k responses; then a tenth of all that were released before
TENTH = 10


def periods_of(tx: Connection, campaign: Campaign, *numbers: int) -> dict[int, str]:
    """The period of each release, or of these: the number of its first release. `*` for the one that goes on.

    A period that is over never changes, so two downloads tell no more of a row than one.
    """
    until, wanted = over_up_to(tx, campaign), select(releases.c.number, releases.c.first)
    wanted = wanted.where(releases.c.campaign == campaign.code)
    rows = tx.execute(wanted.where(releases.c.number.in_(numbers)) if numbers else wanted).all()
    return {number: str(first) if number <= until else MASKED for number, first in rows}


def over_up_to(tx: Connection, campaign: Campaign) -> int:
    """The newest release whose period is over; 0 where there is none. With the campaign, each period is over."""
    newest = _newest(tx, campaign)
    if newest is None or campaign.closed or newest.so_far >= newest.wanted:
        return campaign.releases
    return int(newest.first) - 1


def _newest(tx: Connection, campaign: Campaign) -> Row[tuple[Any, ...]] | None:
    of = releases.c.campaign == campaign.code, releases.c.number == campaign.releases
    return tx.execute(select(releases).where(*of)).one_or_none()


def add_release(tx: Connection, campaign: Campaign, size: int, k: int) -> int:
    """Adds a release of so many responses to its campaign's. Its number."""
    before = _newest(tx, campaign)
    number = campaign.releases + 1
    row = {"campaign": campaign.code, "number": number, "size": size, "total": size}
    if before is None:
        row |= {"first": number, "so_far": size, "wanted": k}
    elif campaign.closed or before.so_far >= before.wanted:
        row |= {"first": number, "so_far": size, "wanted": _wanted_next(before, k), "total": before.total + size}
    else:
        row |= {"first": before.first, "so_far": before.so_far + size, "wanted": before.wanted}
        row |= {"total": before.total + size}
    tx.execute(insert(releases).values(row))
    return number


def _wanted_next(before: Row[tuple[Any, ...]], k: int) -> int:
    """How many responses the next period wants: few enough that most of a campaign is shown, whatever its size."""
    return int(min(2 * before.wanted, max(DOUBLED_UP_TO * k, before.total // TENTH)))


# @@DOC How many responses were ever released, by campaign: the sum of its releases, which everybody may know.
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
