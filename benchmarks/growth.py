"""What grows with how much is stored: the CPU time of turns, of what the sender and upkeep ask, of a release.

    python -m benchmarks.growth [RESPONSES ...]

Without numbers: at 1,000, 100,000 and 1,000,000 released responses, with as many people who took part, and as many
unfinished runs, but for 100,000 at the most. The rows are made with plain SQL, in one SQLite file each. Each piece of
work is done in several rounds, by turns in all files, and the quickest round counts: that holds on a busy machine too.
"""

import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from math import inf
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from flows.models import Commanded, Run
from storage.anonymity.periods import add_release
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import Part, marks_of, parts_of, put_in
from storage.campaigns.repository import GENERAL, count_people, find_campaign, lock_campaign
from storage.conversations.outbox import overdue, unsaid, waiting
from storage.conversations.runs import in_the_middle
from storage.db.database import Database, open_database
from tests.support.stored_chat import NOW, Turning

SIZES = [int(one) for one in sys.argv[1:]] or [1_000, 100_000, 1_000_000]
RELEASED_AT_ONCE, K, TENTH = 10_000, 10, 0.1
ROUNDS, RELEASES, WALKS, ASKED = 7, 2, 4, 20
COUNTED = (
    "insert into n with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ?) select i from n"
)
FILL = """
insert into released (campaign, id, release, flow, version, language, answers, receipt)
 select 'general', lower(hex(randomblob(16))), 1 + i / 1000, 'connection_test', 1, 'en',
 '{"role": "family_carer", "viewpoint": "myself", "informed": "1", "confident": "-1", "connected": "2"}',
 randomblob(32) from n order by 2;
insert into participations (campaign, mark) select 'general', randomblob(32) from n order by 2;
insert into taken (number, day) select i, 20454 from n;
delete from n where i >= 100000;
insert into chats (chat, taken, open_message, open_ask, opened_at, blocked, seen_at)
 select 1000000000 + i, '1 2', 9, 3, 0, 0, 1758672000 + i / 100 from n;
insert into runs (id, chat, flow, version, language, place, ask, passed, changing, seen_at, again, campaign)
 select 'run' || i, 1000000000 + i, 'connection_test', 1, 'en', 'informed', 3, 'role viewpoint', 0,
 1758672000 + i / 100, 0, 'general' from n;
insert into answers (run, question, choice) select 'run' || i, 'role', 'family_carer' from n;
insert into answers (run, question, choice) select 'run' || i, 'viewpoint', 'myself' from n;
"""  # people were last heard of 100 days before the moment of all turns here
Costs = dict[str, float]


def fill(file: Path, many: int) -> Database:
    """A database with so many released responses."""
    database, releases = open_database(f"sqlite:///{file}"), -(-many // 1_000)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("create temp table n (i integer primary key)")
        connection.execute(COUNTED, (many,))
        connection.executescript(FILL)
        connection.execute("update campaigns set releases = ?", (releases,))
    with database.transaction() as tx:
        campaign = find_campaign(tx, GENERAL)
        for number in range(releases):
            add_release(tx, replace(campaign, releases=number), 1_000, K)
    return database


def works(database: Database, chats: Iterator[int]) -> dict[str, Callable[[], float]]:
    """What is measured: {what: a round of it, which gives the milliseconds of one}."""
    there = int(NOW.timestamp())

    def turns() -> float:
        """To the check page, with what is said struck off: 12 turns each."""
        walkers = [Turning(database, next(chats)) for _ in range(WALKS)]
        return timed(lambda: all_do(walkers, lambda one: one.to_check("They rang back.")), WALKS * 12)

    def sending() -> float:
        walkers = [Turning(database, next(chats)) for _ in range(WALKS)]
        for one in walkers:
            one.to_check()
        return timed(lambda: all_do(walkers, lambda one: one.send(f"receipt {one.chat}")), WALKS)

    def asked(work: Callable[[], object]) -> Callable[[], float]:
        return lambda: timed(lambda: [work() for _ in range(ASKED)], ASKED)

    return {
        "a turn, said": turns,
        "sending": sending,
        "/results": asked(lambda: Turning(database, 5).do(Commanded("results"))),
        "waiting": asked(lambda: waiting(database, most=100, bulk=False)),
        "unsaid": asked(lambda: unsaid(database)),
        "overdue": asked(lambda: overdue(database, there)),
        "in the middle": asked(lambda: in_the_middle(database, there - 3600, there)),
        "nothing to release": asked(lambda: release_due(database, 1_000_000)),
    }


def releasing(database: Database, random: Random) -> float:
    with database.transaction() as tx:
        lock_campaign(tx, GENERAL)
        count_people(tx, GENERAL, RELEASED_AT_ONCE)
        put_in(tx, GENERAL, [part for _ in range(RELEASED_AT_ONCE) for part in response_parts(database, random)])
    return timed(lambda: release_due(database, RELEASED_AT_ONCE), 1)


def response_parts(database: Database, random: Random) -> list[Part]:
    """One in ten said something."""
    answers: dict[str, str | None] = {"role": "family_carer", "viewpoint": "myself", "informed": "1", "confident": "2"}
    said = {"informed_why": "They rang back."} if random.random() < TENTH else {}
    marks = marks_of(database.cipher, str(random.random()))
    return parts_of(database.cipher, Run("", "connection_test", 1, "en"), answers | said, marks)


def all_do(walkers: list[Turning], what: Callable[[Turning], None]) -> None:
    for one in walkers:
        what(one)


def timed(work: Callable[[], object], many: int) -> float:
    """Milliseconds of CPU for each of so many."""
    began = time.process_time()
    work()
    return (time.process_time() - began) * 1000 / many


def measured(databases: dict[int, Database]) -> dict[int, Costs]:
    """The least that each piece of work took in each database, which take turns."""
    rounds = {many: works(database, iter(range(1, 10**9))) for many, database in databases.items()}
    least: dict[int, Costs] = {many: dict.fromkeys(works, inf) for many, works in rounds.items()}
    for what in list(rounds[SIZES[0]]) * ROUNDS:
        for many, of in rounds.items():
            least[many][what] = min(least[many][what], of[what]())
    random = Random(9)
    for many in [*databases] * RELEASES:  # last, as they add to what is stored
        took = releasing(databases[many], random)
        least[many]["a release of 10,000"] = min(took, least[many].get("a release of 10,000", inf))
    return least


def main() -> None:
    with TemporaryDirectory() as folder:
        databases = {many: fill(Path(folder) / f"{many}.db", many) for many in SIZES}
        least = measured(databases)
        print(f"{'':22}" + "".join(f"{many:>22,}" for many in SIZES))
        for what, first in least[SIZES[0]].items():
            cells = (f"{of[what]:9.2f} ms {of[what] / first:6.2f} x" for of in least.values())
            print(f"{what:22}" + "".join(f"{cell:>22}" for cell in cells))
        for database in databases.values():
            database.close()


if __name__ == "__main__":
    main()
