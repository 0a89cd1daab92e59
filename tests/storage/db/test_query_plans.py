"""No statement on the path of an update scans a growing table: each finds its rows by a key or an index.

The driver reports every statement of a walk, of the coordinator menu and of delivery, and the database explains its
plan. SQLite plans without statistics, as in production, so the number of rows does not matter.
"""

import re
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from bot.handlers.turn import take_turn
from bot.telegram.updates import IncomingUpdate
from flows.models import Command, Reply, Tap
from storage.anonymity.gateway import open_release_view
from storage.anonymity.releases import release_due_responses
from storage.conversations.outbox import acknowledge, load_next_entry
from storage.db.database import Database
from storage.db.shared_clock import book_broadcast_slot, load_last_healthy, record_healthy
from storage.retention import delete_expired_data
from tests.support.query_plans import GROWING_TABLES, walk_to_the_end
from tests.support.raw_sql import create_clinic_campaign, execute_sql
from tests.support.stored_chat import NOW, UPDATE_IDS

# `campaigns` is scanned on purpose: participations cannot be looked up, so each campaign's mark is tried.
NO_ROWS = ("--", "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "EXPLAIN")
K, PERSON_COUNT = 10, 12


class StatementListener:
    """Records every statement that the driver runs."""

    def __init__(self, engine: Engine) -> None:
        self.statements: list[str] = []
        event.listen(engine, "connect", self._listen)
        engine.dispose()  # forces a new connection

    def _listen(self, connection: Any, _: object) -> None:
        connection.set_trace_callback(self.statements.append)

    def scans(self, database: Database, work: Callable[[], object]) -> set[tuple[str, str]]:
        """(scanned table, statement) for all statements that this work runs."""
        self.statements.clear()
        work()
        statements = dict.fromkeys(one for one in self.statements if not one.startswith(NO_ROWS))
        assert statements
        with closing(sqlite3.connect(database.engine.url.database or "")) as file:
            return {
                (table, statement)
                for statement in statements
                for table in _scanned(file, statement)
                if table in GROWING_TABLES
            }


def _scanned(file: sqlite3.Connection, statement: str) -> Iterator[str]:
    for *_, step in file.execute(f"EXPLAIN QUERY PLAN {statement}"):
        if found := re.match(r"SCAN (\w+)", step):
            yield found[1]


@pytest.fixture
def statement_listener(sqlite_database: Database) -> StatementListener:
    create_clinic_campaign(sqlite_database)
    execute_sql(sqlite_database, "update campaigns set organisation = 'home' where code = 'clinic'")
    return StatementListener(sqlite_database.engine)


def act_as_coordinator(database: Database, reply: Reply) -> None:
    """A configured coordinator sends this reply, and the entries that follow are acknowledged."""
    assert take_turn(database, IncomingUpdate(next(UPDATE_IDS), 77, reply, "en", is_configured=True), reply, NOW)
    while entry := load_next_entry(database, 77):
        assert not [event for event in entry.content.events if event.kind == "reply_outdated"]
        assert acknowledge(database, entry, None, None)


def test_a_run_scans_no_growing_table(sqlite_database: Database, statement_listener: StatementListener) -> None:
    assert statement_listener.scans(sqlite_database, lambda: walk_to_the_end(sqlite_database, 100)) == set()
    assert statement_listener.scans(sqlite_database, lambda: walk_to_the_end(sqlite_database, 101)) == set(), (
        "with another response in the database"
    )


def test_replies_after_a_run_scan_no_growing_table(
    sqlite_database: Database, statement_listener: StatementListener
) -> None:
    stored_chat = walk_to_the_end(sqlite_database, 100)

    def act_after_walk() -> None:
        for command in ("start", "results", "mydata", "delete"):
            stored_chat.send_reply(Command(command))
        for action in ("withdraw", "withdraw_yes"):
            stored_chat.send_reply(Tap("", 0, "", action, "receipt of 100"))

    assert statement_listener.scans(sqlite_database, act_after_walk) == set()


def test_the_coordinator_menu_scans_no_growing_table(
    sqlite_database: Database, statement_listener: StatementListener
) -> None:
    for chat in range(PERSON_COUNT):
        walk_to_the_end(sqlite_database, 100 + chat)
    release_due_responses(sqlite_database, K)

    def use_menu() -> None:
        act_as_coordinator(sqlite_database, Command("coordinator"))
        for action in (
            "menu_page",
            "menu_invite_colleague",
            "menu_invite",
            "menu_comments",
            "menu_share",
            "menu_close",
        ):
            act_as_coordinator(sqlite_database, Tap("", 0, "", action, "clinic"))
        act_as_coordinator(sqlite_database, Command("mydata"))
        act_as_coordinator(sqlite_database, Command("results"))
        act_as_coordinator(sqlite_database, Tap("", 0, "", "menu_close_confirmed", "clinic"))

    assert statement_listener.scans(sqlite_database, use_menu) == set()


def test_a_release_scans_only_pending_parts(sqlite_database: Database, statement_listener: StatementListener) -> None:
    for chat in range(PERSON_COUNT):
        walk_to_the_end(sqlite_database, 100 + chat)
    scans = statement_listener.scans(sqlite_database, lambda: release_due_responses(sqlite_database, K))
    assert {table for table, _ in scans} == {"pending_parts"}
    assert all("GROUP BY" in statement for _, statement in scans), "one query for the campaigns with due responses"


def test_reading_a_release_scans_no_growing_table(
    sqlite_database: Database, statement_listener: StatementListener
) -> None:
    for chat in range(PERSON_COUNT):
        walk_to_the_end(sqlite_database, 100 + chat)
    release_due_responses(sqlite_database, K)

    def read_release() -> None:
        with open_release_view(sqlite_database, "clinic", K) as campaign:
            assert list(campaign.iter_rows())
            assert all((campaign.count_answers(), list(campaign.iter_comments()), campaign.list_suppressed_columns()))
            campaign.find_next_comment("", "new")

    assert statement_listener.scans(sqlite_database, read_release) == set()


def test_frequent_jobs_scan_no_growing_table(sqlite_database: Database, statement_listener: StatementListener) -> None:
    def run_frequent_jobs() -> None:
        record_healthy(sqlite_database)
        load_last_healthy(sqlite_database)
        book_broadcast_slot(sqlite_database)

    assert statement_listener.scans(sqlite_database, run_frequent_jobs) == set()


def test_a_table_scan_is_detected(sqlite_database: Database, statement_listener: StatementListener) -> None:
    """The hourly purge scans its tables on purpose; nobody waits for it."""
    scans = statement_listener.scans(
        sqlite_database, lambda: delete_expired_data(sqlite_database, NOW, timedelta(days=30))
    )
    assert {table for table, _ in scans} >= {"chats", "processed_updates"}
