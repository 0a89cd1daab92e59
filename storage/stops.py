"""Where people stop, as counts that nobody is in: kept when an unfinished run ends."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import Connection, bindparam, func, select, text, update

from storage.campaign_tables import stops
from storage.sealed.counts import WITHHELD, shown
from storage.tables import runs

SILENT = timedelta(days=1)  # without a word: who comes back later is counted no more
STOOD = (runs.c.campaign, func.coalesce(runs.c.left, runs.c.place))  # of a run that ends: see `count_stops`

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


def stopped(tx: Connection, campaign: str, now: datetime) -> dict[str, str]:
    """{place: how many stopped there, as it may be shown}. Withheld counts are left out: they look like none.

    An unfinished run counts where it stands once its respondent has been silent for a day.
    """
    silent = int((now - SILENT).timestamp())
    ended = select(stops.c.place, stops.c.many).where(stops.c.campaign == campaign)
    idle = select(func.coalesce(runs.c.left, runs.c.place), func.count())
    idle = idle.where(runs.c.campaign == campaign, runs.c.seen_at < silent)
    found: Counter[str] = Counter()
    for place, many in [*tx.execute(ended), *tx.execute(idle.group_by(func.coalesce(runs.c.left, runs.c.place)))]:
        found[place] += many
    return {place: cell for place, many in found.items() if (cell := shown(many)) != WITHHELD}
