"""On PostgreSQL too, no statement on the path of an update scans a growing table.

PostgreSQL's planner uses statistics, so the tables are filled and analysed first. Each statement of a walk is explained
just before it runs.
"""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine

from bot.handlers.turn import take_turn
from bot.telegram.updates import IncomingUpdate
from flows.models import Command, Tap
from storage.conversations.locks import AdvisoryLocks, create_locks
from storage.conversations.outbox_backlog import find_waiting_chats, measure_backlog
from storage.db.database import Database, open_database
from storage.db.shared_clock import book_broadcast_slot, load_last_healthy, record_healthy
from storage.retention import delete_expired_data
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly
from tests.support.query_plans import GROWING_TABLES, walk_to_the_end
from tests.support.raw_sql import create_clinic_campaign
from tests.support.statement_listener import DriverConnection, listen_to_statements
from tests.support.stored_chat import NOW, UPDATE_IDS

ROWS = 4_000
PLANNED = ("SELECT", "INSERT", "UPDATE", "DELETE")
# Values that satisfy the foreign keys between tables.
VALUES_BY_TYPE = {
    "integer": "g",
    "bigint": "1000000000 + g",
    "text": "md5(g::text)",
    "character varying": "md5(g::text)",
    "bytea": "decode(md5(g::text), 'hex')",
    "boolean": "false",
}
REFERENCED_TABLES = ("chats", "runs", "releases")  # referenced tables first


def fill(address: str) -> None:
    """Fills all growing tables. Rows that a submission rewrites belong to the run's own campaign."""
    with closing(connect_directly(address)) as connection:
        for table in [*REFERENCED_TABLES, *sorted(GROWING_TABLES - {*REFERENCED_TABLES})]:
            found = connection.execute(
                "select column_name, data_type, is_identity = 'YES' or column_default like 'nextval%%'"
                " from information_schema.columns where table_name = %s",
                [table],
            ).fetchall()
            columns = {name: VALUES_BY_TYPE[kind] for name, kind, is_generated in found if not is_generated}
            if "campaign" in columns:
                columns["campaign"] = "'clinic'" if table in {"pending_parts", "participations"} else "'general'"
            if table == "pending_parts":
                columns["question"] = "''"  # choices, like most parts of responses
            names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
            connection.execute(
                f"insert into {table} ({names}) select {values} from generate_series(1, {ROWS}) as g".encode()
            )
        connection.execute("analyze")


@pytest.fixture
def filled_database(postgresql_url: str) -> Iterator[Database]:
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as database:
        create_clinic_campaign(database)
        fill(postgresql_url)
        yield database


def scans(database: Database, work: Callable[[], object]) -> set[tuple[str, str]]:
    """(scanned table, statement) for all statements that this work runs."""
    with collect_scans(database.engine) as found:
        work()
    return found


@contextmanager
def collect_scans(engine: Engine) -> Iterator[set[tuple[str, str]]]:
    """Collects (scanned table, statement) for all statements that run meanwhile."""
    found: set[tuple[str, str]] = set()

    def plan(connection: DriverConnection, statement: str, values: Any) -> None:
        if statement.startswith(PLANNED):
            cursor = psycopg.Cursor(connection).execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), values)
            [(plans,)] = cursor.fetchall()
            found.update((table, statement) for table in _scanned(plans[0]["Plan"]) if table in GROWING_TABLES)

    with listen_to_statements(engine, plan):
        yield found


def _scanned(plan: dict[str, Any]) -> Iterator[str]:
    """Tables that a plan scans completely, or by an index without a bound."""
    kind = plan["Node Type"]
    if kind == "Seq Scan" or (kind.startswith("Index") and not plan.keys() & {"Index Cond", "Order By"}):
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _scanned(part)


def test_a_run_scans_no_growing_table(filled_database: Database) -> None:
    assert scans(filled_database, lambda: walk_to_the_end(filled_database, 100)) == set()


def test_replies_after_a_run_scan_no_growing_table(filled_database: Database) -> None:
    stored_chat = walk_to_the_end(filled_database, 100)

    def act_after_walk() -> None:
        for command in ("start", "results", "mydata", "delete"):
            stored_chat.send_reply(Command(command))
        for action in ("withdraw", "withdraw_yes"):
            stored_chat.send_reply(Tap("", 0, "", action, "receipt of 100"))

    assert scans(filled_database, act_after_walk) == set()


async def test_the_entry_read_with_a_chat_lock_is_found_by_an_index(
    filled_database: Database, postgresql_url: str
) -> None:
    reply = Command("start")
    assert take_turn(filled_database, IncomingUpdate(next(UPDATE_IDS), 100, reply, "en"), reply, NOW)
    own_locks = create_locks(postgresql_url)
    assert isinstance(own_locks, AdvisoryLocks)
    with collect_scans(own_locks.engine) as found:
        chat_lock = await own_locks.acquire_chat(100)
    await own_locks.close()
    assert chat_lock
    assert chat_lock.oldest_row
    assert found == set()


def test_frequent_jobs_scan_at_most_the_outbox(filled_database: Database) -> None:
    def run_frequent_jobs() -> None:
        record_healthy(filled_database)
        load_last_healthy(filled_database)
        book_broadcast_slot(filled_database)
        find_waiting_chats(filled_database, limit=500, is_broadcast=False)
        measure_backlog(filled_database)

    assert {table for table, _ in scans(filled_database, run_frequent_jobs)} <= {"outbox_entries"}


def test_a_table_scan_is_detected(filled_database: Database) -> None:
    assert {
        table
        for table, _ in scans(filled_database, lambda: delete_expired_data(filled_database, NOW, retention=NOW - NOW))
    } >= {"chats"}
