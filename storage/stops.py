"""Where people stop, as counts that nobody is in: kept when an unfinished run ends."""

from collections import Counter
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, func, text, update

from storage.campaign_tables import stops
from storage.tables import runs

STOOD = (runs.c.campaign, func.coalesce(runs.c.left, runs.c.place))  # of a run that ends: see `count_stops`

_BEGIN = text("INSERT INTO stops (campaign, place, many) VALUES (:campaign, :place, 0) ON CONFLICT DO NOTHING")
_COUNT = (
    update(stops)
    .where(stops.c.campaign == bindparam("of_campaign"), stops.c.place == bindparam("of_place"))
    .values(many=stops.c.many + bindparam("more"))
)


def count_stops(tx: Connection, ended: Iterable[tuple[str, str]]) -> None:
    """Counts runs that ended unsent: of each, its campaign and the place where it stood."""
    for (campaign, place), more in sorted(Counter(ended).items()):
        tx.execute(_BEGIN, {"campaign": campaign, "place": place})
        tx.execute(_COUNT, {"of_campaign": campaign, "of_place": place, "more": more})
