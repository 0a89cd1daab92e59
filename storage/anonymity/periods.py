"""Releases and their periods: when a released row came, roughly."""

from typing import Any

from sqlalchemy import Row, insert, select

from storage.anonymity.k_anonymity import MASKED
from storage.anonymity.schema import releases
from storage.campaigns.repository import Campaign
from storage.db.session import Session

MAX_DOUBLED_TARGET_FACTOR = (
    8  # times *k*: periods want k, 2k, 4k, 8k responses; then a tenth of all that were released before
)
LATER_TARGET_DIVISOR = 10


def load_periods(session: Session, campaign: Campaign, *release_numbers: int) -> dict[int, str]:
    """The period of each release, or of these: the number of its first release. `*` for the one that goes on.

    A period that is over never changes, so two downloads tell no more of a row than one.
    """
    last_complete, query = (
        find_last_complete_release(session, campaign),
        select(releases.c.number, releases.c.period_start),
    )
    query = query.where(releases.c.campaign == campaign.code)
    rows = session.execute(query.where(releases.c.number.in_(release_numbers)) if release_numbers else query).all()
    return {number: str(period_start) if number <= last_complete else MASKED for number, period_start in rows}


def find_last_complete_release(session: Session, campaign: Campaign) -> int:
    """The newest release whose period is over; 0 where there is none. With the campaign, each period is over."""
    newest = _find_newest_release(session, campaign)
    if newest is None or campaign.is_closed or newest.period_response_count >= newest.period_target:
        return campaign.release_count
    return int(newest.period_start) - 1


def _find_newest_release(session: Session, campaign: Campaign) -> Row[tuple[Any, ...]] | None:
    conditions = releases.c.campaign == campaign.code, releases.c.number == campaign.release_count
    return session.execute(select(releases).where(*conditions)).one_or_none()


def add_release(session: Session, campaign: Campaign, response_count: int, k: int) -> int:
    """Adds a release of so many responses to its campaign's. Its number."""
    newest = _find_newest_release(session, campaign)
    number = campaign.release_count + 1
    row = {
        "campaign": campaign.code,
        "number": number,
        "response_count": response_count,
        "total_response_count": response_count,
    }
    if newest is None:
        row |= {"period_start": number, "period_response_count": response_count, "period_target": k}
    elif campaign.is_closed or newest.period_response_count >= newest.period_target:
        row |= {
            "period_start": number,
            "period_response_count": response_count,
            "period_target": _compute_next_target(newest, k),
            "total_response_count": newest.total_response_count + response_count,
        }
    else:
        row |= {
            "period_start": newest.period_start,
            "period_response_count": newest.period_response_count + response_count,
            "period_target": newest.period_target,
        }
        row |= {"total_response_count": newest.total_response_count + response_count}
    session.execute(insert(releases).values(row))
    return number


def _compute_next_target(newest: Row[tuple[Any, ...]], k: int) -> int:
    """How many responses the next period wants: few enough that most of a campaign is shown, whatever its size."""
    return int(
        min(
            2 * newest.period_target,
            max(MAX_DOUBLED_TARGET_FACTOR * k, newest.total_response_count // LATER_TARGET_DIVISOR),
        )
    )
