"""Kills workers at random moments, and counts what may be said twice because of it."""

import asyncio
from collections import Counter
from collections.abc import Callable
from random import Random

from sqlalchemy.engine import make_url

from storage.db.url import SQLITE
from tests.support.raw_sql import rows
from tests.support.worker_processes import Worker

SHORTEST, LONGEST = 0.1, 1.4  # seconds that they all live
LOCKS = "SELECT {what} FROM pg_stat_activity JOIN pg_locks USING (pid) WHERE locktype = 'advisory' AND granted"
POLLER = LOCKS.format(what="application_name") + " AND classid = 1127 AND objid = 1 AND objsubid = 2"
SPEAKING = LOCKS.format(what="count(*)") + " AND objsubid = 1 AND application_name = ?"


class Killer:
    """`in_flight`: in how many chats the victim was just speaking, all kills together.

    What was said but not yet struck off is said again: at most one message for each of them.
    """

    def __init__(
        self, workers: list[Worker], address: str, kills: int, choose: Callable[[], Worker | None], *, down: float = 0
    ) -> None:
        """`choose`: who is hit; None: anybody. `down`: seconds, at most, until it is started again."""
        self.workers = workers
        self.address = address
        self.on_file = make_url(address).get_backend_name() == SQLITE
        self.choose = choose
        self.down = down
        self.left = kills
        self.random = Random(50)
        self.in_flight = 0
        self.killed: Counter[Worker] = Counter()
        self.chosen: list[Worker] = []

    async def spree(self) -> None:
        while self.left:
            await asyncio.sleep(self.random.uniform(SHORTEST, LONGEST))  # the moment is the test: nothing to await
            victim = self.kill()
            await asyncio.sleep(self.random.uniform(0, self.down))
            victim.start()

    def kill(self) -> Worker:
        found = self.choose()
        victim = found or self.random.choice(self.workers)
        self.in_flight += self.end(victim)
        self.left -= 1
        self.killed[victim] += 1
        if found:
            self.chosen.append(found)
        return victim

    def end(self, victim: Worker) -> int:
        """Kills it. Gives in how many chats it was speaking: those it had claimed.

        The only one on a file claims none: it was wherever there was a word; and frozen it would lock the file.
        """
        victim.freeze()
        claimed = 0 if self.on_file else int(rows(self.address, SPEAKING, victim.name)[0][0])
        victim.kill()
        return self.spoken_to() if self.on_file else claimed

    def spoken_to(self) -> int:
        """In how many chats something is to be said; in none before there is a table for it."""
        there = rows(self.address, "SELECT 1 FROM sqlite_master WHERE name = 'outbox'")
        return len(rows(self.address, "SELECT DISTINCT chat FROM outbox")) if there else 0

    @property
    def over(self) -> bool:
        return not self.left


def anybody() -> None:
    """Whoever it hits."""


def poller(workers: list[Worker], address: str) -> Callable[[], Worker | None]:
    """The one that asks Telegram for updates; nobody does just after a kill."""

    def found() -> Worker | None:
        names = {name for (name,) in rows(address, POLLER)}
        return next((worker for worker in workers if worker.name in names), None)

    return found
