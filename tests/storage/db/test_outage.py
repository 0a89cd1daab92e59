"""The database is the trouble: it is said so, nothing is kept, and the same `Database` goes on once it is back."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count
from threading import Event
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url

from flows.models import Commanded
from storage.conversations.chats import lock_chat
from storage.db import postgresql
from storage.db.database import Database, open_database
from storage.errors import StorageAway, StorageUnusable
from tests.support.postgresql import SECRET, address_of, plainly, stopped
from tests.support.raw_sql import rows
from tests.support.statement_listener import Driver, hearing
from tests.support.stored_chat import CHAT, Turning

TABLES = ("chats", "runs", "answers", "outbox", "waiting", "moments", "set_aside")


@pytest.fixture
def database(on_server: str) -> Iterator[Database]:
    with closing(open_database(on_server, SECRET)) as made:
        yield made


def everything(address: str) -> list[list[tuple[Any, ...]]]:
    return [sorted(rows(address, f"select * from {table}"), key=str) for table in TABLES]


def ask(database: Database) -> None:
    with database.transaction() as tx:
        tx.exec_driver_sql("select 1")


def test_a_server_that_is_gone_is_away_and_everything_goes_on_when_it_is_back(
    database: Database, on_server: str
) -> None:
    turning = Turning(database)
    turning.do(Commanded("start"))
    before = everything(on_server)
    with stopped():
        for _ in range(3):
            with pytest.raises(StorageAway):
                turning.do(turning.way_on())
            with pytest.raises(StorageAway):
                ask(database)
    assert everything(on_server) == before
    ask(database)
    turning.to_check()
    turning.send()


def test_what_is_said_of_an_absence_holds_no_password(on_server: str) -> None:
    url = make_url(on_server).set(username="postgres", password="of-nobody-else")
    with closing(open_database(address_of(url), SECRET)) as one, stopped(), pytest.raises(StorageAway) as raised:
        ask(one)
    assert "of-nobody-else" not in str(raised.value)


def test_a_start_without_a_server_names_the_setting(on_server: str) -> None:
    with stopped(), pytest.raises(StorageUnusable, match=r"DATABASE_URL: .* can't be used"):
        open_database(on_server, SECRET)


def test_every_connection_of_the_pool_gets_over_a_restart(database: Database) -> None:
    """Eight were open; none of them makes a turn fail after the server is back, but once at most."""
    ready = Event()

    def hold(_: int) -> None:
        with database.transaction() as tx:
            tx.exec_driver_sql("select 1")
            assert ready.wait(60)

    with ThreadPoolExecutor(8) as threads:
        held = [threads.submit(hold, number) for number in range(8)]
        while database.engine.pool.checkedout() < 8:  # type: ignore[attr-defined]
            assert not any(one.done() for one in held)
        ready.set()
    with stopped():
        pass
    with pytest.raises(StorageAway):
        ask(database)
    for _ in range(10):
        ask(database)


def test_what_is_not_the_primary_any_more_is_away(database: Database, on_server: str) -> None:
    """After a failover the old server takes reads only (SQLSTATE 25006)."""
    turning = Turning(database)
    turning.do(Commanded("start"))
    before = everything(on_server)
    read_only(on_server, "on")
    database.engine.dispose()  # the setting counts for new sessions
    with pytest.raises(StorageAway, match="read-only"):
        turning.take(turning.way_on(), 100)
    assert everything(on_server) == before
    read_only(on_server, "off")
    database.engine.dispose()
    assert turning.take(turning.way_on(), 100)


def test_a_chat_that_a_frozen_worker_holds_is_away_for_the_others(
    on_server: str, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    Turning(database).do(Commanded("start"))
    monkeypatch.setattr(postgresql, "LIMITS", ("SET lock_timeout = '100ms'",))
    with closing(open_database(on_server, SECRET)) as other:
        with database.transaction() as frozen:
            lock_chat(frozen, CHAT)
            with pytest.raises(StorageAway, match="lock timeout"):
                Turning(other).take(Commanded("help"), 50)
            assert Turning(other, 8).take(Commanded("help"), 51), "another chat's turn goes"
        assert Turning(other).take(Commanded("help"), 50)


def test_a_statement_that_takes_too_long_is_away(on_server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgresql, "LIMITS", ("SET statement_timeout = '100ms'",))
    with closing(open_database(on_server, SECRET)) as database:
        with pytest.raises(StorageAway, match="statement timeout"), database.transaction() as tx:
            tx.exec_driver_sql("select pg_sleep(20)")
        ask(database)


def test_every_session_is_set_up_with_its_limits(database: Database) -> None:
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "application_name")
    with database.transaction() as one, database.transaction() as other:
        for tx in (one, other):
            set_up = [tx.exec_driver_sql(f"show {name}").scalar() for name in names]
            assert set_up == ["15s", "10s", "30s", "connection-test"]


def test_the_server_looks_after_a_worker_that_fell_silent(database: Database) -> None:
    """Else one whose machine is gone holds its claims for two hours. On a Unix socket they are set, and show as 0."""
    wanted = {"keepalives_idle": "5", "keepalives_interval": "5", "keepalives_count": "3", "user_timeout": "15000"}
    over_tcp = "select inet_server_addr() is not null"
    found = "select name, setting, source from pg_settings where starts_with(name, 'tcp_')"
    with database.transaction() as tx:
        counts = tx.exec_driver_sql(over_tcp).scalar_one()
        set_up = {(name, value, source) for name, value, source in tx.exec_driver_sql(found)}
    assert set_up == {(f"tcp_{name}", value if counts else "0", "session") for name, value in wanted.items()}


def kill(tx: Connection) -> None:
    """Ends the session behind this transaction, from another one."""
    mine = tx.connection.driver_connection
    assert isinstance(mine, psycopg.Connection)
    kill_session(address_of(tx.engine.url), mine)


def kill_session(address: str, mine: Driver) -> None:
    with closing(plainly(address)) as other:
        other.execute("select pg_terminate_backend(%s, 10000)", [mine.info.backend_pid])


@pytest.mark.parametrize("after", [1, 3, 5, 7, None], ids=lambda after: f"after {after or 'all'} statements")
def test_a_turn_whose_connection_is_killed_keeps_nothing_and_comes_again(
    database: Database, on_server: str, after: int | None
) -> None:
    """At each step of the turn: whole or not at all. Cut off at the commit itself, too."""
    turning = Turning(database)
    turning.do(Commanded("start"))
    turning.do(turning.way_on())
    before, way_on = everything(on_server), turning.way_on()
    with killed(database, after), pytest.raises(StorageAway):
        turning.take(way_on, 100)
    assert everything(on_server) == before
    assert turning.take(way_on, 100)
    assert not turning.take(way_on, 100)


@contextmanager
def killed(database: Database, after: int | None) -> Iterator[None]:
    """The first turn's connection is killed after that many statements, or before the commit."""
    statements = count(1)

    def at_statement(connection: Driver, *_: object) -> None:
        if next(statements) == after:
            kill_session(address_of(database.engine.url), connection)

    if after:
        with hearing(database.engine, at_statement):
            yield
        return
    event.listen(database.engine, "commit", kill)
    yield
    event.remove(database.engine, "commit", kill)


def read_only(address: str, value: str) -> None:
    [(name,)] = rows(address, "select current_database()")
    with closing(plainly(address)) as connection:
        connection.execute("set default_transaction_read_only = off")
        connection.execute(f"alter database {name} set default_transaction_read_only = {value}".encode())
