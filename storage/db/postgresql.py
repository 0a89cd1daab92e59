"""What is specific to PostgreSQL: one connection per thread, time limits, advisory lock numbers, VACUUM."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.db.session import Session
from storage.db.statements import PreparedStatement

THREAD_COUNT = 8
# `PreparedStatement` passes values in order, which takes this style of parameters.
ENGINE_OPTIONS: dict[str, Any] = {"hide_parameters": True, "paramstyle": "format"}
MAX_GROUP_SIZE = 16  # pieces of work in one transaction: the first waits for the last
READ_ONLY_OPTIONS = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
CONNECT_TIMEOUT_SECONDS = 5
# Advisory locks of two numbers. PostgreSQL keeps them apart from those of one number, which are the chats' locks.
LOCK_NAMESPACE, INTAKE_LOCK, UPGRADE_LOCK = 1_127, 1, 2
# Tables with answers, or with whose they are. Rows that are deleted or updated leave old versions behind.
VACUUMED_TABLES = (
    *("runs", "answers", "outbox_entries", "chats", "dead_letters", "processed_updates", "telegram_files"),
    *("pending_parts", "participations", "released_responses", "comments", "withdrawn_responses"),
)
SESSION_SETTINGS = (
    "SET statement_timeout = '15s'",
    "SET lock_timeout = '10s'",  # turns of one chat wait for each other, but not for a frozen worker
    "SET idle_in_transaction_session_timeout = '30s'",  # a worker that froze within a turn releases its chat
    # A worker whose machine is gone releases its locks. These have no effect on a Unix socket.
    "SET tcp_keepalives_idle = 5",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
    "SET tcp_user_timeout = '15s'",
)
KEEPALIVE_OPTIONS = {"keepalives_idle": 5, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 15_000}
READ_ONLY_SQLSTATE = "25006"  # the server is no longer the primary
LOCK_NOT_AVAILABLE_SQLSTATE = "55P03"  # lock_timeout was reached

# A group keeps many chats locked until its commit, so that the groups of two workers could wait for each other.
_SET_SHORT_LOCK_TIMEOUT = PreparedStatement(text("SET LOCAL lock_timeout = '10ms'"))
_SET_MINIMAL_LOCK_TIMEOUT = PreparedStatement(text("SET LOCAL lock_timeout = '1ms'"))


def make_engine(url: URL) -> Engine:
    """Makes the engine. It notices within 20 seconds that the server does not answer (machine or network gone)."""
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
    """Makes this transaction wait 10 ms at most for a lock; then `StorageLockedError` is raised."""
    _SET_SHORT_LOCK_TIMEOUT.execute(session, {})


def set_minimal_lock_timeout(session: Session) -> None:
    """Makes this transaction wait 1 ms at most for a lock."""
    _SET_MINIMAL_LOCK_TIMEOUT.execute(session, {})


def vacuum(engine: Engine) -> None:
    """Removes old versions of rows from the files of the tables that hold answers."""
    # A table that is locked, or a server that can't be reached, has its turn at the next call.
    with suppress(DBAPIError), engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"VACUUM (SKIP_LOCKED) {', '.join(VACUUMED_TABLES)}")


@contextmanager
def migration_engine(url: URL) -> Iterator[Engine]:
    """An engine to migrate with, without time limits."""
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
