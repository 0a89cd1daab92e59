"""Outages of PostgreSQL are reported as such, leave nothing half-written, and the same `Database` recovers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from threading import Event
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import make_url

from flows.models import Command
from storage.conversations.chats import lock_chat
from storage.db import postgresql
from storage.db.database import Database, open_database
from storage.errors import StorageUnavailableError, StorageUnreadableError
from tests.support.connection_kills import kill_session, kill_transaction_session
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly, render_url, stop_server_temporarily
from tests.support.raw_sql import fetch_rows
from tests.support.statement_listener import DriverConnection, listen_to_statements
from tests.support.stored_chat import CHAT_ID, StoredChat

TABLES = ("chats", "runs", "answers", "outbox_entries", "pending_parts", "shared_clock", "dead_letters")


@pytest.fixture
def database(postgresql_url: str) -> Iterator[Database]:
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as opened:
        yield opened


def read_tables(address: str) -> list[list[tuple[Any, ...]]]:
    return [sorted(fetch_rows(address, f"select * from {table}"), key=str) for table in TABLES]


def run_query(database: Database) -> None:
    with database.transaction() as session:
        session.connection.exec_driver_sql("select 1")


def test_a_stopped_server_is_an_outage_and_turns_go_on_afterwards(database: Database, postgresql_url: str) -> None:
    stored_chat = StoredChat(database)
    stored_chat.send_reply(Command("start"))
    before = read_tables(postgresql_url)
    with stop_server_temporarily():
        for _ in range(3):
            with pytest.raises(StorageUnavailableError):
                stored_chat.send_reply(stored_chat.make_next_reply())
            with pytest.raises(StorageUnavailableError):
                run_query(database)
    assert read_tables(postgresql_url) == before
    run_query(database)
    stored_chat.walk_to_review()
    stored_chat.submit()


def test_the_error_of_an_outage_contains_no_password(postgresql_url: str) -> None:
    url = make_url(postgresql_url).set(username="postgres", password="of-nobody-else")
    with (
        closing(open_database(render_url(url), TEST_SECRET_KEY)) as database_with_password,
        stop_server_temporarily(),
        pytest.raises(StorageUnavailableError) as raised,
    ):
        run_query(database_with_password)
    assert "of-nobody-else" not in str(raised.value)


def test_opening_a_stopped_server_names_the_setting(postgresql_url: str) -> None:
    with stop_server_temporarily(), pytest.raises(StorageUnreadableError, match=r"DATABASE_URL: cannot use"):
        open_database(postgresql_url, TEST_SECRET_KEY)


def test_the_connection_pool_recovers_from_a_restart(database: Database) -> None:
    """All eight open connections are broken, and only the first query after the server is back fails."""
    ready = Event()

    def hold(_: int) -> None:
        with database.transaction() as session:
            session.connection.exec_driver_sql("select 1")
            assert ready.wait(60)

    with ThreadPoolExecutor(8) as threads:
        holders = [threads.submit(hold, number) for number in range(8)]
        while database.engine.pool.checkedout() < 8:  # type: ignore[attr-defined]
            assert not any(holder.done() for holder in holders)
        ready.set()
    with stop_server_temporarily():
        pass
    with pytest.raises(StorageUnavailableError):
        run_query(database)
    for _ in range(10):
        run_query(database)


def test_a_server_that_became_read_only_is_an_outage(database: Database, postgresql_url: str) -> None:
    """After a failover, the old server accepts only reads (SQLSTATE 25006)."""
    stored_chat = StoredChat(database)
    stored_chat.send_reply(Command("start"))
    before = read_tables(postgresql_url)
    set_read_only(postgresql_url, "on")
    database.engine.dispose()  # the setting applies to new sessions
    with pytest.raises(StorageUnavailableError, match="read-only"):
        stored_chat.take_reply(stored_chat.make_next_reply(), 100)
    assert read_tables(postgresql_url) == before
    set_read_only(postgresql_url, "off")
    database.engine.dispose()
    assert stored_chat.take_reply(stored_chat.make_next_reply(), 100)


def test_a_chat_locked_by_a_hanging_worker_is_an_outage_for_that_chat(
    postgresql_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoredChat(database).send_reply(Command("start"))
    monkeypatch.setattr(postgresql, "SESSION_SETTINGS", ("SET lock_timeout = '100ms'",))
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as other:
        with database.transaction() as frozen:
            lock_chat(frozen, CHAT_ID)
            with pytest.raises(StorageUnavailableError, match="lock timeout"):
                StoredChat(other).take_reply(Command("help"), 50)
            assert StoredChat(other, 8).take_reply(Command("help"), 51), "another chat's turn is processed"
        assert StoredChat(other).take_reply(Command("help"), 50)


def test_a_statement_timeout_is_an_outage(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "SESSION_SETTINGS", ("SET statement_timeout = '100ms'",))
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as database:
        with pytest.raises(StorageUnavailableError, match="statement timeout"), database.transaction() as session:
            session.connection.exec_driver_sql("select pg_sleep(20)")
        run_query(database)


def test_every_session_has_its_timeouts(database: Database) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name")
    with database.transaction() as first_session, database.transaction() as other_session:
        for session in (first_session, other_session):
            session_settings = [session.connection.exec_driver_sql(f"show {name}").scalar() for name in names]
            assert session_settings == ["15s", "10s", "30s", "connection-test"]


def test_the_server_detects_dead_workers_by_tcp_keepalives(database: Database) -> None:
    """Otherwise the locks of a worker whose machine failed last two hours. Unix sockets show the settings as 0."""
    expected = {"keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "3", "user_timeout": "15000"}
    over_tcp = "select inet_server_addr() is not null"
    select_settings = "select name, setting, source from pg_settings where starts_with(name, 'tcp_')"
    with database.transaction() as session:
        is_tcp = session.connection.exec_driver_sql(over_tcp).scalar_one()
        session_settings = {
            (name, value, source) for name, value, source in session.connection.exec_driver_sql(select_settings)
        }
    assert session_settings == {
        (f"tcp_{name}", value if is_tcp else "0", "session") for name, value in expected.items()
    }


@pytest.mark.parametrize("after", [1, 3, 5, 7, None], ids=lambda after: f"after {after or 'all'} statements")
def test_a_turn_whose_connection_is_killed_is_undone_and_can_be_repeated(
    database: Database, postgresql_url: str, after: int | None
) -> None:
    """At each statement and at the commit: the turn is stored completely or not at all."""
    stored_chat = StoredChat(database)
    stored_chat.send_reply(Command("start"))
    stored_chat.send_reply(stored_chat.make_next_reply())
    before, reply = read_tables(postgresql_url), stored_chat.make_next_reply()
    with kill_session_after(database, after), pytest.raises(StorageUnavailableError):
        stored_chat.take_reply(reply, 100)
    assert read_tables(postgresql_url) == before
    assert stored_chat.take_reply(reply, 100)
    assert not stored_chat.take_reply(reply, 100)


@contextmanager
def kill_session_after(database: Database, after: int | None) -> Iterator[None]:
    """Kills the session of the first turn after so many statements, or before the commit."""
    statements = count(1)

    def at_statement(connection: DriverConnection, *_: object) -> None:
        if next(statements) == after:
            kill_session(render_url(database.engine.url), connection)

    if after:
        with listen_to_statements(database.engine, at_statement):
            yield
        return
    event.listen(database.engine, "commit", kill_transaction_session)
    yield
    event.remove(database.engine, "commit", kill_transaction_session)


def set_read_only(address: str, value: str) -> None:
    [(name,)] = fetch_rows(address, "select current_database()")
    with closing(connect_directly(address)) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute(f"alter database {name} set default_transaction_read_only = {value}".encode())
