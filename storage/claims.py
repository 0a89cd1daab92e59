"""What only one worker may do at a time: ask Telegram for updates; speak in a chat.

A claim ends with the worker that holds it, however that ends: nothing is to be tidied up, and nothing has to expire.
With SQLite there is one worker: a lock on a file beside the database, which the system lets go of. With PostgreSQL they
are advisory locks of a session of the worker's own (PostgreSQL's manual, 13.3.5). A lock on the outbox row itself
(`FOR UPDATE SKIP LOCKED`) would ask for a transaction that stays open while Telegram is slow.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError

from storage import postgresql, sqlite
from storage.addresses import SQLITE, readable
from storage.faults import StorageAway, StorageUnusable
from storage.fixes import WHOSE, with_fix
from storage.postgresql import BOT, INTAKE

Result = TypeVar("Result")
SURE = 1.0  # seconds that one look at the lock's file is good for: many chats are spoken in meanwhile
TRIES_APART = 1.0  # seconds between tries of a worker that waits for another one's end


class Claims(Protocol):
    """The claims of one worker. All methods raise `StorageAway` where the database can't be asked."""

    shared: bool  # whether there may be other workers

    async def intake(self) -> bool:
        """Claims to be the one that asks Telegram for updates. Asked again, says whether that still holds."""

    async def speak(self, chat: int) -> bool:
        """Claims to be the one that speaks in this chat. False: another worker does."""

    async def leave(self, chat: int) -> None:
        """Somebody else may speak in this chat now."""

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

    async def speak(self, chat: int) -> bool:  # noqa: ARG002 - in all of them or in none
        if time.monotonic() - self._sure_at > SURE and await self.intake():
            self._sure_at = time.monotonic()
        return self._lock.is_locked

    async def leave(self, chat: int) -> None:
        """Nobody else is there."""

    async def close(self) -> None:
        self._lock.release(force=True)

    def _was_removed(self) -> bool:
        """Whether what we locked is no more where it was. In a folder that was moved as a whole, it holds."""
        return self._lock.is_locked and self._file.parent.is_dir() and sqlite.which(self._file) != self._held


class AmongWorkers:
    """The claims of one worker among several, in a session of its own. Lost with the session, they are asked anew."""

    shared = True

    def __init__(self, url: URL) -> None:
        self._engine: Engine = postgresql.make_engine(url)
        self._session: Connection | None = None
        self._intake = False
        self._closed = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="claims")

    async def intake(self) -> bool:
        return await self._hop(self._claim_intake)

    async def speak(self, chat: int) -> bool:
        return await self._hop(self._ask, "SELECT pg_try_advisory_lock(%s)", chat)

    async def leave(self, chat: int) -> None:
        with suppress(StorageAway):  # the claim went with the session
            await self._hop(self._leave, chat)

    async def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        await self._hop(self._forget)
        self._thread.shutdown()
        self._engine.dispose()

    async def _hop(self, work: Callable[..., Result], *args: object) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *args)

    def _claim_intake(self) -> bool:
        question, *numbers = ("SELECT true",) if self._intake else ("SELECT pg_try_advisory_lock(%s, %s)", BOT, INTAKE)
        self._intake = self._ask(question, *numbers)
        return self._intake

    def _leave(self, chat: int) -> None:
        if self._session is not None:  # without a session there is no claim to let go of
            self._ask("SELECT pg_advisory_unlock(%s)", chat)

    def _ask(self, question: str, *numbers: int) -> bool:
        try:
            if self._session is None:
                self._session = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            return bool(self._session.exec_driver_sql(question, numbers).scalar_one())
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
