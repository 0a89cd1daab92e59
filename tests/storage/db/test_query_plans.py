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
from bot.telegram.updates import Incoming
from flows.models import Commanded, Reply, Tapped
from storage.anonymity.gateway import opened
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import seal_earlier
from storage.conversations.outbox import next_due, strike_off
from storage.db.database import Database
from storage.db.shared_clock import book, last_well, well_now
from storage.retention import purge
from tests.support.raw_sql import change, open_clinic
from tests.support.stored_chat import NOW, NUMBERS, Turning

GROWING = {
    "answers", "audit", "chats", "comments", "groups", "leaving", "outbox", "participations", "released", "releases",
    "runs", "set_aside", "stops", "taken", "waiting",
}  # fmt: skip
# Not `campaigns`: who took part in which one can't be looked up, so that each one's mark is tried.
NO_ROWS = ("--", "BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "EXPLAIN")
K, PEOPLE = 10, 12


class Listening:
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
            return {(table, said) for said in statements for table in _scanned(file, said) if table in GROWING}


def _scanned(file: sqlite3.Connection, statement: str) -> Iterator[str]:
    for *_, step in file.execute(f"EXPLAIN QUERY PLAN {statement}"):
        if found := re.match(r"SCAN (\w+)", step):
            yield found[1]


@pytest.fixture
def listening(on_file: Database) -> Listening:
    open_clinic(on_file)
    change(on_file, "update campaigns set organisation = 'home' where code = 'clinic'")
    return Listening(on_file.engine)


def at_desk(database: Database, reply: Reply) -> None:
    """The coordinator whom the operator names does this, and is told what follows."""
    assert take_turn(database, Incoming(next(NUMBERS), 77, reply, "en", named=True), reply, NOW)
    while due := next_due(database, 77):
        assert not [event for event in due.saying.events if event.kind == "reply_outdated"]
        assert strike_off(database, due, None, None)


def walk(database: Database, chat: int) -> Turning:
    """Somebody walks to the end, with all that one may do on the way; is told all of it; and sends."""
    turning = Turning(database, chat)
    turning.do(Commanded("start", "clinic"))
    turning.to_check("They rang back.")
    turning.do(Commanded("stop"))
    for command in ("start", "help", "about", "mydata", "results"):
        turning.do(Commanded(command))
    turning.to_check("They rang back, and a nurse came.")
    turning.send(f"receipt of {chat}")
    assert next_due(database, chat) is None
    return turning


def test_a_walk_scans_nothing_that_grows(on_file: Database, listening: Listening) -> None:
    assert listening.scans(on_file, lambda: walk(on_file, 100)) == set()
    assert listening.scans(on_file, lambda: walk(on_file, 101)) == set(), "beside somebody else's response"


def test_what_comes_after_a_walk_scans_nothing_that_grows(on_file: Database, listening: Listening) -> None:
    turning = walk(on_file, 100)

    def afterwards() -> None:
        for command in ("start", "results", "mydata", "delete"):
            turning.do(Commanded(command))
        for act in ("withdraw", "withdraw_yes"):
            turning.do(Tapped("", 0, "", act, "receipt of 100"))

    assert listening.scans(on_file, afterwards) == set()


def test_the_desk_scans_nothing_that_grows(on_file: Database, listening: Listening) -> None:
    for chat in range(PEOPLE):
        walk(on_file, 100 + chat)
    release_due(on_file, K)

    def at_work() -> None:
        at_desk(on_file, Commanded("coordinator"))
        for act in ("desk_page", "desk_colleague", "desk_invite", "desk_comments", "desk_share", "desk_close"):
            at_desk(on_file, Tapped("", 0, "", act, "clinic"))
        at_desk(on_file, Commanded("mydata"))
        at_desk(on_file, Commanded("results"))
        at_desk(on_file, Tapped("", 0, "", "desk_closed", "clinic"))

    assert listening.scans(on_file, at_work) == set()


def test_a_release_reads_what_waits_and_nothing_else_that_grows(on_file: Database, listening: Listening) -> None:
    for chat in range(PEOPLE):
        walk(on_file, 100 + chat)
    scans = listening.scans(on_file, lambda: release_due(on_file, K))
    assert {table for table, _ in scans} == {"waiting"}
    assert all("GROUP BY" in said for _, said in scans), "once, to see what is due in which campaign"


def test_a_look_at_what_a_group_said_reads_its_own_campaign_only(on_file: Database, listening: Listening) -> None:
    for chat in range(PEOPLE):
        walk(on_file, 100 + chat)
    release_due(on_file, K)

    def look() -> None:
        with opened(on_file, "clinic", K) as campaign:
            assert list(campaign.rows())
            assert all((campaign.counts(), list(campaign.comments()), campaign.withheld()))
            campaign.next_comment("", "new")

    assert listening.scans(on_file, look) == set()


def test_what_is_done_by_the_clock_while_people_wait_scans_nothing_that_grows(
    on_file: Database, listening: Listening
) -> None:
    def often() -> None:
        well_now(on_file)
        last_well(on_file)
        book(on_file)
        seal_earlier(on_file)

    assert listening.scans(on_file, often) == set()


def test_a_scan_is_noticed(on_file: Database, listening: Listening) -> None:
    """What is erased once an hour goes through its tables: that is known, and takes no person's time."""
    scans = listening.scans(on_file, lambda: purge(on_file, NOW, timedelta(days=30)))
    assert {table for table, _ in scans} >= {"chats", "taken"}
