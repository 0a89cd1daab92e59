"""The database: one engine, its own threads, one transaction per piece of work. SQLite or PostgreSQL, the same code.

Relies on `storage.db.sqlite` and `storage.db.postgresql` for what differs between the two, and on
`storage.db.group_commit` for transactions that several pieces of work share.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from threading import local
from typing import Any, TypeVar

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from storage.db import postgresql, sqlite
from storage.db.encryption import WRONG_KEY_MESSAGE, Cipher, load_or_create_secret
from storage.db.error_hints import OWNERSHIP_HINT, describe_with_hint
from storage.db.group_commit import GroupCommit, WorkItem, WorkResult, run_items
from storage.db.migrate import upgrade_schema
from storage.db.schema import encryption_keys
from storage.db.session import Session
from storage.db.statements import savepoint
from storage.db.url import SQLITE, format_safe_url, parse_url
from storage.errors import StorageLockedError, StorageUnavailableError, StorageUnreadableError

# The database is locked, full, unreachable or damaged. Other errors come from one statement, and are not retried.
UNAVAILABLE_ERRORS = {OperationalError, DatabaseError, InterfaceError}
MISSING_KEY_MESSAGE = (
    "SECRET_KEY is not set: PostgreSQL needs one. Create it with `openssl rand -hex 32`, give all workers the same, "
    "and keep it apart from the database."
)

Result = TypeVar("Result")


class _ThreadState(local):
    """What a thread of the database is doing. `session`: the transaction of the group that it runs."""

    session: Session | None = None
    needs_checkpoint = False
    has_short_lock_timeout = False


class Database:
    """All stored data. Made by `open_database`.

    Work is a function of the database. It runs in a thread of the database, as one transaction: with SQLite in the
    only thread, as SQLite has one writer at a time; with PostgreSQL in one of several.
    """

    def __init__(self, engine: Engine, cipher: Cipher, *, is_new: bool = False) -> None:
        self.engine = engine
        self.cipher = cipher
        self.is_new = is_new  # created by this start
        self.is_embedded = engine.dialect.name == SQLITE
        self._is_checkpoint_due = False
        dialect = sqlite if self.is_embedded else postgresql
        self._executor = ThreadPoolExecutor(dialect.THREAD_COUNT, thread_name_prefix="storage")
        self._group_commit = GroupCommit(partial(self.run_in_thread, Database._run_group), dialect.MAX_GROUP_SIZE)
        self._lock_wait_slots = asyncio.Semaphore(dialect.THREAD_COUNT // 2 or 1)
        self._thread_state = _ThreadState()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction. Raises `StorageUnavailableError`, and has stored nothing then."""
        assert not self._thread_state.session, "work that runs in a group uses nested()"
        with _translate_errors(), self.engine.begin() as connection:
            session = Session(connection, self.cipher)
            if self._thread_state.has_short_lock_timeout:
                postgresql.set_short_lock_timeout(session)
            yield session

    @contextmanager
    def nested(self) -> Iterator[Session]:
        """A savepoint in the transaction of the group that this work runs in (`run_grouped`), or else a transaction.

        An exception undoes only what was done in it. Raises `StorageUnavailableError`, and has stored nothing then.
        """
        group = self._thread_state.session
        if group is None:
            with self.transaction() as session:
                yield session
            return
        try:
            with _translate_errors(), savepoint(group):
                yield group
        except StorageLockedError:  # one item has waited for a lock: the items after it hardly wait
            postgresql.set_minimal_lock_timeout(group)
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """Reads everything as of one moment, for as long as it takes, and blocks nobody.

        Raises `StorageUnavailableError`.
        """
        reading_engine = self.engine.execution_options(
            **(sqlite.READ_ONLY_OPTIONS if self.is_embedded else postgresql.READ_ONLY_OPTIONS)
        )
        with _translate_errors(), reading_engine.connect() as connection, connection.begin():
            yield Session(connection, self.cipher)

    def checkpoint(self) -> None:
        """Removes what was just deleted from SQLite's file and log. Within a group, does so after its commit.

        While someone else reads the file it can't be done, and stays due.
        """
        if self._thread_state.session:
            self._thread_state.needs_checkpoint = True
        elif self.is_embedded:
            self._is_checkpoint_due = not sqlite.checkpoint(self.engine)

    def retry_checkpoint(self) -> None:
        """Makes the checkpoint that is due, if one is."""
        if self._is_checkpoint_due:
            self.checkpoint()

    def vacuum(self) -> None:
        """Removes what was deleted from the files of PostgreSQL, except what a transaction still reads."""
        if not self.is_embedded:
            postgresql.vacuum(self.engine)

    async def run_in_thread(self, work: Callable[..., Result], *args: Any) -> Result:
        """Runs `work(database, *args)` in a thread of the database."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, self, *args)

    async def run_grouped(self, work: Callable[..., Result], *args: Any) -> Result:
        """Like `run_in_thread`, for frequent short work: what arrives at the same time shares one commit.

        `work` must use `nested()`, and may run more than once.
        """
        try:
            result: Result = await self._group_commit.submit(partial(work, self, *args))
        except StorageLockedError:
            async with self._lock_wait_slots:  # waiting for locks takes at most half of the threads
                result = await self.run_in_thread(work, *args)
        return result

    def close(self) -> None:
        """Waits for running work, then closes all connections."""
        self._executor.shutdown()
        self.engine.dispose()

    def _run_group(self, items: Sequence[WorkItem]) -> list[WorkResult]:
        """Runs all items in one transaction. What raises is undone alone, and waits only shortly for locks.

        If the transaction fails, each item gets a transaction of its own, so that damaged data affects only those
        that need it. If no transaction can be begun (any more), no item is tried: each could wait for its timeout.
        """
        has_begun = False
        with self._short_lock_timeout():
            try:
                if len(items) > 1:
                    with self._group_transaction():
                        has_begun = True
                        return run_items(items, should_stop_at_outage=True)
            except StorageUnavailableError as error:
                if not (has_begun and self._try_to_begin()):
                    return [WorkResult(error=error)] * len(items)
            return run_items(items)

    @contextmanager
    def _short_lock_timeout(self) -> Iterator[None]:
        self._thread_state.has_short_lock_timeout = not self.is_embedded
        try:
            yield
        finally:
            self._thread_state.has_short_lock_timeout = False

    @contextmanager
    def _group_transaction(self) -> Iterator[None]:
        """A transaction that `nested()` and `checkpoint()` find in this thread."""
        self._thread_state.needs_checkpoint = False
        with self.transaction() as session:
            self._thread_state.session = session
            try:
                yield
            finally:
                self._thread_state.session = None
        if self._thread_state.needs_checkpoint:
            self.checkpoint()

    def _try_to_begin(self) -> bool:
        with suppress(StorageUnavailableError), self.transaction():
            return True
        return False


def open_database(database_url: str, secret: str | None = None) -> Database:
    """Opens the database at this SQLAlchemy URL, and brings its tables up to date.

    `secret` is SECRET_KEY. Without one, SQLite uses the key file next to the database file, created the first time.
    Raises `StorageUnreadableError`.
    """
    url = parse_url(database_url)
    dialect = sqlite if url.get_backend_name() == SQLITE else postgresql
    if dialect is sqlite:
        sqlite.refuse_orphaned_wal(sqlite.get_database_file(url))
    try:
        cipher = create_cipher(url, secret)
        if dialect is sqlite:
            sqlite.create_file(url)
        with dialect.migration_engine(url) as engine:
            is_new = upgrade_schema(engine)
    except OSError as error:
        problem = f"({error.strerror}): {OWNERSHIP_HINT}."
        raise StorageUnreadableError(f"DATABASE_URL: cannot use {format_safe_url(url)} {problem}") from error
    except DBAPIError as error:
        problem = describe_with_hint(error)
        raise StorageUnreadableError(f"DATABASE_URL: cannot use {format_safe_url(url)} {problem}") from error
    return verify_key(Database(dialect.make_engine(url), cipher, is_new=is_new))


def create_cipher(url: URL, secret: str | None) -> Cipher:
    """Makes the cipher of this database. Raises `StorageUnreadableError` where there is no usable key."""
    if secret:
        return Cipher(secret)
    if url.get_backend_name() == SQLITE:
        return Cipher(load_or_create_secret(sqlite.get_database_file(url)))
    raise StorageUnreadableError(MISSING_KEY_MESSAGE)


def verify_key(database: Database) -> Database:
    """Returns the database if it was written with its key. A new database records its key.

    Otherwise closes it and raises `StorageUnreadableError`.
    """
    query = select(encryption_keys.c.fingerprint)
    with database.transaction() as session:
        fingerprint = session.execute(query).scalar_one_or_none()
        if fingerprint is None and not database.is_embedded:  # several workers may start on a new database at once
            session.execute(text("LOCK TABLE encryption_keys IN EXCLUSIVE MODE"))
            fingerprint = session.execute(query).scalar_one_or_none()
        if fingerprint is None:
            session.execute(insert(encryption_keys).values(fingerprint=database.cipher.key_fingerprint))
    if fingerprint not in {None, database.cipher.key_fingerprint}:
        database.close()
        raise StorageUnreadableError(WRONG_KEY_MESSAGE)
    return database


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if not _is_unavailable(error):
            raise
        is_locked = getattr(error.orig, "sqlstate", None) == postgresql.LOCK_NOT_AVAILABLE_SQLSTATE
        error_class = StorageLockedError if is_locked else StorageUnavailableError
        raise error_class(f"The database is unavailable {describe_with_hint(error)}") from error


def _is_unavailable(error: DBAPIError) -> bool:
    """Whether the database is the problem (unreachable, locked, full), and not the statement."""
    is_read_only = getattr(error.orig, "sqlstate", None) == postgresql.READ_ONLY_SQLSTATE
    return type(error) in UNAVAILABLE_ERRORS or error.connection_invalidated or is_read_only
