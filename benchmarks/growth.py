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

from flows.models import Command, Run
from storage.anonymity.periods import add_release
from storage.anonymity.releases import release_due_responses
from storage.anonymity.sealing import ResponsePart, add_to_inbox, build_parts, hash_receipt
from storage.campaigns.repository import GENERAL_CAMPAIGN, add_participants, find_campaign, lock_campaign
from storage.conversations.backlog import find_overdue_chats, find_waiting_chats, measure_backlog
from storage.conversations.runs import find_active_chats
from storage.db.database import Database, open_database
from tests.support.stored_chat import NOW, StoredChat

RESPONSE_COUNTS = [int(one) for one in sys.argv[1:]] or [1_000, 100_000, 1_000_000]
LARGE_RELEASE_SIZE, RELEASE_SIZE, COMMENT_SHARE = 10_000, 10, 0.1
ROUND_COUNT, RELEASE_ROUND_COUNT, WALKS_PER_ROUND, CALLS_PER_ROUND = 7, 2, 4, 20
FILL_COUNTER_SQL = (
    "insert into n with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ?) select i from n"
)
FILL_TABLES_SQL = """
insert into released_responses (campaign, id, release, flow, version, language, answers, receipt_hash)
 select 'general', lower(hex(randomblob(16))), 1 + i / 1000, 'connection_test', 1, 'en',
 '{"role": "family_carer", "viewpoint": "myself", "informed": "1", "confident": "-1", "connected": "2"}',
 randomblob(32) from n order by 2;
insert into participations (campaign, chat_hash) select 'general', randomblob(32) from n order by 2;
insert into recent_update_ids (update_id, day) select i, 20454 from n;
delete from n where i >= 100000;
insert into chats (chat_id, recent_update_ids, open_message_id, open_prompt, opened_at, is_blocked, seen_at)
 select 1000000000 + i, '1 2', 9, 3, 0, 0, 1758672000 + i / 100 from n;
insert into runs (id, chat_id, flow, version, language, step, prompt, passed_forks, is_changing, seen_at, is_prompted_again, campaign)
 select 'run' || i, 1000000000 + i, 'connection_test', 1, 'en', 'informed', 3, 'role viewpoint', 0,
 1758672000 + i / 100, 0, 'general' from n;
insert into answers (run_id, question, choice) select 'run' || i, 'role', 'family_carer' from n;
insert into answers (run_id, question, choice) select 'run' || i, 'viewpoint', 'myself' from n;
"""  # people were last heard of 100 days before the moment of all turns here
Costs = dict[str, float]


def fill_database(file: Path, response_count: int) -> Database:
    """A database with so many released responses."""
    database, release_count = open_database(f"sqlite:///{file}"), -(-response_count // 1_000)
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("create temp table n (i integer primary key)")
        connection.execute(FILL_COUNTER_SQL, (response_count,))
        connection.executescript(FILL_TABLES_SQL)
        connection.execute("update campaigns set release_count = ?", (release_count,))
    with database.transaction() as session:
        campaign = find_campaign(session, GENERAL_CAMPAIGN)
        for number in range(release_count):
            add_release(session, replace(campaign, release_count=number), 1_000, RELEASE_SIZE)
    return database


def build_workloads(database: Database, chat_ids: Iterator[int]) -> dict[str, Callable[[], float]]:
    """What is measured: {what: a round of it, which gives the milliseconds of one}."""
    now_seconds = int(NOW.timestamp())

    def measure_turns() -> float:
        """To the check page, with what is said struck off: 12 turns each."""
        walkers = [StoredChat(database, next(chat_ids)) for _ in range(WALKS_PER_ROUND)]
        return measure_cpu_ms(
            lambda: for_each(walkers, lambda one: one.walk_to_review("They rang back.")), WALKS_PER_ROUND * 12
        )

    def measure_submission() -> float:
        walkers = [StoredChat(database, next(chat_ids)) for _ in range(WALKS_PER_ROUND)]
        for walker in walkers:
            walker.walk_to_review()
        return measure_cpu_ms(
            lambda: for_each(walkers, lambda one: one.submit(f"receipt {one.chat_id}")), WALKS_PER_ROUND
        )

    def repeat(work: Callable[[], object]) -> Callable[[], float]:
        return lambda: measure_cpu_ms(lambda: [work() for _ in range(CALLS_PER_ROUND)], CALLS_PER_ROUND)

    return {
        "a turn, said": measure_turns,
        "sending": measure_submission,
        "/results": repeat(lambda: StoredChat(database, 5).send_reply(Command("results"))),
        "waiting": repeat(lambda: find_waiting_chats(database, limit=100, is_broadcast=False)),
        "unsaid": repeat(lambda: measure_backlog(database)),
        "overdue": repeat(lambda: find_overdue_chats(database, now_seconds)),
        "in the middle": repeat(lambda: find_active_chats(database, now_seconds - 3600, now_seconds)),
        "nothing to release": repeat(lambda: release_due_responses(database, 1_000_000)),
    }


def measure_release(database: Database, random: Random) -> float:
    with database.transaction() as session:
        lock_campaign(session, GENERAL_CAMPAIGN)
        add_participants(session, GENERAL_CAMPAIGN, LARGE_RELEASE_SIZE)
        add_to_inbox(
            session,
            GENERAL_CAMPAIGN,
            [part for _ in range(LARGE_RELEASE_SIZE) for part in generate_parts(database, random)],
        )
    return measure_cpu_ms(lambda: release_due_responses(database, LARGE_RELEASE_SIZE), 1)


def generate_parts(database: Database, random: Random) -> list[ResponsePart]:
    """One in ten said something."""
    answers: dict[str, str | None] = {"role": "family_carer", "viewpoint": "myself", "informed": "1", "confident": "2"}
    comments = {"informed_why": "They rang back."} if random.random() < COMMENT_SHARE else {}
    marks = hash_receipt(database.cipher, str(random.random()))
    return build_parts(database.cipher, Run("", "connection_test", 1, "en"), answers | comments, marks)


def for_each(walkers: list[StoredChat], action: Callable[[StoredChat], None]) -> None:
    for walker in walkers:
        action(walker)


def measure_cpu_ms(work: Callable[[], object], count: int) -> float:
    """Milliseconds of CPU for each of so many."""
    started_at = time.process_time()
    work()
    return (time.process_time() - started_at) * 1000 / count


def measure(databases: dict[int, Database]) -> dict[int, Costs]:
    """The least that each piece of work took in each database, which take turns."""
    workloads = {many: build_workloads(database, iter(range(1, 10**9))) for many, database in databases.items()}
    lowest_costs: dict[int, Costs] = {many: dict.fromkeys(workload, inf) for many, workload in workloads.items()}
    for name in list(workloads[RESPONSE_COUNTS[0]]) * ROUND_COUNT:
        for response_count, database_workloads in workloads.items():
            lowest_costs[response_count][name] = min(lowest_costs[response_count][name], database_workloads[name]())
    random = Random(9)
    for response_count in [*databases] * RELEASE_ROUND_COUNT:  # last, as they add to what is stored
        cost = measure_release(databases[response_count], random)
        lowest_costs[response_count]["a release of 10,000"] = min(
            cost, lowest_costs[response_count].get("a release of 10,000", inf)
        )
    return lowest_costs


def main() -> None:
    with TemporaryDirectory() as folder:
        databases = {
            response_count: fill_database(Path(folder) / f"{response_count}.db", response_count)
            for response_count in RESPONSE_COUNTS
        }
        lowest_costs = measure(databases)
        print(f"{'':22}" + "".join(f"{many:>22,}" for many in RESPONSE_COUNTS))
        for name, base_cost in lowest_costs[RESPONSE_COUNTS[0]].items():
            cells = (f"{costs[name]:9.2f} ms {costs[name] / base_cost:6.2f} x" for costs in lowest_costs.values())
            print(f"{name:22}" + "".join(f"{cell:>22}" for cell in cells))
        for database in databases.values():
            database.close()


if __name__ == "__main__":
    main()
