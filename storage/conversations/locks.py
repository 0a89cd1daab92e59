"""What only one worker may do at a time: ask Telegram for updates; speak in a chat.

A claim ends with the worker that holds it, however that ends: nothing is to be tidied up, and nothing has to expire.
With SQLite there is one worker: a lock on a file beside the database, which the system lets go of. With PostgreSQL they
are advisory locks of a session of the worker's own (PostgreSQL's manual, 13.3.5). A lock on the outbox row itself
(`FOR UPDATE SKIP LOCKED`) would ask for a transaction that stays open while Telegram is slow.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage.conversations.outbox import load_oldest_rows
from storage.db import postgresql, sqlite
from storage.db.error_hints import OWNERSHIP_HINT, describe_with_hint
from storage.db.group_commit import GroupCommit, WorkItem, WorkResult
from storage.db.postgresql import INTAKE_LOCK, LOCK_NAMESPACE
from storage.db.statements import Row
from storage.db.url import SQLITE, parse_url
from storage.errors import StorageUnavailableError, StorageUnreadableError

Result = TypeVar("Result")
LOCK_FILE_CHECK_SECONDS = (
    1.0  # seconds that one look at the lock's file is good for: many chats are spoken in meanwhile
)
INTAKE_RETRY_SECONDS = 1.0  # seconds between tries of a worker that waits for another one's end
_UPDATE_CHAT_LOCKS_SQL = """
SELECT CASE WHEN speaks THEN pg_try_advisory_lock(chat) ELSE pg_advisory_unlock(chat) END
FROM unnest(%s::boolean[], %s::bigint[]) AS asked (speaks, chat)
"""


@dataclass(frozen=True, slots=True)
class ChatLock:
    """We have the floor in a chat. `oldest`: what is to be said there, where others may have said it."""

    oldest_row: Row | None = None


class Locks(Protocol):
    """The claims of one worker. All methods raise `StorageAway` where the database can't be asked."""

    is_shared: bool  # whether there may be other workers

    async def acquire_intake(self) -> bool:
        """Claims to be the one that asks Telegram for updates. Asked again, says whether that still holds."""

    async def acquire_chat(self, chat_id: int) -> ChatLock | None:
        """Claims to be the one that speaks in this chat. None: another worker does."""

    async def release_chat(self, chat_id: int) -> bool:
        """Somebody else may speak in this chat now. True: something is to be said there, and whoever left it may have
        found us there.
        """

    async def close(self) -> None:
        """Lets go of everything."""


class FileLocks:
    """The claims of the only worker on an SQLite file."""

    is_shared = False

    def __init__(self, url: URL) -> None:
        self._lock_file = Path(f"{sqlite.get_database_file(url)}.lock")
        self._lock = FileLock(self._lock_file, mode=0o600)
        self._locked_file_id: tuple[int, int] | None = None  # which file was locked
        self._checked_at = float("-inf")  # when it was last looked at; monotonic

    async def acquire_intake(self) -> bool:
        if self._is_lock_file_replaced():  # another worker can lock a new one: one of us two gets it
            self._lock.release(force=True)
        try:
            if not self._lock.is_locked:
                self._lock.acquire(blocking=False)
                self._locked_file_id = sqlite.get_file_id(self._lock_file)
        except Timeout:
            return False
        except OSError as error:
            error_class = StorageUnavailableError if self._locked_file_id else StorageUnreadableError
            raise error_class(
                f"DATABASE_URL: {self._lock_file} can't be made ({error.strerror}): {OWNERSHIP_HINT}."
            ) from error
        return self._lock.is_locked

    async def acquire_chat(self, chat_id: int) -> ChatLock | None:  # noqa: ARG002 - in all of them or in none
        if time.monotonic() - self._checked_at > LOCK_FILE_CHECK_SECONDS and await self.acquire_intake():
            self._checked_at = time.monotonic()
        return ChatLock() if self._lock.is_locked else None

    async def release_chat(self, chat_id: int) -> bool:  # noqa: ARG002 - as above
        return False  # nobody else is there

    async def close(self) -> None:
        self._lock.release(force=True)

    def _is_lock_file_replaced(self) -> bool:
        """Whether what we locked is no more where it was. In a folder that was moved as a whole, it holds."""
        return (
            self._lock.is_locked
            and self._lock_file.parent.is_dir()
            and sqlite.get_file_id(self._lock_file) != self._locked_file_id
        )


class AdvisoryLocks:
    """The claims of one worker among several, in a session of its own. Lost with the session, they are asked anew.

    What is asked at the same time goes to the server together: first the claims, and then, in a statement that sees
    all that was done before we had them, what is to be said there.
    """

    is_shared = True

    def __init__(self, url: URL) -> None:
        self.engine: Engine = postgresql.make_engine(url)
        self._connection: Connection | None = None
        self._has_intake = False
        self._is_closed = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="claims")
        self._group_commit = GroupCommit(lambda pieces: self._run_in_thread(self._update_chat_locks, pieces))

    async def acquire_intake(self) -> bool:
        return await self._run_in_thread(self._try_intake_lock)

    async def acquire_chat(self, chat_id: int) -> ChatLock | None:
        try:
            is_acquired, row = await self._group_commit.submit((True, chat_id))
        except asyncio.CancelledError:  # nobody else would let go of it
            with suppress(StorageUnavailableError):
                await self._group_commit.submit((False, chat_id))
            raise
        return ChatLock(row) if is_acquired else None

    async def release_chat(self, chat_id: int) -> bool:
        with suppress(StorageUnavailableError):
            if self._connection is not None:
                _, row = await self._group_commit.submit((False, chat_id))
                return row is not None
        return True  # the claim went with the session, and nobody has looked

    async def close(self) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        await self._run_in_thread(self._end_session)
        self._executor.shutdown()
        self.engine.dispose()

    async def _run_in_thread(self, work: Callable[..., Result], *args: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._executor, work, *args)

    def _try_intake_lock(self) -> bool:
        statement, *parameters = (
            ("SELECT true",)
            if self._has_intake
            else ("SELECT pg_try_advisory_lock(%s, %s)", LOCK_NAMESPACE, INTAKE_LOCK)
        )
        with self._use_connection() as connection:
            self._has_intake = bool(connection.exec_driver_sql(statement, tuple(parameters)).scalar_one())
        return self._has_intake

    def _update_chat_locks(self, items: Sequence[WorkItem]) -> list[WorkResult]:
        """Of each chat whether it was claimed or let go, and what is to be said there."""
        acquires, chat_ids = ([item.work[index] for item in items] for index in (0, 1))
        with self._use_connection() as connection:
            outcomes, oldest_rows = (
                connection.exec_driver_sql(_UPDATE_CHAT_LOCKS_SQL, (acquires, chat_ids)).scalars().all(),
                load_oldest_rows(connection, chat_ids),
            )
        return [WorkResult((is_done, oldest_rows.get(chat))) for is_done, chat in zip(outcomes, chat_ids, strict=True)]

    @contextmanager
    def _use_connection(self) -> Iterator[Connection]:
        try:
            if self._connection is None:
                self._connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            yield self._connection
        except DBAPIError as error:
            self._end_session()
            raise StorageUnavailableError(
                f"The database can't be asked just now {describe_with_hint(error)}"
            ) from error

    def _end_session(self) -> None:
        """Ends the session, and all its claims with it."""
        self._has_intake = False
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def create_locks(database_url: str) -> Locks:
    """The claims of a new worker on the database at this address. Raises `StorageUnusable`."""
    url = parse_url(database_url)
    if url.get_backend_name() != SQLITE:
        return AdvisoryLocks(url)
    try:
        sqlite.get_database_file(url).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageUnreadableError(
            f"DATABASE_URL: {sqlite.get_database_file(url)} can't be used ({error.strerror}): {OWNERSHIP_HINT}."
        ) from error
    return FileLocks(url)
