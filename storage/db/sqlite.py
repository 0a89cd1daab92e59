"""What is specific to SQLite: one file with its key next to it, and one thread, as SQLite has one writer at a time.

Guards the file: a file that was moved, deleted or replaced while the bot runs counts as an unavailable database.
"""

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
BUSY_TIMEOUT_MS = 2_000  # how long a transaction waits for another program
MAX_GROUP_SIZE = 64  # pieces of work in one transaction: the first waits for the last
THREAD_COUNT = 1  # this thread's queue puts writers in order


def get_database_file(url: URL) -> Path:
    """Returns the path of the database file."""
    return Path(url.database or "")


def get_wal_file(file: Path) -> Path:
    """Returns the path of the write-ahead log, which holds the latest commits."""
    return file.with_name(f"{file.name}-wal")


def refuse_orphaned_wal(file: Path) -> None:
    """Raises `StorageUnreadableError` for a log without its database file: SQLite would discard it with a new file."""
    wal_file = get_wal_file(file)
    if _get_file_size(wal_file) and not _get_file_size(file):
        hint = "put the database file back next to it, or move the -wal file away"
        raise StorageUnreadableError(f"{wal_file} holds the last answers of a database file that was moved: {hint}.")


def create_file(url: URL) -> None:
    """Creates the folder, and a file that only its owner can read. Raises `OSError`."""
    get_database_file(url).parent.mkdir(parents=True, exist_ok=True)
    get_database_file(url).touch(mode=0o600)


def make_engine(url: URL) -> Engine:
    """Makes an engine on the existing file. Once that is moved, deleted or replaced, the engine raises
    `StorageUnavailableError`.
    """
    engine = _create_engine(url, has_foreign_keys=True)
    check_file = partial(_check_file_unchanged, get_database_file(url), get_file_id(get_database_file(url)))
    event.listen(engine, "do_connect", check_file)  # or SQLite would create an empty file in its place
    event.listen(engine, "commit", check_file)  # or SQLite would write on into a file that no start will find
    return engine


def get_file_id(file: Path) -> tuple[int, int] | None:
    """Returns the device and the inode of the file, or None where there is no file."""
    try:
        stat = file.stat()
    except OSError:
        return None
    return stat.st_dev, stat.st_ino


@contextmanager
def migration_engine(url: URL) -> Iterator[Engine]:
    """An engine to migrate with. Foreign keys are off: Alembic rebuilds tables, which would delete the rows that
    refer to them.
    """
    engine = _create_engine(url, has_foreign_keys=False)
    try:
        yield engine
    finally:
        engine.dispose()


def checkpoint(engine: Engine) -> bool:
    """Moves all commits from the write-ahead log into the file, and empties the log.

    What was deleted is overwritten in the file; in the log, older copies would stay until it wraps around.
    Waits for nobody: returns False if the disk is full, or if someone reads the file.
    """
    # The driver's own error is raised by its own cursor.
    with suppress(StorageUnavailableError, OperationalError, sqlite3.OperationalError), engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            is_busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        return not is_busy
    return False


def _create_engine(url: URL, *, has_foreign_keys: bool) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", partial(_configure_connection, has_foreign_keys=has_foreign_keys))
    event.listen(engine, "begin", _begin_transaction)
    return engine


def _get_file_size(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _check_file_unchanged(file: Path, expected_id: tuple[int, int] | None, *_: object) -> None:
    if get_file_id(file) != expected_id:
        raise StorageUnavailableError(f"The file {file} was moved, deleted or replaced: {RESTORE_FILE_HINT}.")


def _configure_connection(connection: Any, _: object, *, has_foreign_keys: bool) -> None:
    # No BEGIN by the driver, which begins too late: two turns that read and then write would lose an update.
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit that was confirmed survives a power cut
        f"foreign_keys={'ON' if has_foreign_keys else 'OFF'}",
        "secure_delete=ON",  # what is deleted is overwritten
        f"busy_timeout={BUSY_TIMEOUT_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_transaction(connection: Connection) -> None:
    # A writer takes the write lock at once; a reader blocks nobody (https://sqlite.org/isolation.html).
    only_reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
