"""Groups a campaign's releases into periods, each shown as one, so that a row reveals only roughly when it was sent.

A period is open until it has as many responses as its target; its rows are shown once it is complete. The targets are
*k*, 2*k*, 4*k* and 8*k*. Later ones are a tenth of all responses that were released before, but at least 8*k* and at
most twice the target before.
"""

from typing import Any

from sqlalchemy import Row, insert, select

from flows.disclosure_control import SUPPRESSED
from storage.anonymity.schema import releases
from storage.campaigns.repository import Campaign
from storage.db.session import Session

MAX_DOUBLED_PERIOD_TARGET_FACTOR = 8  # times *k*: targets double up to here
LATER_PERIOD_TARGET_DIVISOR = 10


def load_periods(session: Session, campaign: Campaign, *release_numbers: int) -> dict[int, str]:
    """Returns {release: period} for these releases, or for all of the campaign.

    A period is the number of its first release as text, or `SUPPRESSED` while it is open. A complete period never
    changes, so two downloads reveal no more about a row than one (no differencing attack).
    """
    last_complete = find_last_complete_release(session, campaign)
    query = select(releases.c.number, releases.c.period_start).where(releases.c.campaign == campaign.code)
    if release_numbers:
        query = query.where(releases.c.number.in_(release_numbers))
    rows = session.execute(query).all()
    return {number: str(period_start) if number <= last_complete else SUPPRESSED for number, period_start in rows}


def find_last_complete_release(session: Session, campaign: Campaign) -> int:
    """Returns the newest release whose period is complete; 0 if there is none. Closing the campaign completes all."""
    newest = _find_newest_release(session, campaign)
    if newest is None or campaign.is_closed or _is_complete(newest):
        return campaign.release_count
    return int(newest.period_start) - 1


def add_release(session: Session, campaign: Campaign, response_count: int, k: int) -> int:
    """Stores a release of `response_count` responses in the open period or in a new one. Returns its number."""
    newest = _find_newest_release(session, campaign)
    number = campaign.release_count + 1
    if newest is None:
        period = {"period_start": number, "period_response_count": response_count, "period_target": k}
    elif campaign.is_closed or _is_complete(newest):
        target = _compute_next_target(newest, k)
        period = {"period_start": number, "period_response_count": response_count, "period_target": target}
    else:
        period = {
            "period_start": newest.period_start,
            "period_response_count": newest.period_response_count + response_count,
            "period_target": newest.period_target,
        }
    total = response_count + (newest.total_response_count if newest else 0)
    release = {"campaign": campaign.code, "number": number, "response_count": response_count}
    session.execute(insert(releases).values(release | period | {"total_response_count": total}))
    return number


def _find_newest_release(session: Session, campaign: Campaign) -> Row[tuple[Any, ...]] | None:
    conditions = releases.c.campaign == campaign.code, releases.c.number == campaign.release_count
    return session.execute(select(releases).where(*conditions)).one_or_none()


def _is_complete(newest: Row[tuple[Any, ...]]) -> bool:
    return bool(newest.period_response_count >= newest.period_target)


def _compute_next_target(newest: Row[tuple[Any, ...]], k: int) -> int:
    # A tenth, so that most of a campaign is shown whatever its size.
    later_target = max(MAX_DOUBLED_PERIOD_TARGET_FACTOR * k, newest.total_response_count // LATER_PERIOD_TARGET_DIVISOR)
    return int(min(2 * newest.period_target, later_target))
