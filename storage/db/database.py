"""The database: one engine, a few threads of its own, one transaction a turn. SQLite or PostgreSQL, the same code."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, insert, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from storage.campaigns.repository import open_general
from storage.db import postgresql, sqlite
from storage.db.encryption import OTHER_KEY, Cipher, secret_beside
from storage.db.error_hints import WHOSE, with_fix
from storage.db.group_commit import Done, GroupCommit, Piece, Within, together
from storage.db.schema import keys
from storage.db.statements import part_of
from storage.db.url import SQLITE, readable, shown
from storage.errors import StorageAway, StorageHeld, StorageUnusable

Result = TypeVar("Result")
MEANS_AWAY = {OperationalError, DatabaseError, InterfaceError}  # locked, full, gone, damaged; others: a statement's
NO_KEY = (
    "SECRET_KEY is not set: with PostgreSQL there is no file to keep one beside. Make one with `openssl rand -hex 32`, "
    "give the same to all workers, and keep it apart from the database."
)


class Database:
    """What everything remembered goes through. Made ready by `open_database`.

    Each piece of work is one transaction in one hop to a thread of its own (`hop`): one thread with SQLite, which
    writes one at a time whoever asks; a pool with PostgreSQL.
    """

    def __init__(self, engine: Engine, cipher: Cipher, *, begun: bool = False) -> None:
        self.engine = engine
        self.cipher = cipher
        self.begun = begun  # with this start: nothing was there
        self.embedded = engine.dialect.name == SQLITE
        self._owed = False
        kind = sqlite if self.embedded else postgresql
        self._threads = ThreadPoolExecutor(kind.THREADS, thread_name_prefix="storage")
        self._group = GroupCommit(partial(self.hop, Database._together), kind.TOGETHER)
        self._held = asyncio.Semaphore(kind.THREADS // 2 or 1)
        self._within = Within()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction; in work that has joined others, a part of theirs that is undone alone.

        Raises `StorageAway`, and has kept nothing then.
        """
        around = self._within.tx
        try:
            with _away_said(), part_of(around) if around else self.engine.begin() as connection:
                if self._within.briefly and not around:
                    postgresql.wait_briefly(connection)
                yield connection
        except StorageHeld:
            if around:  # one has waited: those after it in the group wait hardly at all
                postgresql.wait_hardly(around)
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """All that is there at one moment, to be read for as long as it takes: nobody waits for it. Raises as above."""
        reading = self.engine.execution_options(**(sqlite.READING if self.embedded else postgresql.READING))
        with _away_said(), reading.connect() as connection, connection.begin():
            yield connection

    def settle(self) -> None:
        """What was just erased is gone from the file and its log, as far as the kind of database has a say in it.

        Where somebody reads just then, it is owed. Of work that has joined others, it is done after all of it.
        """
        if self._within.tx:
            self._within.settling = True
        elif self.embedded:
            self._owed = not sqlite.settle(self.engine)

    def settle_owed(self) -> None:
        """Does what could not be done when it was due."""
        if self._owed:
            self.settle()

    def tidy(self) -> None:
        """What was erased from the sealed tables is gone from PostgreSQL's files, once nobody reads it any more."""
        if not self.embedded:
            postgresql.tidy(self.engine)

    async def hop(self, work: Callable[..., Result], *args: Any) -> Result:
        """Runs `work(database, *args)` in one of the database's threads."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, self, *args)

    async def join(self, work: Callable[..., Result], *args: Any) -> Result:
        """As `hop`, for short work of which there is much: what waits for the disk waits together."""
        try:
            result: Result = await self._group.join(partial(work, self, *args))
        except StorageHeld:
            async with self._held:  # who waits leaves half of the threads to others
                result = await self.hop(work, *args)
        return result

    def _together(self, pieces: Sequence[Piece]) -> list[Done]:
        self._within.briefly = not self.embedded
        try:
            return together(pieces, self._in_one)
        finally:
            self._within.briefly = False

    @contextmanager
    def _in_one(self) -> Iterator[None]:
        """What is done within goes into one transaction."""
        self._within.settling = False
        with self.transaction() as tx:
            self._within.tx = tx
            try:
                yield
            finally:
                self._within.tx = None
        if self._within.settling:
            self.settle()

    def close(self) -> None:
        """Waits for work under way, then lets go of the database."""
        self._threads.shutdown()
        self.engine.dispose()


@contextmanager
def _away_said() -> Iterator[None]:
    try:
        yield
    except DBAPIError as fault:
        if is_away(fault):
            kind = StorageHeld if getattr(fault.orig, "sqlstate", None) == postgresql.HELD else StorageAway
            raise kind(f"The database can't be used just now {with_fix(fault)}") from fault
        raise


def open_database(address: str, secret: str | None = None) -> Database:
    """The database at this address (an SQLAlchemy URL), its tables brought up to date.

    `secret` is SECRET_KEY; without one, a key file beside the SQLite file is used, and made the first time.
    Raises `StorageUnusable` with the setting and the fix.
    """
    from storage.db.migrate import upgrade  # noqa: PLC0415 - heavy; what works beside the bot upgrades nothing

    url = readable(address)
    kind = sqlite if url.get_backend_name() == SQLITE else postgresql
    if kind is sqlite:
        sqlite.refuse_log_alone(sqlite.file_of(url))
    try:
        cipher = cipher_of(url, secret)
        if kind is sqlite:
            sqlite.prepare_file(url)
        with kind.migrating(url) as bare:
            begun = upgrade(bare)
    except OSError as fault:
        raise StorageUnusable(f"DATABASE_URL: {shown(url)} can't be used ({fault.strerror}): {WHOSE}.") from fault
    except DBAPIError as fault:
        raise StorageUnusable(f"DATABASE_URL: {shown(url)} can't be used {with_fix(fault)}") from fault
    return with_its_key(Database(kind.make_engine(url), cipher, begun=begun))


def cipher_of(url: URL, secret: str | None) -> Cipher:
    """The cipher of the database there. Raises `StorageUnusable` where there is no key that can be used."""
    if secret:
        return Cipher(secret)
    if url.get_backend_name() == SQLITE:
        return Cipher(secret_beside(sqlite.file_of(url)))
    raise StorageUnusable(NO_KEY)


def is_away(fault: DBAPIError) -> bool:
    """Whether the database itself is the trouble (away, locked, full), so that trying again is right."""
    read_only = getattr(fault.orig, "sqlstate", None) == postgresql.READ_ONLY
    return type(fault) in MEANS_AWAY or fault.connection_invalidated or read_only


def with_its_key(database: Database) -> Database:
    """The database, if it was written with this key; a new one is from now on."""
    wanted = select(keys.c.mark)
    with database.transaction() as tx:
        mark = tx.execute(wanted).scalar_one_or_none()
        if mark is None and not database.embedded:
            tx.execute(text("LOCK TABLE keys IN EXCLUSIVE MODE"))  # several workers may begin it at once
            mark = tx.execute(wanted).scalar_one_or_none()
        if mark is None:
            tx.execute(insert(keys).values(mark=database.cipher.own_mark))
        open_general(tx)
    if mark not in {None, database.cipher.own_mark}:
        database.close()
        raise StorageUnusable(OTHER_KEY)
    return database
