"""The database: one engine, one writing thread, one transaction a turn."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, insert, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from storage.cipher import OTHER_KEY, Cipher, secret_beside
from storage.faults import StorageAway, StorageUnusable
from storage.migrating import upgrade
from storage.tables import keys

Result = TypeVar("Result")
AWAY = {OperationalError, DatabaseError}  # locked, full, gone; damaged. Their subclasses are faults of a statement


class Database:
    """What everything remembered goes through. Made ready by `open_database`.

    SQLite writes one at a time whoever asks: so one thread does all the work, and each piece of work is one
    transaction in one hop to it (`hop`).
    """

    def __init__(self, engine: Engine, cipher: Cipher) -> None:
        self.engine = engine
        self.cipher = cipher
        self._writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="storage")

    def show_life(self) -> None:
        """Touches a file beside the database: a health check looks at its age."""
        with suppress(OSError):
            Path(self.engine.url.database or "").with_suffix(".alive").touch()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, the only one that writes meanwhile. Raises `StorageAway`, and has kept nothing then."""
        try:
            with self.engine.begin() as connection:
                yield connection
        except DatabaseError as fault:
            if type(fault) in AWAY:
                raise StorageAway(f"The database can't be used just now: {fault.orig}") from fault
            raise

    def settle(self) -> None:
        """Moves what was committed from the write-ahead log into the file, and empties the log.

        What was erased is overwritten there; in the log, older copies would stand until it wraps around.
        """
        with suppress(OperationalError), self.engine.connect() as connection:
            connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    async def hop(self, work: Callable[..., Result], *args: Any) -> Result:
        """Runs `work(database, *args)` in the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._writer, work, self, *args)

    def close(self) -> None:
        """Waits for work under way, then lets go of the file."""
        self._writer.shutdown()
        self.engine.dispose()


def open_database(address: str, secret: str | None = None) -> Database:
    """The database at this address (an SQLAlchemy URL), its tables brought up to date.

    `secret` is SECRET_KEY; without one, a key file beside the SQLite file is used, and made the first time.
    Raises `StorageUnusable` with the setting and the fix.
    """
    url = readable(address)
    path = Path(url.database or "")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        cipher = Cipher(secret or secret_beside(path))
        path.touch(mode=0o600)
        bare = _engine(url, foreign_keys=False)
        upgrade(bare)
        bare.dispose()
    except OSError as fault:
        raise StorageUnusable(f"DATABASE_URL: {path} can't be used: {fault.strerror}.") from fault
    except DatabaseError as fault:
        raise StorageUnusable(f"DATABASE_URL: {path} can't be used: {fault.orig}.") from fault
    return _with_its_key(Database(_engine(url), cipher))


def _with_its_key(database: Database) -> Database:
    """The database, if it was written with this key; a new one is from now on."""
    with database.transaction() as tx:
        mark = tx.execute(select(keys.c.mark)).scalar_one_or_none()
        if mark is None:
            tx.execute(insert(keys).values(mark=database.cipher.own_mark))
    if mark not in {None, database.cipher.own_mark}:
        database.close()
        raise StorageUnusable(OTHER_KEY)
    return database


def readable(address: str) -> URL:
    """The parts of a database's address. Raises `StorageUnusable` for one that this version can't use."""
    try:
        url = make_url(address)
    except ArgumentError as fault:
        raise StorageUnusable("DATABASE_URL is no address: sqlite:///data/connection-test.db is one.") from fault
    if url.get_backend_name() != "sqlite":
        raise StorageUnusable("DATABASE_URL: this version keeps to SQLite: sqlite:///data/connection-test.db.")
    if not url.database or url.database == ":memory:":
        raise StorageUnusable("DATABASE_URL names no file: sqlite:///data/connection-test.db does.")
    return url


def _engine(url: URL, *, foreign_keys: bool = True) -> Engine:
    engine = create_engine(url, hide_parameters=True)
    event.listen(engine, "connect", partial(_prepare, foreign_keys=foreign_keys))
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _: object, *, foreign_keys: bool) -> None:
    """Our own BEGIN: the driver's begins too late, and loses what two turns write at once."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",  # a commit that was said to be done survives a power cut
        f"foreign_keys={'ON' if foreign_keys else 'OFF'}",
        "secure_delete=ON",  # what is erased is overwritten
        "busy_timeout=2000",
    ):
        connection.execute(f"PRAGMA {pragma}").close()


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
