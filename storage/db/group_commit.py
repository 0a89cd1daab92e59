"""Group commit: what waits for the disk at the same time is written in one transaction, and waits once.

A commit that survives a power cut waits for the disk, however little was written. SQLite makes one at a time; in
PostgreSQL, what one holds until then others need. So the pieces of work that come in meanwhile go into the next one
together; each is told only then that it is done. (DeWitt et al., Implementation Techniques for Main Memory Database
Systems, SIGMOD 1984, section 5.) What is only asked together, such as claims, comes in the same way.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from threading import local
from typing import Any

from storage.db.session import Session
from storage.errors import StorageLockedError, StorageUnavailableError

MAX_GROUP_SIZE = 64  # pieces in one group: the first of them waits for the last


class ThreadState(local):
    """What a thread is in the middle of: a transaction of several pieces of work, and whether one wants to settle."""

    session: Session | None = None
    needs_checkpoint = False
    has_short_lock_timeout = False  # what others hold is waited for only shortly


@dataclass(frozen=True, slots=True)
class WorkItem:
    """A piece of work, and who waits for it. What a piece is, `commit` knows."""

    work: Any
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class WorkResult:
    """What a piece of work gave, or what it raised."""

    value: Any = None
    error: Exception | None = None


class GroupCommit:
    """Takes pieces of work in. `commit` does all of those it is given, `most` at once: see `together`."""

    def __init__(
        self, commit: Callable[[Sequence[WorkItem]], Awaitable[list[WorkResult]]], max_group_size: int = MAX_GROUP_SIZE
    ) -> None:
        self._commit = commit
        self._max_group_size = max_group_size
        self._queue: list[WorkItem] = []
        self._commit_task: asyncio.Task[None] | None = None

    async def submit(self, work: Any) -> Any:
        """What the work gives. Raises what it raises; and `StorageAway` where nothing could be kept."""
        item = WorkItem(work, asyncio.get_running_loop().create_future())
        self._queue.append(item)
        if self._commit_task is None:
            self._commit_task = asyncio.create_task(self._commit_all())
        return await item.future

    async def _commit_all(self) -> None:
        try:
            while self._queue:
                items, self._queue = self._queue[: self._max_group_size], self._queue[self._max_group_size :]
                for item, result in zip(items, await self._run_commit(items), strict=True):
                    _resolve(item.future, result)
        finally:
            self._commit_task = None

    async def _run_commit(self, items: Sequence[WorkItem]) -> list[WorkResult]:
        try:
            return await self._commit(items)
        except Exception as error:  # noqa: BLE001 - nobody else would tell those who wait
            return [WorkResult(error=error)] * len(items)


def run_group(
    items: Sequence[WorkItem], open_transaction: Callable[[], AbstractContextManager[None]]
) -> list[WorkResult]:
    """Does all pieces, in a transaction of the `group`: what raises is undone alone.

    Where the database itself is the trouble, for one of them or in the end, each has a transaction of its own: a
    damaged row is the trouble of those who need it. Where there can be no transaction (any more), none is tried:
    each might wait for its no. Whoever needs what somebody else holds is only told so.
    """
    has_begun = False
    try:
        if len(items) > 1:
            with open_transaction():
                has_begun = True
                return [_run_in_group(piece) for piece in items]  # once the group is committed
    except StorageUnavailableError as error:
        if not (has_begun and _can_begin(open_transaction)):
            return [WorkResult(error=error)] * len(items)
    return [_run_item(item) for item in items]


def _can_begin(open_transaction: Callable[[], AbstractContextManager[None]]) -> bool:
    with suppress(StorageUnavailableError), open_transaction():
        return True
    return False


def _run_in_group(item: WorkItem) -> WorkResult:
    """Raises `StorageAway`."""
    result = _run_item(item)
    if isinstance(result.error, StorageUnavailableError) and not isinstance(result.error, StorageLockedError):
        raise result.error
    return result


def _run_item(item: WorkItem) -> WorkResult:
    try:
        return WorkResult(item.work())
    except Exception as error:  # noqa: BLE001 - whoever waits for it is told
        return WorkResult(error=error)


def _resolve(future: asyncio.Future[Any], result: WorkResult) -> None:
    if future.done():  # whoever waited has gone
        return
    if result.error:
        future.set_exception(result.error)
    else:
        future.set_result(result.value)
