"""Where people stop, as counts that nobody is in: kept when an unfinished run is over, as nobody wrote for so long.

A run that its respondent deletes, or gives up for another, is not counted: one account could else count as many, and
bring a place up to where one more person shows.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, text, update

from storage.anonymity.rounding import WITHHELD, round_count
from storage.db.schema import drop_offs, runs
from storage.db.session import Session

DROP_OFF_SILENCE = timedelta(days=1)  # without a word: who comes back later is counted no more
RUN_STEP_COLUMNS = (
    runs.c.campaign,
    func.coalesce(runs.c.resume_step, runs.c.step),
)  # of a run that ends: see `count_stops`
SNAPSHOT_PREFIX = "-"  # before a place: what is shown of it. No place's own name begins so

_IS_SNAPSHOT = drop_offs.c.step.startswith(SNAPSHOT_PREFIX)
_INSERT_DROP_OFF = text(
    "INSERT INTO drop_offs (campaign, step, run_count) VALUES (:campaign, :step, 0) ON CONFLICT DO NOTHING"
)
_ADD_DROP_OFFS = (
    update(drop_offs)
    .where(drop_offs.c.campaign == bindparam("of_campaign"), drop_offs.c.step == bindparam("of_step"))
    .values(run_count=drop_offs.c.run_count + bindparam("more"))
)


def count_drop_offs(session: Session, ended_runs: Iterable[tuple[str, str]]) -> None:
    """Counts runs that ended unsent: of each, its campaign and the place where it stood. One that is of no campaign,
    as it was to open one, is not counted.
    """
    for (campaign, step), run_count in sorted(Counter(ended_run for ended_run in ended_runs if ended_run[0]).items()):
        session.execute(_INSERT_DROP_OFF, {"campaign": campaign, "step": step})
        session.execute(_ADD_DROP_OFFS, {"of_campaign": campaign, "of_step": step, "more": run_count})


def snapshot_drop_offs(session: Session, campaign: str, now: datetime) -> None:
    """How it is now is shown from now on, until the next release: so nobody is seen to stop, or to go on.

    An unfinished run counts where it stands once its respondent has been silent for a day.
    """
    silent_since = int((now - DROP_OFF_SILENCE).timestamp())
    ended_query = select(drop_offs.c.step, drop_offs.c.run_count).where(drop_offs.c.campaign == campaign, ~_IS_SNAPSHOT)
    idle_query = select(RUN_STEP_COLUMNS[1], func.count()).where(
        runs.c.campaign == campaign, runs.c.seen_at < silent_since
    )
    counts: Counter[str] = Counter()
    for step, run_count in [*session.execute(ended_query), *session.execute(idle_query.group_by(RUN_STEP_COLUMNS[1]))]:
        counts[step] += run_count
    session.execute(delete(drop_offs).where(drop_offs.c.campaign == campaign, _IS_SNAPSHOT))
    rows = [
        {"campaign": campaign, "step": SNAPSHOT_PREFIX + place, "run_count": many} for place, many in counts.items()
    ]
    if rows:
        session.execute(insert(drop_offs), rows)


def load_drop_offs(session: Session, campaign: str) -> dict[str, str]:
    """{place: how many had stopped there at the newest release, as it may be shown}. Withheld counts are left out: they
    look like none.
    """
    query = select(drop_offs.c.step, drop_offs.c.run_count).where(drop_offs.c.campaign == campaign, _IS_SNAPSHOT)
    counts = {step.removeprefix(SNAPSHOT_PREFIX): round_count(run_count) for step, run_count in session.execute(query)}
    return {place: shown_count for place, shown_count in counts.items() if shown_count != WITHHELD}
