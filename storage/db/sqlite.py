"""What is SQLite's own: one file, its key beside it, one thread that writes."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from storage.errors import StorageUnavailableError, StorageUnreadableError

RESTORE_FILE_HINT = "put it back; to move it, stop the bot first"
READ_ONLY_OPTIONS = {"only_reads": True}
BUSY_TIMEOUT_MS = 2_000  # milliseconds that a transaction waits for another program
MAX_GROUP_SIZE = 64  # pieces of work in one transaction: the first waits for the last
THREAD_COUNT = 1  # SQLite writes one at a time whoever asks: one thread is the queue


def get_database_file(url: URL) -> Path:
    """Where the database stands."""
    return Path(url.database or "")


def get_wal_file(file: Path) -> Path:
    """The write-ahead log of the database in this file: it holds what was written last."""
    return file.with_name(f"{file.name}-wal")


def refuse_orphaned_wal(file: Path) -> None:
    """Raises `StorageUnusable` where a log stands without its file: SQLite would throw it away with a new one."""
    wal_file = get_wal_file(file)
    if _get_file_size(wal_file) and not _get_file_size(file):
        hint = "put that file back beside it, or move the log away"
        raise StorageUnreadableError(f"{wal_file} holds the last answers of a database file that was moved: {hint}.")


def create_file(url: URL) -> None:
    """Makes the folder, and a file that only its owner can read. Raises `OSError`."""
    get_database_file(url).parent.mkdir(parents=True, exist_ok=True)
    get_database_file(url).touch(mode=0o600)


def make_engine(url: URL) -> Engine:
    """The engine on the file that is there. Once that is moved, deleted or replaced, it raises `StorageAway`."""
    engine = _create_engine(url, foreign_keys=True)
    check_file = partial(_check_file_unchanged, get_database_file(url), get_file_id(get_database_file(url)))
    event.listen(engine, "do_connect", check_file)  # else SQLite makes an empty file in its place
    event.listen(engine, "commit", check_file)  # else SQLite writes on into a file that no start will find
    return engine


def get_file_id(file: Path) -> tuple[int, int] | None:
    """What tells this file from any other, whatever its name; None: there is none."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


@contextmanager
def migration_engine(url: URL) -> Iterator[Engine]:
    """An engine to migrate with, foreign keys off: Alembic rebuilds tables, and would delete what points to them."""
    engine = _create_engine(url, foreign_keys=False)
    try:
        yield engine
    finally:
        engine.dispose()


def checkpoint(engine: Engine) -> bool:
    """Moves what was committed from the write-ahead log into the file, and empties the log.

    What was erased is overwritten there; in the log, older copies would stand until it wraps around.
    It waits for nobody. False: it can't be done now, for want of room or since somebody reads.
    """
    # Raised by the driver itself where its own cursor is used, past SQLAlchemy.
    with suppress(StorageUnavailableError, OperationalError, sqlite3.OperationalError), engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        return not is_busy
    return False


def _create_engine(url: URL, *, foreign_keys: bool) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", partial(_configure_connection, foreign_keys=foreign_keys))
    event.listen(engine, "begin", _begin_transaction)
    return engine


def _get_file_size(file: Path) -> int:
    """How much stands in it; 0: it is empty, or can't be looked at."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _check_file_unchanged(file: Path, expected_id: tuple[int, int] | None, *_: object) -> None:
    if get_file_id(file) != expected_id:
        raise StorageUnavailableError(f"The file {file} was moved, deleted or replaced: {RESTORE_FILE_HINT}.")


def _configure_connection(connection: Any, _: object, *, foreign_keys: bool) -> None:
    """Our own BEGIN: the driver's begins too late, and loses what two turns write at once."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit that was said to be done survives a power cut
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
        "secure_delete=ON",  # what is erased is overwritten
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_transaction(connection: Connection) -> None:
    """Whoever may write says so at once; who only reads keeps nobody waiting (https://sqlite.org/isolation.html)."""
    only_reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
