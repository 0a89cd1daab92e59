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

from storage.conversations.outbox import oldest
from storage.db import postgresql, sqlite
from storage.db.error_hints import WHOSE, with_fix
from storage.db.group_commit import Done, GroupCommit, Piece
from storage.db.postgresql import BOT, INTAKE
from storage.db.statements import Row
from storage.db.url import SQLITE, readable
from storage.errors import StorageAway, StorageUnusable

Result = TypeVar("Result")
SURE = 1.0  # seconds that one look at the lock's file is good for: many chats are spoken in meanwhile
LOCK_RETRY_SECONDS = 1.0  # seconds between tries of a worker that waits for another one's end
_ASK = """
SELECT CASE WHEN speaks THEN pg_try_advisory_lock(chat) ELSE pg_advisory_unlock(chat) END
FROM unnest(%s::boolean[], %s::bigint[]) AS asked (speaks, chat)
"""


@dataclass(frozen=True, slots=True)
class Floor:
    """We have the floor in a chat. `oldest`: what is to be said there, where others may have said it."""

    oldest: Row | None = None


class Claims(Protocol):
    """The claims of one worker. All methods raise `StorageAway` where the database can't be asked."""

    shared: bool  # whether there may be other workers

    async def intake(self) -> bool:
        """Claims to be the one that asks Telegram for updates. Asked again, says whether that still holds."""

    async def speak(self, chat: int) -> Floor | None:
        """Claims to be the one that speaks in this chat. None: another worker does."""

    async def leave(self, chat: int) -> bool:
        """Somebody else may speak in this chat now. True: something is to be said there, and whoever left it may have
        found us there.
        """

    async def close(self) -> None:
        """Lets go of everything."""


class AloneOnFile:
    """The claims of the only worker on an SQLite file."""

    shared = False

    def __init__(self, url: URL) -> None:
        self._file = Path(f"{sqlite.file_of(url)}.lock")
        self._lock = FileLock(self._file, mode=0o600)
        self._held: tuple[int, int] | None = None  # which file was locked
        self._sure_at = float("-inf")  # when it was last looked at; monotonic

    async def intake(self) -> bool:
        if self._was_removed():  # another worker can lock a new one: one of us two gets it
            self._lock.release(force=True)
        try:
            if not self._lock.is_locked:
                self._lock.acquire(blocking=False)
                self._held = sqlite.which(self._file)
        except Timeout:
            return False
        except OSError as fault:
            kind = StorageAway if self._held else StorageUnusable
            raise kind(f"DATABASE_URL: {self._file} can't be made ({fault.strerror}): {WHOSE}.") from fault
        return self._lock.is_locked

    async def speak(self, chat: int) -> Floor | None:  # noqa: ARG002 - in all of them or in none
        if time.monotonic() - self._sure_at > SURE and await self.intake():
            self._sure_at = time.monotonic()
        return Floor() if self._lock.is_locked else None

    async def leave(self, chat: int) -> bool:  # noqa: ARG002 - as above
        return False  # nobody else is there

    async def close(self) -> None:
        self._lock.release(force=True)

    def _was_removed(self) -> bool:
        """Whether what we locked is no more where it was. In a folder that was moved as a whole, it holds."""
        return self._lock.is_locked and self._file.parent.is_dir() and sqlite.which(self._file) != self._held


class AmongWorkers:
    """The claims of one worker among several, in a session of its own. Lost with the session, they are asked anew.

    What is asked at the same time goes to the server together: first the claims, and then, in a statement that sees
    all that was done before we had them, what is to be said there.
    """

    shared = True

    def __init__(self, url: URL) -> None:
        self.engine: Engine = postgresql.make_engine(url)
        self._session: Connection | None = None
        self._intake = False
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="claims")
        self._group = GroupCommit(lambda pieces: self._hop(self._ask, pieces))

    async def intake(self) -> bool:
        return await self._hop(self._claim_intake)

    async def speak(self, chat: int) -> Floor | None:
        try:
            held, row = await self._group.join((True, chat))
        except asyncio.CancelledError:  # nobody else would let go of it
            with suppress(StorageAway):
                await self._group.join((False, chat))
            raise
        return Floor(row) if held else None

    async def leave(self, chat: int) -> bool:
        with suppress(StorageAway):
            if self._session is not None:
                _, row = await self._group.join((False, chat))
                return row is not None
        return True  # the claim went with the session, and nobody has looked

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._hop(self._forget)
        self._thread.shutdown()
        self.engine.dispose()

    async def _hop(self, work: Callable[..., Result], *args: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    def _claim_intake(self) -> bool:
        question, *numbers = ("SELECT true",) if self._intake else ("SELECT pg_try_advisory_lock(%s, %s)", BOT, INTAKE)
        with self._asking() as session:
            self._intake = bool(session.exec_driver_sql(question, tuple(numbers)).scalar_one())
        return self._intake

    def _ask(self, pieces: Sequence[Piece]) -> list[Done]:
        """Of each chat whether it was claimed or let go, and what is to be said there."""
        speaks, chats = ([piece.work[part] for piece in pieces] for part in (0, 1))
        with self._asking() as session:
            told, due = session.exec_driver_sql(_ASK, (speaks, chats)).scalars().all(), oldest(session, chats)
        return [Done((yes, due.get(chat))) for yes, chat in zip(told, chats, strict=True)]

    @contextmanager
    def _asking(self) -> Iterator[Connection]:
        try:
            if self._session is None:
                self._session = self.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            yield self._session
        except DBAPIError as fault:
            self._forget()
            raise StorageAway(f"The database can't be asked just now {with_fix(fault)}") from fault

    def _forget(self) -> None:
        """Ends the session, and all its claims with it."""
        self._intake = False
        if self._session is not None:
            self._session.invalidate()
            self._session.close()
            self._session = None


def claims_on(address: str) -> Claims:
    """The claims of a new worker on the database at this address. Raises `StorageUnusable`."""
    url = readable(address)
    if url.get_backend_name() != SQLITE:
        return AmongWorkers(url)
    try:
        sqlite.file_of(url).parent.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise StorageUnusable(
            f"DATABASE_URL: {sqlite.file_of(url)} can't be used ({fault.strerror}): {WHOSE}."
        ) from fault
    return AloneOnFile(url)
