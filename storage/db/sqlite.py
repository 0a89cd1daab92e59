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

from storage.errors import StorageAway, StorageUnusable

PUT_IT_BACK = "put it back; to move it, stop the bot first"
READING = {"only_reads": True}
BUSY = 2_000  # milliseconds that a transaction waits for another program
TOGETHER = 64  # pieces of work in one transaction: the first waits for the last
THREADS = 1  # SQLite writes one at a time whoever asks: one thread is the queue


def file_of(url: URL) -> Path:
    """Where the database stands."""
    return Path(url.database or "")


def log_of(file: Path) -> Path:
    """The write-ahead log of the database in this file: it holds what was written last."""
    return file.with_name(f"{file.name}-wal")


def refuse_log_alone(file: Path) -> None:
    """Raises `StorageUnusable` where a log stands without its file: SQLite would throw it away with a new one."""
    log = log_of(file)
    if _size(log) and not _size(file):
        fix = "put that file back beside it, or move the log away"
        raise StorageUnusable(f"{log} holds the last answers of a database file that was moved: {fix}.")


def prepare_file(url: URL) -> None:
    """Makes the folder, and a file that only its owner can read. Raises `OSError`."""
    file_of(url).parent.mkdir(parents=True, exist_ok=True)
    file_of(url).touch(mode=0o600)


def make_engine(url: URL) -> Engine:
    """The engine on the file that is there. Once that is moved, deleted or replaced, it raises `StorageAway`."""
    engine = _engine(url, foreign_keys=True)
    still_there = partial(_look, file_of(url), which(file_of(url)))
    event.listen(engine, "do_connect", still_there)  # else SQLite makes an empty file in its place
    event.listen(engine, "commit", still_there)  # else SQLite writes on into a file that no start will find
    return engine


def which(file: Path) -> tuple[int, int] | None:
    """What tells this file from any other, whatever its name; None: there is none."""
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def migrating(url: URL) -> Iterator[Engine]:
    """An engine to migrate with, foreign keys off: Alembic rebuilds tables, and would delete what points to them."""
    bare = _engine(url, foreign_keys=False)
    try:
        yield bare
    finally:
        bare.dispose()


def settle(engine: Engine) -> bool:
    """Moves what was committed from the write-ahead log into the file, and empties the log.

    What was erased is overwritten there; in the log, older copies would stand until it wraps around.
    It waits for nobody. False: it can't be done now, for want of room or since somebody reads.
    """
    # Raised by the driver itself where its own cursor is used, past SQLAlchemy.
    with suppress(StorageAway, OperationalError, sqlite3.OperationalError), engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            busy, *_ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={BUSY}")
        return not busy
    return False


def _engine(url: URL, *, foreign_keys: bool) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", partial(_prepare, foreign_keys=foreign_keys))
    event.listen(engine, "begin", _begin)
    return engine


def _size(file: Path) -> int:
    """How much stands in it; 0: it is empty, or can't be looked at."""
    try:
        return file.stat().st_size
    except OSError:
        return 0


def _look(file: Path, opened: tuple[int, int] | None, *_: object) -> None:
    if which(file) != opened:
        raise StorageAway(f"The file {file} was moved, deleted or replaced: {PUT_IT_BACK}.")


def _prepare(connection: Any, _: object, *, foreign_keys: bool) -> None:
    """Our own BEGIN: the driver's begins too late, and loses what two turns write at once."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit that was said to be done survives a power cut
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
        "secure_delete=ON",  # what is erased is overwritten
        f"busy_timeout={BUSY}",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    """Whoever may write says so at once; who only reads keeps nobody waiting (https://sqlite.org/isolation.html)."""
    only_reads = connection.get_execution_options().get("only_reads")
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
