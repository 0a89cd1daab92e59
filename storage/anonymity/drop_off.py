"""Where people stop: counts of unfinished runs by step, which hold no person.

A run counts when it ends because its respondent was silent for too long. One that its respondent deletes, or gives up
for another campaign, does not count: otherwise a single account could raise the count of a step to where one more
person becomes visible.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import bindparam, delete, func, insert, select, text, update

from flows.disclosure_control import SUPPRESSED
from storage.anonymity.rounding import round_count
from storage.db.schema import drop_offs, runs
from storage.db.session import Session

DROP_OFF_SILENCE = timedelta(days=1)  # an unfinished run counts after that; someone who returns later does not any more
RUN_STEP_COLUMNS = (runs.c.campaign, func.coalesce(runs.c.resume_step, runs.c.step))  # of a run for `count_drop_offs`
SNAPSHOT_PREFIX = "-"  # before a step: its count as of the newest release. No step's own name begins with it

_IS_SNAPSHOT = drop_offs.c.step.startswith(SNAPSHOT_PREFIX)
_INSERT_DROP_OFF = text(
    "INSERT INTO drop_offs (campaign, step, run_count) VALUES (:campaign, :step, 0) ON CONFLICT DO NOTHING"
)
_ADD_DROP_OFFS = (
    update(drop_offs)
    .where(drop_offs.c.campaign == bindparam("campaign_code"), drop_offs.c.step == bindparam("step_id"))
    .values(run_count=drop_offs.c.run_count + bindparam("added"))
)


def count_drop_offs(session: Session, ended_runs: Iterable[tuple[str, str]]) -> None:
    """Counts runs that ended unsent, given as (campaign, step). Runs without a campaign open one and do not count."""
    counts = Counter(ended_run for ended_run in ended_runs if ended_run[0])
    # Sorted: two workers lock the rows in the same order.
    for (campaign, step), run_count in sorted(counts.items()):
        session.execute(_INSERT_DROP_OFF, {"campaign": campaign, "step": step})
        session.execute(_ADD_DROP_OFFS, {"campaign_code": campaign, "step_id": step, "added": run_count})


def snapshot_drop_offs(session: Session, campaign: str, now: datetime) -> None:
    """Stores the counts to show until the next release. They change with releases only, so that no one can be seen to
    stop or to go on.

    Counts runs that ended, and unfinished runs at their step once their respondent has been silent for a day.
    """
    counts = _count_stopped_runs(session, campaign, now)
    session.execute(delete(drop_offs).where(drop_offs.c.campaign == campaign, _IS_SNAPSHOT))
    rows = [
        {"campaign": campaign, "step": SNAPSHOT_PREFIX + step, "run_count": run_count}
        for step, run_count in counts.items()
    ]
    if rows:
        session.execute(insert(drop_offs), rows)


def load_drop_offs(session: Session, campaign: str) -> dict[str, str]:
    """Returns {step: rounded count as of the newest release}. Suppressed counts are left out, and look like none."""
    query = select(drop_offs.c.step, drop_offs.c.run_count).where(drop_offs.c.campaign == campaign, _IS_SNAPSHOT)
    counts = {step.removeprefix(SNAPSHOT_PREFIX): round_count(run_count) for step, run_count in session.execute(query)}
    return {step: shown_count for step, shown_count in counts.items() if shown_count != SUPPRESSED}


def _count_stopped_runs(session: Session, campaign: str, now: datetime) -> Counter[str]:
    silent_since = int((now - DROP_OFF_SILENCE).timestamp())
    _, step_column = RUN_STEP_COLUMNS
    ended_query = select(drop_offs.c.step, drop_offs.c.run_count).where(drop_offs.c.campaign == campaign, ~_IS_SNAPSHOT)
    is_idle = runs.c.campaign == campaign, runs.c.seen_at < silent_since
    idle_query = select(step_column, func.count()).where(*is_idle).group_by(step_column)
    counts: Counter[str] = Counter()
    for step, run_count in [*session.execute(ended_query), *session.execute(idle_query)]:
        counts[step] += run_count
    return counts
