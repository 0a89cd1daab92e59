"""What is PostgreSQL's own: a pool of threads, each with a connection; limits on how long anything may take."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.db.session import Session
from storage.db.statements import PreparedStatement

THREAD_COUNT = 8
ENGINE_OPTIONS: dict[str, Any] = {
    "hide_parameters": True,
    "paramstyle": "format",
}  # `Ready` gives values in their order
MAX_GROUP_SIZE = 16  # pieces of work in one transaction: the first waits for the last
READ_ONLY_OPTIONS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
CONNECT_TIMEOUT_SECONDS = 5  # seconds
# Advisory locks of two numbers: PostgreSQL keeps them apart from locks of one, a chat's.
LOCK_NAMESPACE, INTAKE_LOCK, UPGRADE_LOCK = 1_127, 1, 2
# Tables with answers in them, or with whose they are: rows that are erased or written anew leave older versions.
VACUUMED_TABLES = (
    *("runs", "answers", "outbox_entries", "chats", "dead_letters", "processed_updates", "telegram_files"),
    *("pending_parts", "participations", "released_responses", "comments", "withdrawn_responses"),
)
SESSION_SETTINGS = (
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
_SET_SHORT_LOCK_TIMEOUT, _SET_MINIMAL_LOCK_TIMEOUT = (
    PreparedStatement(text(f"SET LOCAL lock_timeout = '{wait}ms'")) for wait in (10, 1)
)
READ_ONLY_SQLSTATE = "25006"  # what is asked is not the primary any more
LOCK_NOT_AVAILABLE_SQLSTATE = "55P03"  # what is then raised, of whoever would have to wait longer
KEEPALIVE_OPTIONS = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}


def make_engine(url: URL) -> Engine:
    """The engine. A server that fell silent (its machine gone, a cable cut) is noticed within 20 seconds."""
    connect_args = {
        "connect_timeout": CONNECT_TIMEOUT_SECONDS,
        "application_name": "connection-test",
        **KEEPALIVE_OPTIONS,
    }
    connect_args = {name: value for name, value in connect_args.items() if name not in url.query}
    engine = create_engine(url, pool_size=THREAD_COUNT, max_overflow=2, connect_args=connect_args, **ENGINE_OPTIONS)
    event.listen(engine, "connect", _apply_session_settings)
    return engine


def set_short_lock_timeout(session: Session) -> None:
    """Locks that others hold are waited for only shortly in this transaction."""
    _SET_SHORT_LOCK_TIMEOUT.execute(session, {})


def set_minimal_lock_timeout(session: Session) -> None:
    """From now on hardly at all."""
    _SET_MINIMAL_LOCK_TIMEOUT.execute(session, {})


def vacuum(engine: Engine) -> None:
    """Erases old versions of rows from the files of the tables that hold answers. What can't be done now, is later."""
    with suppress(DBAPIError), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {', '.join(VACUUMED_TABLES)}")


@contextmanager
def migration_engine(url: URL) -> Iterator[Engine]:
    """An engine to migrate with: without limits of time."""
    engine = create_engine(url, connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS}, **ENGINE_OPTIONS)
    try:
        yield engine
    finally:
        engine.dispose()


def _apply_session_settings(connection: Any, _: object) -> None:
    connection.autocommit = True
    with connection.cursor() as cursor:
        for statement in SESSION_SETTINGS:
            cursor.execute(statement)
    connection.autocommit = False
