"""Where people stop, as counts that nobody is in: kept when an unfinished run is over, as nobody wrote for so long.

A run that its respondent deletes, or gives up for another, is not counted: one account could else count as many, and
bring a place up to where one more person shows.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, delete, func, insert, select, text, update

from storage.anonymity.rounding import WITHHELD, shown
from storage.db.schema import runs, stops

SILENT = timedelta(days=1)  # without a word: who comes back later is counted no more
STOOD = (runs.c.campaign, func.coalesce(runs.c.left, runs.c.place))  # of a run that ends: see `count_stops`
SETTLED = "-"  # before a place: what is shown of it. No place's own name begins so

_IS_SETTLED = stops.c.place.startswith(SETTLED)
_BEGIN = text("INSERT INTO stops (campaign, place, many) VALUES (:campaign, :place, 0) ON CONFLICT DO NOTHING")
_COUNT = (
    update(stops)
    .where(stops.c.campaign == bindparam("of_campaign"), stops.c.place == bindparam("of_place"))
    .values(many=stops.c.many + bindparam("more"))
)


def count_stops(tx: Connection, ended: Iterable[tuple[str, str]]) -> None:
    """Counts runs that ended unsent: of each, its campaign and the place where it stood. One that is of no campaign,
    as it was to open one, is not counted.
    """
    for (campaign, place), more in sorted(Counter(one for one in ended if one[0]).items()):
        tx.execute(_BEGIN, {"campaign": campaign, "place": place})
        tx.execute(_COUNT, {"of_campaign": campaign, "of_place": place, "more": more})


def settle_stops(tx: Connection, campaign: str, now: datetime) -> None:
    """How it is now is shown from now on, until the next release: so nobody is seen to stop, or to go on.

    An unfinished run counts where it stands once its respondent has been silent for a day.
    """
    silent = int((now - SILENT).timestamp())
    ended = select(stops.c.place, stops.c.many).where(stops.c.campaign == campaign, ~_IS_SETTLED)
    idle = select(STOOD[1], func.count()).where(runs.c.campaign == campaign, runs.c.seen_at < silent)
    found: Counter[str] = Counter()
    for place, many in [*tx.execute(ended), *tx.execute(idle.group_by(STOOD[1]))]:
        found[place] += many
    tx.execute(delete(stops).where(stops.c.campaign == campaign, _IS_SETTLED))
    rows = [{"campaign": campaign, "place": SETTLED + place, "many": many} for place, many in found.items()]
    if rows:
        tx.execute(insert(stops), rows)


def stopped(tx: Connection, campaign: str) -> dict[str, str]:
    """{place: how many had stopped there at the newest release, as it may be shown}. Withheld counts are left out: they
    look like none.
    """
    wanted = select(stops.c.place, stops.c.many).where(stops.c.campaign == campaign, _IS_SETTLED)
    found = {place.removeprefix(SETTLED): shown(many) for place, many in tx.execute(wanted)}
    return {place: cell for place, cell in found.items() if cell != WITHHELD}
