"""What is PostgreSQL's own: a pool of threads, each with a connection; limits on how long anything may take."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.db.statements import Ready

THREADS = 8
AS_DRIVEN: dict[str, Any] = {"hide_parameters": True, "paramstyle": "format"}  # `Ready` gives values in their order
TOGETHER = 16  # pieces of work in one transaction: the first waits for the last
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
# In a group, many chats are locked until its commit, and two workers' groups could wait for each other.
_BRIEFLY, _HARDLY = (Ready(text(f"SET LOCAL lock_timeout = '{wait}ms'")) for wait in (10, 1))
READ_ONLY = "25006"  # what is asked is not the primary any more
HELD = "55P03"  # what is then raised, of whoever would have to wait longer
SILENCE = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}


def make_engine(url: URL) -> Engine:
    """The engine. A server that fell silent (its machine gone, a cable cut) is noticed within 20 seconds."""
    given = {"connect_timeout": CONNECTING, "application_name": "connection-test", **SILENCE}
    given = {name: value for name, value in given.items() if name not in url.query}
    engine = create_engine(url, pool_size=THREADS, max_overflow=2, connect_args=given, **AS_DRIVEN)
    event.listen(engine, "connect", _limit)
    return engine


def wait_briefly(tx: Connection) -> None:
    """Locks that others hold are waited for only shortly in this transaction."""
    _BRIEFLY.run(tx, {})


def wait_hardly(tx: Connection) -> None:
    """From now on hardly at all."""
    _HARDLY.run(tx, {})


def tidy(engine: Engine) -> None:
    """Erases old versions of rows from the files of the tables that hold answers. What can't be done now, is later."""
    with suppress(DBAPIError), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {', '.join(EMPTIED)}")


@contextmanager
def migrating(url: URL) -> Iterator[Engine]:
    """An engine to migrate with: without limits of time."""
    engine = create_engine(url, connect_args={"connect_timeout": CONNECTING}, **AS_DRIVEN)
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
