"""Kills workers at random moments, and counts what may be said twice because of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random

from sqlalchemy.engine import make_url

from storage.db.url import SQLITE
from tests.support.raw_sql import fetch_rows
from tests.support.worker_processes import WorkerProcess

MIN_LIFE_SECONDS, MAX_LIFE_SECONDS = 0.1, 1.4  # seconds that they all live
HELD_LOCKS_SQL = "SELECT {what} FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' AND granted"
POLLER_SQL = HELD_LOCKS_SQL.format(what="application_name") + " AND classid = 1127 AND objid = 1 AND objsubid = 2"
LOCKED_CHATS_SQL = HELD_LOCKS_SQL.format(what="count(*)") + " AND objsubid = 1 AND application_name = ?"


class WorkerKiller:
    """`in_flight`: in how many chats the victim was just speaking, all kills together.

    What was said but not yet struck off is said again: at most one message for each of them.
    """

    def __init__(
        self,
        workers: list[WorkerProcess],
        database_url: str,
        kills: int,
        choose_victim: Callable[[], WorkerProcess | None],
        *,
        max_downtime_seconds: float = 0,
    ) -> None:
        """`choose`: who is hit; None: anybody. `down`: seconds, at most, until it is started again."""
        self.workers = workers
        self.database_url = database_url
        self.uses_sqlite = make_url(database_url).get_backend_name() == SQLITE
        self.choose_victim = choose_victim
        self.max_downtime_seconds = max_downtime_seconds
        self.kills_left = kills
        self.random = Random(50)
        self.chats_in_flight = 0
        self.kill_counts: Counter[WorkerProcess] = Counter()
        self.chosen_victims: list[WorkerProcess] = []

    async def run(self) -> None:
        while self.kills_left:
            await asyncio.sleep(
                self.random.uniform(MIN_LIFE_SECONDS, MAX_LIFE_SECONDS)
            )  # the moment is the test: nothing to await
            victim = self.kill_one()
            await asyncio.sleep(self.random.uniform(0, self.max_downtime_seconds))
            victim.start()

    def kill_one(self) -> WorkerProcess:
        found = self.choose_victim()
        victim = found or self.random.choice(self.workers)
        self.chats_in_flight += self.stop_worker(victim)
        self.kills_left -= 1
        self.kill_counts[victim] += 1
        if found:
            self.chosen_victims.append(found)
        return victim

    def stop_worker(self, victim: WorkerProcess) -> int:
        """Kills it. Gives in how many chats it was speaking: those it had claimed.

        The only one on a file claims none: it was wherever there was a word; and frozen it would lock the file.
        """
        victim.freeze()
        claimed = 0 if self.uses_sqlite else int(fetch_rows(self.database_url, LOCKED_CHATS_SQL, victim.name)[0][0])
        victim.kill()
        return self.count_chats_with_entries() if self.uses_sqlite else claimed

    def count_chats_with_entries(self) -> int:
        """In how many chats something is to be said; in none before there is a table for it."""
        has_outbox = fetch_rows(self.database_url, "SELECT 1 FROM sqlite_master WHERE name = 'outbox_entries'")
        return len(fetch_rows(self.database_url, "SELECT DISTINCT chat_id FROM outbox_entries")) if has_outbox else 0

    @property
    def is_finished(self) -> bool:
        return not self.kills_left


def choose_at_random() -> None:
    """Whoever it hits."""


def make_poller_chooser(workers: list[WorkerProcess], database_url: str) -> Callable[[], WorkerProcess | None]:
    """The one that asks Telegram for updates; nobody does just after a kill."""

    def found() -> WorkerProcess | None:
        names = {name for (name,) in fetch_rows(database_url, POLLER_SQL)}
        return next((worker for worker in workers if worker.name in names), None)

    return found
