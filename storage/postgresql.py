"""What is PostgreSQL's own: a pool of threads, each with a connection; limits on how long anything may take."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

THREADS = 8  # a turn is one hop to one of them; more did not make turns faster (benchmarks/database_driver.py)
READING = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
CONNECTING = 5  # seconds
# Advisory locks of two numbers: PostgreSQL keeps them apart from locks of one, a chat's.
BOT, INTAKE, UPGRADING = 1_127, 1, 2
# Tables with answers in them, or with whose they are: rows that are erased or written anew leave older versions.
EMPTIED = (
    *("runs", "answers", "outbox", "chats", "set_aside", "taken"),
    *("waiting", "participations", "released", "comments", "leaving", "responses"),
)
LIMITS = (
    "SET statement_timeout = '15s'",
    "SET lock_timeout = '10s'",  # a chat's turns wait for each other; not for a worker that froze
    "SET idle_in_transaction_session_timeout = '30s'",  # one that froze within a turn lets go of its chat
    # A worker whose machine is gone lets go of its claims. They say nothing on a Unix socket.
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = '15s'",
)
SILENCE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}


def make_engine(url: URL) -> Engine:
    """The engine. A server that fell silent (its machine gone, a cable cut) is noticed within 20 seconds."""
    given = {"connect_timeout": CONNECTING, "application_name": "connection-test", **SILENCE}
    given = {name: value for name, value in given.items() if name not in url.query}
    engine = create_engine(url, hide_parameters=True, pool_size=THREADS, max_overflow=2, connect_args=given)
    event.listen(engine, "connect", _limit)
    return engine


def tidy(engine: Engine) -> None:
    """Erases old versions of rows from the files of the tables that hold answers. What can't be done now, is later."""
    with suppress(DBAPIError), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {', '.join(EMPTIED)}")


@contextmanager
def migrating(url: URL) -> Iterator[Engine]:
    """An engine to migrate with: without limits of time."""
    engine = create_engine(url, hide_parameters=True, connect_args={"connect_timeout": CONNECTING})
    try:
        yield engine
    finally:
        engine.dispose()


def _limit(connection: Any, _: object) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        for limit in LIMITS:
            cursor.execute(limit)
    connection.autocommit = False
