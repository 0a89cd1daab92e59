"""Group commit: work that arrives while a transaction is being committed shares the next transaction.

A commit that survives a power cut waits for the disk, however little was written. SQLite makes one at a time; in
PostgreSQL, rows stay locked until then. So the items that arrive in the meantime go into one transaction, and each
caller gets its result once that is committed (DeWitt et al., Implementation Techniques for Main Memory Database
Systems, SIGMOD 1984, section 5). Relies on a function that runs a group of items: `Database` commits them, and
`storage.conversations.locks` asks the server for them in one statement.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from storage.errors import StorageLockedError, StorageUnavailableError

MAX_GROUP_SIZE = 64  # items in one group: the first one waits for the last one


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One piece of work, and the future that its caller awaits. The `run_group` function knows what `work` is."""

    work: Any
    future: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class WorkResult:
    """What an item returned, or the error that it raised."""

    value: Any = None
    error: Exception | None = None


class GroupCommit:
    """Queues items and passes them to `run_group`, one group at a time, at most `max_group_size` items in each.

    `run_group` returns one `WorkResult` per item, in the same order.
    """

    def __init__(
        self,
        run_group: Callable[[Sequence[WorkItem]], Awaitable[list[WorkResult]]],
        max_group_size: int = MAX_GROUP_SIZE,
    ) -> None:
        self._run_group = run_group
        self._max_group_size = max_group_size
        self._queue: list[WorkItem] = []
        self._commit_task: asyncio.Task[None] | None = None

    async def submit(self, work: Any) -> Any:
        """Returns what the work returns, once it is committed.

        Raises what the work raises, and `StorageUnavailableError` where nothing could be stored.
        """
        item = WorkItem(work, asyncio.get_running_loop().create_future())
        self._queue.append(item)
        if self._commit_task is None:
            self._commit_task = asyncio.create_task(self._commit_all())
        return await item.future

    async def _commit_all(self) -> None:
        try:
            while self._queue:
                items, self._queue = self._queue[: self._max_group_size], self._queue[self._max_group_size :]
                await self._commit(items)
        finally:
            self._commit_task = None

    async def _commit(self, items: Sequence[WorkItem]) -> None:
        try:
            results = await self._run_group(items)
        except Exception as error:  # noqa: BLE001 - the callers of all items wait for it
            results = [WorkResult(error=error)] * len(items)
        for item, result in zip(items, results, strict=True):
            _resolve(item.future, result)


def run_items(items: Sequence[WorkItem], *, should_stop_at_outage: bool = False) -> list[WorkResult]:
    """Calls the work of each item, in order.

    With `should_stop_at_outage`, raises the first `StorageUnavailableError`, unless it is a `StorageLockedError`: the
    rest of the group shares the transaction, and can't be stored either.
    """
    results = []
    for item in items:
        try:
            results.append(WorkResult(item.work()))
        except Exception as error:  # the caller of the item gets it
            if should_stop_at_outage and _is_outage(error):
                raise
            results.append(WorkResult(error=error))
    return results


def _is_outage(error: Exception) -> bool:
    return isinstance(error, StorageUnavailableError) and not isinstance(error, StorageLockedError)


def _resolve(future: asyncio.Future[Any], result: WorkResult) -> None:
    if future.done():  # its caller was cancelled
        return
    if result.error:
        future.set_exception(result.error)
    else:
        future.set_result(result.value)
