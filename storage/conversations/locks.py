"""Locks for what only one worker may do at a time: poll Telegram for updates, and send to a chat.

A lock ends with its worker, however that ends: nothing expires, and nothing has to be cleaned up. With SQLite there is
one worker, which locks a file next to the database. With PostgreSQL they are advisory locks of a database session of
the worker's own (PostgreSQL's manual, 13.3.5). Decision record 0017 has the reasons.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
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
LOCK_FILE_CHECK_SECONDS = 1.0  # how long one check of the lock file is valid, for all chats
INTAKE_RETRY_SECONDS = 1.0  # between attempts of a worker that waits for another one to end
_UPDATE_CHAT_LOCKS_SQL = """
SELECT CASE WHEN is_acquire THEN pg_try_advisory_lock(chat_id) ELSE pg_advisory_unlock(chat_id) END
FROM unnest(%s::boolean[], %s::bigint[]) AS request (is_acquire, chat_id)
"""


@dataclass(frozen=True, slots=True)
class ChatLock:
    """The lock of a chat. `oldest_row` is the chat's oldest outbox entry, where another worker may have sent to it."""

    oldest_row: Row | None = None


class Locks(Protocol):
    """The locks of one worker. All methods raise `StorageUnavailableError`."""

    is_shared: bool  # whether there may be other workers

    async def acquire_intake(self) -> bool:
        """Acquires the lock for polling Telegram, or checks that this worker still holds it."""

    async def acquire_chat(self, chat_id: int) -> ChatLock | None:
        """Acquires the lock for sending to this chat. None: another worker holds it."""

    async def release_chat(self, chat_id: int) -> bool:
        """Releases the chat. Returns True if more is to be sent, which another worker may have left to this one."""

    async def close(self) -> None:
        """Releases everything."""


class FileLocks:
    """The locks of the only worker on an SQLite file."""

    is_shared = False

    def __init__(self, url: URL) -> None:
        self._lock_file = Path(f"{sqlite.get_database_file(url)}.lock")
        self._lock = FileLock(self._lock_file, mode=0o600)
        self._locked_file_id: tuple[int, int] | None = None  # tells it from a file that replaced it
        self._checked_at = float("-inf")  # by the monotonic clock

    async def acquire_intake(self) -> bool:
        if self._is_lock_file_replaced():  # another worker can lock the new file: one of the two gets it
            self._lock.release(force=True)
        try:
            if not self._lock.is_locked:
                self._lock.acquire(blocking=False)
                self._locked_file_id = sqlite.get_file_id(self._lock_file)
        except Timeout:
            return False
        except OSError as error:
            error_class = StorageUnavailableError if self._locked_file_id else StorageUnreadableError
            problem = f"cannot create {self._lock_file} ({error.strerror})"
            raise error_class(f"DATABASE_URL: {problem}: {OWNERSHIP_HINT}.") from error
        return self._lock.is_locked

    async def acquire_chat(self, chat_id: int) -> ChatLock | None:  # noqa: ARG002 - the protocol has it
        if time.monotonic() - self._checked_at > LOCK_FILE_CHECK_SECONDS and await self.acquire_intake():
            self._checked_at = time.monotonic()
        return ChatLock() if self._lock.is_locked else None

    async def release_chat(self, chat_id: int) -> bool:  # noqa: ARG002 - the protocol has it
        return False  # there is no other worker

    async def close(self) -> None:
        self._lock.release(force=True)

    def _is_lock_file_replaced(self) -> bool:
        # In a folder that was moved as a whole, the lock still holds.
        return (
            self._lock.is_locked
            and self._lock_file.parent.is_dir()
            and sqlite.get_file_id(self._lock_file) != self._locked_file_id
        )


class AdvisoryLocks:
    """The locks of one worker among several, in a database session of its own. Lost with it, they are acquired again.

    Requests that arrive at the same time go to the server together (`GroupCommit`): one statement for the locks, and
    then one for the oldest outbox entries, which sees everything that was committed before the locks were acquired.
    """

    is_shared = True

    def __init__(self, url: URL) -> None:
        self.engine: Engine = postgresql.make_engine(url)
        self._connection: Connection | None = None
        self._has_intake = False
        self._is_closed = False
        self._executor = ThreadPoolExecutor(1, thread_name_prefix="locks")
        self._requests = GroupCommit(partial(self._run_in_thread, self._update_chat_locks))

    async def acquire_intake(self) -> bool:
        return await self._run_in_thread(self._try_intake_lock)

    async def acquire_chat(self, chat_id: int) -> ChatLock | None:
        try:
            is_acquired, row = await self._requests.submit((True, chat_id))
        except asyncio.CancelledError:  # the caller does not know the lock, so would not release it
            with suppress(StorageUnavailableError):
                await self._requests.submit((False, chat_id))
            raise
        return ChatLock(row) if is_acquired else None

    async def release_chat(self, chat_id: int) -> bool:
        with suppress(StorageUnavailableError):
            if self._connection is not None:
                _, row = await self._requests.submit((False, chat_id))
                return row is not None
        return True  # the lock was lost with the session, and the outbox was not read

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
        """Runs requests (whether to acquire, chat id). The results are (whether that succeeded, oldest outbox row)."""
        acquires, chat_ids = ([item.work[index] for item in items] for index in (0, 1))
        with self._use_connection() as connection:
            outcomes = connection.exec_driver_sql(_UPDATE_CHAT_LOCKS_SQL, (acquires, chat_ids)).scalars().all()
            oldest_rows = load_oldest_rows(connection, chat_ids)
        return [
            WorkResult((is_done, oldest_rows.get(chat_id))) for is_done, chat_id in zip(outcomes, chat_ids, strict=True)
        ]

    @contextmanager
    def _use_connection(self) -> Iterator[Connection]:
        try:
            if self._connection is None:
                self._connection = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            yield self._connection
        except DBAPIError as error:
            self._end_session()
            raise StorageUnavailableError(f"The database is unavailable {describe_with_hint(error)}") from error

    def _end_session(self) -> None:
        """Ends the session, and all its locks with it."""
        self._has_intake = False
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def create_locks(database_url: str) -> Locks:
    """Makes the locks of a new worker on this database. Raises `StorageUnreadableError`."""
    url = parse_url(database_url)
    if url.get_backend_name() != SQLITE:
        return AdvisoryLocks(url)
    file = sqlite.get_database_file(url)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        problem = f"cannot use {file} ({error.strerror})"
        raise StorageUnreadableError(f"DATABASE_URL: {problem}: {OWNERSHIP_HINT}.") from error
    return FileLocks(url)
