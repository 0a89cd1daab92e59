"""No statement on the way of an update goes through a table that grows: each finds its rows by a key or an index.

Every statement of a whole walk, of the desk and of what is said is taken from the driver, and the database is asked
how it would find its rows. SQLite plans without statistics, as in production: how many rows there are changes nothing.
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

# Not `campaigns`: who took part in which one can't be looked up, so that each one's mark is tried.
NO_ROWS = ("--", "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "EXPLAIN")
K, PEOPLE = 10, 12


class StatementListener:
    """Hears every statement of a database, past whatever runs it."""

    def __init__(self, engine: Engine) -> None:
        self.heard: list[str] = []
        event.listen(engine, "connect", self._hear)
        engine.dispose()  # so that there is a new connection

    def _hear(self, connection: Any, _: object) -> None:
        connection.set_trace_callback(self.heard.append)

    def scans(self, database: Database, work: Callable[[], object]) -> set[tuple[str, str]]:
        """(table, statement that goes through it) of all that this work runs."""
        self.heard.clear()
        work()
        statements = dict.fromkeys(one for one in self.heard if not one.startswith(NO_ROWS))
        assert statements
        with closing(sqlite3.connect(database.engine.url.database or "")) as file:
            return {(table, said) for said in statements for table in _scanned(file, said) if table in GROWING_TABLES}


def _scanned(file: sqlite3.Connection, statement: str) -> Iterator[str]:
    for *_, step in file.execute(f"EXPLAIN QUERY PLAN {statement}"):
        if found := re.match(r"SCAN (\w+)", step):
            yield found[1]


@pytest.fixture
def statement_listener(sqlite_database: Database) -> StatementListener:
    create_clinic_campaign(sqlite_database)
    execute_sql(sqlite_database, "update campaigns set organisation = 'home' where code = 'clinic'")
    return StatementListener(sqlite_database.engine)


def use_menu(database: Database, reply: Reply) -> None:
    """The coordinator whom the operator names does this, and is told what follows."""
    assert take_turn(database, IncomingUpdate(next(UPDATE_IDS), 77, reply, "en", is_configured=True), reply, NOW)
    while due := load_next_entry(database, 77):
        assert not [event for event in due.content.events if event.kind == "reply_outdated"]
        assert acknowledge(database, due, None, None)


def test_a_walk_scans_nothing_that_grows(sqlite_database: Database, statement_listener: StatementListener) -> None:
    assert statement_listener.scans(sqlite_database, lambda: walk_to_the_end(sqlite_database, 100)) == set()
    assert statement_listener.scans(sqlite_database, lambda: walk_to_the_end(sqlite_database, 101)) == set(), (
        "beside somebody else's response"
    )


def test_what_comes_after_a_walk_scans_nothing_that_grows(
    sqlite_database: Database, statement_listener: StatementListener
) -> None:
    stored_chat = walk_to_the_end(sqlite_database, 100)

    def afterwards() -> None:
        for command in ("start", "results", "mydata", "delete"):
            stored_chat.send_reply(Command(command))
        for act in ("withdraw", "withdraw_yes"):
            stored_chat.send_reply(Tap("", 0, "", act, "receipt of 100"))

    assert statement_listener.scans(sqlite_database, afterwards) == set()


def test_the_desk_scans_nothing_that_grows(sqlite_database: Database, statement_listener: StatementListener) -> None:
    for chat in range(PEOPLE):
        walk_to_the_end(sqlite_database, 100 + chat)
    release_due_responses(sqlite_database, K)

    def at_work() -> None:
        use_menu(sqlite_database, Command("coordinator"))
        for act in ("menu_page", "menu_invite_colleague", "menu_invite", "menu_comments", "menu_share", "menu_close"):
            use_menu(sqlite_database, Tap("", 0, "", act, "clinic"))
        use_menu(sqlite_database, Command("mydata"))
        use_menu(sqlite_database, Command("results"))
        use_menu(sqlite_database, Tap("", 0, "", "menu_close_confirmed", "clinic"))

    assert statement_listener.scans(sqlite_database, at_work) == set()


def test_a_release_reads_what_waits_and_nothing_else_that_grows(
    sqlite_database: Database, statement_listener: StatementListener
) -> None:
    for chat in range(PEOPLE):
        walk_to_the_end(sqlite_database, 100 + chat)
    scans = statement_listener.scans(sqlite_database, lambda: release_due_responses(sqlite_database, K))
    assert {table for table, _ in scans} == {"pending_parts"}
    assert all("GROUP BY" in said for _, said in scans), "once, to see what is due in which campaign"


def test_a_look_at_what_a_group_said_reads_its_own_campaign_only(
    sqlite_database: Database, statement_listener: StatementListener
) -> None:
    for chat in range(PEOPLE):
        walk_to_the_end(sqlite_database, 100 + chat)
    release_due_responses(sqlite_database, K)

    def look() -> None:
        with open_release_view(sqlite_database, "clinic", K) as campaign:
            assert list(campaign.iter_rows())
            assert all((campaign.count_answers(), list(campaign.iter_comments()), campaign.list_suppressed_columns()))
            campaign.find_next_comment("", "new")

    assert statement_listener.scans(sqlite_database, look) == set()


def test_what_is_done_by_the_clock_while_people_wait_scans_nothing_that_grows(
    sqlite_database: Database, statement_listener: StatementListener
) -> None:
    def often() -> None:
        record_healthy(sqlite_database)
        load_last_healthy(sqlite_database)
        book_broadcast_slot(sqlite_database)

    assert statement_listener.scans(sqlite_database, often) == set()


def test_a_scan_is_noticed(sqlite_database: Database, statement_listener: StatementListener) -> None:
    """What is erased once an hour goes through its tables: that is known, and takes no person's time."""
    scans = statement_listener.scans(
        sqlite_database, lambda: delete_expired_data(sqlite_database, NOW, timedelta(days=30))
    )
    assert {table for table, _ in scans} >= {"chats", "processed_updates"}
