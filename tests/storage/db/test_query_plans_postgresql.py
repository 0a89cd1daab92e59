"""On PostgreSQL, too, no statement on the way of an update goes through a table that grows.

Its planner goes by what it knows of the tables: so they are filled first, and it is told to look at them. Then it is
asked for its plan of every statement of a whole walk, just before the statement is run.
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
# Values by which rows of different tables belong together, as foreign keys want it.
OF_KIND = {
    "integer": "g",
    "bigint": "1000000000 + g",
    "text": "md5(g::text)",
    "character varying": "md5(g::text)",
    "bytea": "decode(md5(g::text), 'hex')",
    "boolean": "false",
}
ORDER = ("chats", "runs", "releases")  # what others point to


def fill(address: str) -> None:
    """Rows in all tables that grow. Those that a sending writes anew are of the walk's own campaign."""
    with closing(connect_directly(address)) as connection:
        for table in [*ORDER, *sorted(GROWING_TABLES - {*ORDER})]:
            found = connection.execute(
                "select column_name, data_type, is_identity = 'YES' or column_default like 'nextval%%'"
                " from information_schema.columns where table_name = %s",
                [table],
            ).fetchall()
            columns = {name: OF_KIND[kind] for name, kind, numbered in found if not numbered}
            if "campaign" in columns:
                columns["campaign"] = "'clinic'" if table in {"pending_parts", "participations"} else "'general'"
            if table == "pending_parts":
                columns["question"] = "''"  # choices, as most parts of responses are
            names, values = ", ".join(f'"{name}"' for name in columns), ", ".join(columns.values())
            connection.execute(
                f"insert into {table} ({names}) select {values} from generate_series(1, {ROWS}) as g".encode()
            )
        connection.execute("analyze")


@pytest.fixture
def filled_database_url(postgresql_url: str) -> Iterator[Database]:
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as database:
        create_clinic_campaign(database)
        fill(postgresql_url)
        yield database


def scans(database: Database, work: Callable[[], object]) -> set[tuple[str, str]]:
    """(table, statement that goes through it) of all that this work runs."""
    with planning(database.engine) as found:
        work()
    return found


@contextmanager
def planning(engine: Engine) -> Iterator[set[tuple[str, str]]]:
    """The same of all that is run meanwhile."""
    found: set[tuple[str, str]] = set()

    def plan(connection: DriverConnection, statement: str, values: Any) -> None:
        if statement.startswith(PLANNED):
            told = psycopg.Cursor(connection).execute(f"EXPLAIN (FORMAT JSON) {statement}".encode(), values)
            [(plans,)] = told.fetchall()
            found.update((table, statement) for table in _scanned(plans[0]["Plan"]) if table in GROWING_TABLES)

    with listen_to_statements(engine, plan):
        yield found


def _scanned(plan: dict[str, Any]) -> Iterator[str]:
    """Tables that a plan goes through as a whole, or by an index of which it knows no bound."""
    kind = plan["Node Type"]
    if kind == "Seq Scan" or (kind.startswith("Index") and not plan.keys() & {"Index Cond", "Order By"}):
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from _scanned(part)


def test_a_walk_goes_through_nothing_that_grows(filled_database_url: Database) -> None:
    assert scans(filled_database_url, lambda: walk_to_the_end(filled_database_url, 100)) == set()


def test_what_comes_after_a_walk_goes_through_nothing_that_grows(filled_database_url: Database) -> None:
    stored_chat = walk_to_the_end(filled_database_url, 100)

    def afterwards() -> None:
        for command in ("start", "results", "mydata", "delete"):
            stored_chat.send_reply(Command(command))
        for act in ("withdraw", "withdraw_yes"):
            stored_chat.send_reply(Tap("", 0, "", act, "receipt of 100"))

    assert scans(filled_database_url, afterwards) == set()


async def test_what_is_read_with_a_claim_is_found_by_an_index(
    filled_database_url: Database, postgresql_url: str
) -> None:
    reply = Command("start")
    assert take_turn(filled_database_url, IncomingUpdate(next(UPDATE_IDS), 100, reply, "en"), reply, NOW)
    claims = create_locks(postgresql_url)
    assert isinstance(claims, AdvisoryLocks)
    with planning(claims.engine) as found:
        floor = await claims.acquire_chat(100)
    await claims.close()
    assert floor
    assert floor.oldest_row
    assert found == set()


def test_what_is_done_by_the_clock_goes_through_nothing_but_the_outbox(filled_database_url: Database) -> None:
    def often() -> None:
        record_healthy(filled_database_url)
        load_last_healthy(filled_database_url)
        book_broadcast_slot(filled_database_url)
        find_waiting_chats(filled_database_url, limit=500, is_broadcast=False)
        measure_backlog(filled_database_url)

    assert {table for table, _ in scans(filled_database_url, often)} <= {"outbox_entries"}


def test_a_scan_is_noticed(filled_database_url: Database) -> None:
    assert {
        table
        for table, _ in scans(
            filled_database_url, lambda: delete_expired_data(filled_database_url, NOW, retention=NOW - NOW)
        )
    } >= {"chats"}
