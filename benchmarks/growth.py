"""Measures what grows with the database: the CPU time of turns, of periodic queries and of a release.

    python -m benchmarks.growth [RESPONSES ...]

By default at 1,000, 100,000 and 1,000,000 released responses, with as many participations, and as many unfinished runs
but at most 100,000. The rows are created with plain SQL, in a SQLite file for each size. Each workload runs in several
rounds, alternating between the files, and the fastest round counts: that holds on a busy machine too.
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
from storage.conversations.outbox_backlog import find_overdue_chats, find_waiting_chats, measure_backlog
from storage.conversations.runs import find_active_chats
from storage.db.database import Database, open_database
from tests.support.stored_chat import NOW, StoredChat

DEFAULT_RESPONSE_COUNTS = (1_000, 100_000, 1_000_000)
LARGE_RELEASE_SIZE, RELEASE_SIZE, COMMENT_SHARE = 10_000, 10, 0.1
ROUND_COUNT, RELEASE_ROUND_COUNT, RUNS_PER_ROUND, CALLS_PER_ROUND = 7, 2, 4, 20
TURNS_PER_RUN = 12
RELEASE_WORKLOAD = "a release of 10,000"
FILL_COUNTER_SQL = (
    "insert into n with recursive n(i) as (select 0 union all select i + 1 from n where i + 1 < ?) select i from n"
)
# The chats were last seen up to 100 days before the time of the turns.
FILL_TABLES_SQL = """
insert into released_responses (campaign, id, release, flow, version, language, answers, receipt_hash)
 select 'general', lower(hex(randomblob(16))), 1 + i / 1000, 'connection_test', 1, 'en',
 '{"role": "family_carer", "viewpoint": "myself", "informed": "1", "confident": "-1", "connected": "2"}',
 randomblob(32) from n order by 2;
insert into participations (campaign, chat_hash) select 'general', randomblob(32) from n order by 2;
insert into processed_updates (update_id, day) select i, 20454 from n;
delete from n where i >= 100000;
insert into chats (chat_id, recent_update_ids, open_message_id, open_prompt, opened_at, is_blocked, seen_at)
 select 1000000000 + i, '1 2', 9, 3, 0, 0, 1758672000 + i / 100 from n;
insert into runs (id, chat_id, flow, version, language, step, prompt, passed_forks, is_changing, seen_at,
 is_prompted_again, campaign)
 select 'run' || i, 1000000000 + i, 'connection_test', 1, 'en', 'informed', 3, 'role viewpoint', 0,
 1758672000 + i / 100, 0, 'general' from n;
insert into answers (run_id, question, choice) select 'run' || i, 'role', 'family_carer' from n;
insert into answers (run_id, question, choice) select 'run' || i, 'viewpoint', 'myself' from n;
"""

Workload = Callable[[], float]  # runs one round; returns milliseconds of CPU for each piece of work
Costs = dict[str, float]  # {workload: milliseconds}


def fill_database(file: Path, response_count: int) -> Database:
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


def build_workloads(database: Database, chat_ids: Iterator[int]) -> dict[str, Workload]:
    """Builds all workloads but the release. `chat_ids` are for new chats."""
    now_seconds = int(NOW.timestamp())
    return {
        "a turn, delivered": lambda: measure_turns(database, chat_ids),
        "a submission": lambda: measure_submission(database, chat_ids),
        "/results": repeat(lambda: StoredChat(database, 5).send_reply(Command("results"))),
        "waiting chats": repeat(lambda: find_waiting_chats(database, limit=100, is_broadcast=False)),
        "backlog": repeat(lambda: measure_backlog(database)),
        "overdue chats": repeat(lambda: find_overdue_chats(database, now_seconds)),
        "active chats": repeat(lambda: find_active_chats(database, now_seconds - 3600, now_seconds)),
        "nothing to release": repeat(lambda: release_due_responses(database, 1_000_000)),
    }


def measure_turns(database: Database, chat_ids: Iterator[int]) -> float:
    """Measures runs to the review page, with their outbox entries acknowledged."""
    chats = [StoredChat(database, next(chat_ids)) for _ in range(RUNS_PER_ROUND)]

    def run_all() -> None:
        for chat in chats:
            chat.walk_to_review("They rang back.")

    return measure_cpu_ms(run_all, RUNS_PER_ROUND * TURNS_PER_RUN)


def measure_submission(database: Database, chat_ids: Iterator[int]) -> float:
    chats = [StoredChat(database, next(chat_ids)) for _ in range(RUNS_PER_ROUND)]
    for chat in chats:
        chat.walk_to_review()

    def submit_all() -> None:
        for chat in chats:
            chat.submit(f"receipt {chat.chat_id}")

    return measure_cpu_ms(submit_all, RUNS_PER_ROUND)


def measure_release(database: Database, random: Random) -> float:
    with database.transaction() as session:
        lock_campaign(session, GENERAL_CAMPAIGN)
        add_participants(session, GENERAL_CAMPAIGN, LARGE_RELEASE_SIZE)
        parts = [part for _ in range(LARGE_RELEASE_SIZE) for part in generate_parts(database, random)]
        add_to_inbox(session, GENERAL_CAMPAIGN, parts)
    return measure_cpu_ms(lambda: release_due_responses(database, LARGE_RELEASE_SIZE), 1)


def generate_parts(database: Database, random: Random) -> list[ResponsePart]:
    answers: dict[str, str | None] = {"role": "family_carer", "viewpoint": "myself", "informed": "1", "confident": "2"}
    comments = {"informed_why": "They rang back."} if random.random() < COMMENT_SHARE else {}
    receipt_hashes = hash_receipt(database.cipher, str(random.random()))
    return build_parts(database.cipher, Run("", "connection_test", 1, "en"), answers | comments, receipt_hashes)


def repeat(work: Callable[[], object]) -> Workload:
    return lambda: measure_cpu_ms(lambda: [work() for _ in range(CALLS_PER_ROUND)], CALLS_PER_ROUND)


def measure_cpu_ms(work: Callable[[], object], count: int) -> float:
    """Returns the CPU time of `work` in milliseconds, divided by `count`."""
    started_at = time.process_time()
    work()
    return (time.process_time() - started_at) * 1000 / count


def measure(databases: dict[int, Database]) -> dict[int, Costs]:
    """Returns the lowest cost of each workload by the size of the database."""
    workloads = {count: build_workloads(database, iter(range(1, 10**9))) for count, database in databases.items()}
    names = list(next(iter(workloads.values())))
    lowest_costs: dict[int, Costs] = {count: dict.fromkeys([*names, RELEASE_WORKLOAD], inf) for count in databases}
    for name in names * ROUND_COUNT:
        for response_count, costs in lowest_costs.items():
            costs[name] = min(costs[name], workloads[response_count][name]())
    random = Random(9)
    for response_count in [*databases] * RELEASE_ROUND_COUNT:  # last, as releases add responses
        costs, cost = lowest_costs[response_count], measure_release(databases[response_count], random)
        costs[RELEASE_WORKLOAD] = min(costs[RELEASE_WORKLOAD], cost)
    return lowest_costs


def print_costs(costs_by_size: dict[int, Costs]) -> None:
    """Prints milliseconds, and multiples of the smallest size."""
    print(f"{'':22}" + "".join(f"{response_count:>22,}" for response_count in costs_by_size))
    for name, base_cost in next(iter(costs_by_size.values())).items():
        cells = (f"{costs[name]:9.2f} ms {costs[name] / base_cost:6.2f} x" for costs in costs_by_size.values())
        print(f"{name:22}" + "".join(f"{cell:>22}" for cell in cells))


def main() -> None:
    response_counts = [int(argument) for argument in sys.argv[1:]] or DEFAULT_RESPONSE_COUNTS
    with TemporaryDirectory() as folder:
        databases = {count: fill_database(Path(folder) / f"{count}.db", count) for count in response_counts}
        print_costs(measure(databases))
        for database in databases.values():
            database.close()


if __name__ == "__main__":
    main()
