"""The database: one engine, a few threads of its own, one transaction a turn. SQLite or PostgreSQL, the same code."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import Engine, insert, select, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError, DBAPIError, InterfaceError, OperationalError

from storage.db import postgresql, sqlite
from storage.db.encryption import WRONG_KEY_MESSAGE, Cipher, load_or_create_secret
from storage.db.error_hints import OWNERSHIP_HINT, describe_with_hint
from storage.db.group_commit import GroupCommit, ThreadState, WorkItem, WorkResult, run_group
from storage.db.schema import encryption_keys
from storage.db.session import Session
from storage.db.statements import savepoint
from storage.db.url import SQLITE, format_safe_url, parse_url
from storage.errors import StorageLockedError, StorageUnavailableError, StorageUnreadableError

Result = TypeVar("Result")
UNAVAILABLE_ERRORS = {
    OperationalError,
    DatabaseError,
    InterfaceError,
}  # locked, full, gone, damaged; others: a statement's
MISSING_KEY_MESSAGE = (
    "SECRET_KEY is not set: with PostgreSQL there is no file to keep one beside. Make one with `openssl rand -hex 32`, "
    "give the same to all workers, and keep it apart from the database."
)


class Database:
    """What everything remembered goes through. Made ready by `open_database`.

    Each piece of work is one transaction in one hop to a thread of its own (`hop`): one thread with SQLite, which
    writes one at a time whoever asks; a pool with PostgreSQL.
    """

    def __init__(self, engine: Engine, cipher: Cipher, *, is_new: bool = False) -> None:
        self.engine = engine
        self.cipher = cipher
        self.is_new = is_new  # with this start: nothing was there
        self.is_embedded = engine.dialect.name == SQLITE
        self._is_checkpoint_due = False
        dialect = sqlite if self.is_embedded else postgresql
        self._executor = ThreadPoolExecutor(dialect.THREAD_COUNT, thread_name_prefix="storage")
        self._group_commit = GroupCommit(partial(self.run_in_thread, Database._run_group), dialect.MAX_GROUP_SIZE)
        self._lock_wait_slots = asyncio.Semaphore(dialect.THREAD_COUNT // 2 or 1)
        self._thread_state = ThreadState()

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A transaction of its own.

        Raises `StorageUnavailableError`, and has kept nothing then.
        """
        assert not self._thread_state.session, "within a group: nested()"
        with _translate_errors(), self.engine.begin() as connection:
            session = Session(connection, self.cipher)
            if self._thread_state.has_short_lock_timeout:
                postgresql.set_short_lock_timeout(session)
            yield session

    @contextmanager
    def nested(self) -> Iterator[Session]:
        """A savepoint in the transaction of the group that this work runs in (`run_grouped`); a transaction of its own
        where it runs alone. What is raised undoes this part only.

        Raises `StorageUnavailableError`, and has kept nothing then.
        """
        group = self._thread_state.session
        if group is None:
            with self.transaction() as session:
                yield session
            return
        try:
            with _translate_errors(), savepoint(group):
                yield group
        except StorageLockedError:  # one has waited: those after it in the group wait hardly at all
            postgresql.set_minimal_lock_timeout(group)
            raise

    @contextmanager
    def snapshot(self) -> Iterator[Session]:
        """All that is there at one moment, to be read for as long as it takes: nobody waits for it. Raises as above."""
        reading_engine = self.engine.execution_options(
            **(sqlite.READ_ONLY_OPTIONS if self.is_embedded else postgresql.READ_ONLY_OPTIONS)
        )
        with _translate_errors(), reading_engine.connect() as connection, connection.begin():
            yield Session(connection, self.cipher)

    def checkpoint(self) -> None:
        """What was just erased is gone from the file and its log, as far as the kind of database has a say in it.

        Where somebody reads just then, it is owed. Of work that has joined others, it is done after all of it.
        """
        if self._thread_state.session:
            self._thread_state.needs_checkpoint = True
        elif self.is_embedded:
            self._is_checkpoint_due = not sqlite.checkpoint(self.engine)

    def retry_checkpoint(self) -> None:
        """Does what could not be done when it was due."""
        if self._is_checkpoint_due:
            self.checkpoint()

    def vacuum(self) -> None:
        """What was erased from the sealed tables is gone from PostgreSQL's files, once nobody reads it any more."""
        if not self.is_embedded:
            postgresql.vacuum(self.engine)

    async def run_in_thread(self, work: Callable[..., Result], *args: Any) -> Result:
        """Runs `work(database, *args)` in one of the database's threads."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, self, *args)

    async def run_grouped(self, work: Callable[..., Result], *args: Any) -> Result:
        """As `hop`, for short work of which there is much: what waits for the disk waits together."""
        try:
            result: Result = await self._group_commit.submit(partial(work, self, *args))
        except StorageLockedError:
            async with self._lock_wait_slots:  # who waits leaves half of the threads to others
                result = await self.run_in_thread(work, *args)
        return result

    def _run_group(self, items: Sequence[WorkItem]) -> list[WorkResult]:
        self._thread_state.has_short_lock_timeout = not self.is_embedded
        try:
            return run_group(items, self._open_group_transaction)
        finally:
            self._thread_state.has_short_lock_timeout = False

    @contextmanager
    def _open_group_transaction(self) -> Iterator[None]:
        """What is done within goes into one transaction."""
        self._thread_state.needs_checkpoint = False
        with self.transaction() as session:
            self._thread_state.session = session
            try:
                yield
            finally:
                self._thread_state.session = None
        if self._thread_state.needs_checkpoint:
            self.checkpoint()

    def close(self) -> None:
        """Waits for work under way, then lets go of the database."""
        self._executor.shutdown()
        self.engine.dispose()


@contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if is_unavailable(error):
            error_class = (
                StorageLockedError
                if getattr(error.orig, "sqlstate", None) == postgresql.LOCK_NOT_AVAILABLE_SQLSTATE
                else StorageUnavailableError
            )
            raise error_class(f"The database can't be used just now {describe_with_hint(error)}") from error
        raise


def open_database(database_url: str, secret: str | None = None) -> Database:
    """The database at this address (an SQLAlchemy URL), its tables brought up to date.

    `secret` is SECRET_KEY; without one, a key file beside the SQLite file is used, and made the first time.
    Raises `StorageUnusable` with the setting and the fix.
    """
    from storage.db.migrate import upgrade_schema  # noqa: PLC0415 - heavy; what works beside the bot upgrades nothing

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
        raise StorageUnreadableError(
            f"DATABASE_URL: {format_safe_url(url)} can't be used ({error.strerror}): {OWNERSHIP_HINT}."
        ) from error
    except DBAPIError as error:
        raise StorageUnreadableError(
            f"DATABASE_URL: {format_safe_url(url)} can't be used {describe_with_hint(error)}"
        ) from error
    return verify_key(Database(dialect.make_engine(url), cipher, is_new=is_new))


def create_cipher(url: URL, secret: str | None) -> Cipher:
    """The cipher of the database there. Raises `StorageUnusable` where there is no key that can be used."""
    if secret:
        return Cipher(secret)
    if url.get_backend_name() == SQLITE:
        return Cipher(load_or_create_secret(sqlite.get_database_file(url)))
    raise StorageUnreadableError(MISSING_KEY_MESSAGE)


def is_unavailable(error: DBAPIError) -> bool:
    """Whether the database itself is the trouble (away, locked, full), so that trying again is right."""
    is_read_only = getattr(error.orig, "sqlstate", None) == postgresql.READ_ONLY_SQLSTATE
    return type(error) in UNAVAILABLE_ERRORS or error.connection_invalidated or is_read_only


def verify_key(database: Database) -> Database:
    """The database, if it was written with this key; a new one is from now on."""
    query = select(encryption_keys.c.fingerprint)
    with database.transaction() as session:
        fingerprint = session.execute(query).scalar_one_or_none()
        if fingerprint is None and not database.is_embedded:
            session.execute(
                text("LOCK TABLE encryption_keys IN EXCLUSIVE MODE")
            )  # several workers may begin it at once
            fingerprint = session.execute(query).scalar_one_or_none()
        if fingerprint is None:
            session.execute(insert(encryption_keys).values(fingerprint=database.cipher.key_fingerprint))
    if fingerprint not in {None, database.cipher.key_fingerprint}:
        database.close()
        raise StorageUnreadableError(WRONG_KEY_MESSAGE)
    return database
