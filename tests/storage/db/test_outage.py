"""The database is the trouble: it is said so, nothing is kept, and the same `Database` goes on once it is back."""

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
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as made:
        yield made


def everything(address: str) -> list[list[tuple[Any, ...]]]:
    return [sorted(fetch_rows(address, f"select * from {table}"), key=str) for table in TABLES]


def ask(database: Database) -> None:
    with database.transaction() as session:
        session.connection.exec_driver_sql("select 1")


def test_a_server_that_is_gone_is_away_and_everything_goes_on_when_it_is_back(
    database: Database, postgresql_url: str
) -> None:
    stored_chat = StoredChat(database)
    stored_chat.send_reply(Command("start"))
    before = everything(postgresql_url)
    with stop_server_temporarily():
        for _ in range(3):
            with pytest.raises(StorageUnavailableError):
                stored_chat.send_reply(stored_chat.make_next_reply())
            with pytest.raises(StorageUnavailableError):
                ask(database)
    assert everything(postgresql_url) == before
    ask(database)
    stored_chat.walk_to_review()
    stored_chat.submit()


def test_what_is_said_of_an_absence_holds_no_password(postgresql_url: str) -> None:
    url = make_url(postgresql_url).set(username="postgres", password="of-nobody-else")
    with (
        closing(open_database(render_url(url), TEST_SECRET_KEY)) as one,
        stop_server_temporarily(),
        pytest.raises(StorageUnavailableError) as raised,
    ):
        ask(one)
    assert "of-nobody-else" not in str(raised.value)


def test_a_start_without_a_server_names_the_setting(postgresql_url: str) -> None:
    with stop_server_temporarily(), pytest.raises(StorageUnreadableError, match=r"DATABASE_URL: cannot use"):
        open_database(postgresql_url, TEST_SECRET_KEY)


def test_every_connection_of_the_pool_gets_over_a_restart(database: Database) -> None:
    """Eight were open; none of them makes a turn fail after the server is back, but once at most."""
    ready = Event()

    def hold(_: int) -> None:
        with database.transaction() as session:
            session.connection.exec_driver_sql("select 1")
            assert ready.wait(60)

    with ThreadPoolExecutor(8) as threads:
        held = [threads.submit(hold, number) for number in range(8)]
        while database.engine.pool.checkedout() < 8:  # type: ignore[attr-defined]
            assert not any(one.done() for one in held)
        ready.set()
    with stop_server_temporarily():
        pass
    with pytest.raises(StorageUnavailableError):
        ask(database)
    for _ in range(10):
        ask(database)


def test_what_is_not_the_primary_any_more_is_away(database: Database, postgresql_url: str) -> None:
    """After a failover the old server takes reads only (SQLSTATE 25006)."""
    stored_chat = StoredChat(database)
    stored_chat.send_reply(Command("start"))
    before = everything(postgresql_url)
    read_only(postgresql_url, "on")
    database.engine.dispose()  # the setting counts for new sessions
    with pytest.raises(StorageUnavailableError, match="read-only"):
        stored_chat.take_reply(stored_chat.make_next_reply(), 100)
    assert everything(postgresql_url) == before
    read_only(postgresql_url, "off")
    database.engine.dispose()
    assert stored_chat.take_reply(stored_chat.make_next_reply(), 100)


def test_a_chat_that_a_frozen_worker_holds_is_away_for_the_others(
    postgresql_url: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    StoredChat(database).send_reply(Command("start"))
    monkeypatch.setattr(postgresql, "SESSION_SETTINGS", ("SET lock_timeout = '100ms'",))
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as other:
        with database.transaction() as frozen:
            lock_chat(frozen, CHAT_ID)
            with pytest.raises(StorageUnavailableError, match="lock timeout"):
                StoredChat(other).take_reply(Command("help"), 50)
            assert StoredChat(other, 8).take_reply(Command("help"), 51), "another chat's turn goes"
        assert StoredChat(other).take_reply(Command("help"), 50)


def test_a_statement_that_takes_too_long_is_away(postgresql_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "SESSION_SETTINGS", ("SET statement_timeout = '100ms'",))
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as database:
        with pytest.raises(StorageUnavailableError, match="statement timeout"), database.transaction() as session:
            session.connection.exec_driver_sql("select pg_sleep(20)")
        ask(database)


def test_every_session_is_set_up_with_its_limits(database: Database) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name")
    with database.transaction() as one, database.transaction() as other:
        for session in (one, other):
            set_up = [session.connection.exec_driver_sql(f"show {name}").scalar() for name in names]
            assert set_up == ["15s", "10s", "30s", "connection-test"]


def test_the_server_looks_after_a_worker_that_fell_silent(database: Database) -> None:
    """Else one whose machine is gone holds its claims for two hours. On a Unix socket they are set, and show as 0."""
    wanted = {"keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "3", "user_timeout": "15000"}
    over_tcp = "select inet_server_addr() is not null"
    found = "select name, setting, source from pg_settings where starts_with(name, 'tcp_')"
    with database.transaction() as session:
        counts = session.connection.exec_driver_sql(over_tcp).scalar_one()
        set_up = {(name, value, source) for name, value, source in session.connection.exec_driver_sql(found)}
    assert set_up == {(f"tcp_{name}", value if counts else "0", "session") for name, value in wanted.items()}


@pytest.mark.parametrize("after", [1, 3, 5, 7, None], ids=lambda after: f"after {after or 'all'} statements")
def test_a_turn_whose_connection_is_killed_keeps_nothing_and_comes_again(
    database: Database, postgresql_url: str, after: int | None
) -> None:
    """At each step of the turn: whole or not at all. Cut off at the commit itself, too."""
    stored_chat = StoredChat(database)
    stored_chat.send_reply(Command("start"))
    stored_chat.send_reply(stored_chat.make_next_reply())
    before, way_on = everything(postgresql_url), stored_chat.make_next_reply()
    with killed(database, after), pytest.raises(StorageUnavailableError):
        stored_chat.take_reply(way_on, 100)
    assert everything(postgresql_url) == before
    assert stored_chat.take_reply(way_on, 100)
    assert not stored_chat.take_reply(way_on, 100)


@contextmanager
def killed(database: Database, after: int | None) -> Iterator[None]:
    """The first turn's connection is killed after that many statements, or before the commit."""
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


def read_only(address: str, value: str) -> None:
    [(name,)] = fetch_rows(address, "select current_database()")
    with closing(connect_directly(address)) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute(f"alter database {name} set default_transaction_read_only = {value}".encode())
