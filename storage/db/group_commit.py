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

from sqlalchemy import Connection

from storage.errors import StorageAway, StorageHeld

MOST = 64  # pieces in one group: the first of them waits for the last


class Within(local):
    """What a thread is in the middle of: a transaction of several pieces of work, and whether one wants to settle."""

    tx: Connection | None = None
    settling = False
    briefly = False  # what others hold is waited for only shortly


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of work, and who waits for it. What a piece is, `commit` knows."""

    work: Any
    waiting: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What a piece of work gave, or what it raised."""

    result: Any = None
    fault: Exception | None = None


class GroupCommit:
    """Takes pieces of work in. `commit` does all of those it is given, `most` at once: see `together`."""

    def __init__(self, commit: Callable[[Sequence[Piece]], Awaitable[list[Done]]], most: int = MOST) -> None:
        self._commit = commit
        self._most = most
        self._pieces: list[Piece] = []
        self._committing: asyncio.Task[None] | None = None

    async def join(self, work: Any) -> Any:
        """What the work gives. Raises what it raises; and `StorageAway` where nothing could be kept."""
        piece = Piece(work, asyncio.get_running_loop().create_future())
        self._pieces.append(piece)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        return await piece.waiting

    async def _commit_all(self) -> None:
        try:
            while self._pieces:
                pieces, self._pieces = self._pieces[: self._most], self._pieces[self._most :]
                for piece, done in zip(pieces, await self._done(pieces), strict=True):
                    _tell(piece.waiting, done)
        finally:
            self._committing = None

    async def _done(self, pieces: Sequence[Piece]) -> list[Done]:
        try:
            return await self._commit(pieces)
        except Exception as fault:  # noqa: BLE001 - nobody else would tell those who wait
            return [Done(fault=fault)] * len(pieces)


def together(pieces: Sequence[Piece], group: Callable[[], AbstractContextManager[None]]) -> list[Done]:
    """Does all pieces, in a transaction of the `group`: what raises is undone alone.

    Where the database itself is the trouble, for one of them or in the end, each has a transaction of its own: a
    damaged row is the trouble of those who need it. Where there can be no transaction (any more), none is tried:
    each might wait for its no. Whoever needs what somebody else holds is only told so.
    """
    begun = False
    try:
        if len(pieces) > 1:
            with group():
                begun = True
                return [_kept(piece) for piece in pieces]  # once the group is committed
    except StorageAway as fault:
        if not (begun and _can_begin(group)):
            return [Done(fault=fault)] * len(pieces)
    return [_alone(piece) for piece in pieces]


def _can_begin(group: Callable[[], AbstractContextManager[None]]) -> bool:
    with suppress(StorageAway), group():
        return True
    return False


def _kept(piece: Piece) -> Done:
    """Raises `StorageAway`."""
    done = _alone(piece)
    if isinstance(done.fault, StorageAway) and not isinstance(done.fault, StorageHeld):
        raise done.fault
    return done


def _alone(piece: Piece) -> Done:
    try:
        return Done(piece.work())
    except Exception as fault:  # noqa: BLE001 - whoever waits for it is told
        return Done(fault=fault)


def _tell(waiting: asyncio.Future[Any], done: Done) -> None:
    if waiting.done():  # whoever waited has gone
        return
    if done.fault:
        waiting.set_exception(done.fault)
    else:
        waiting.set_result(done.result)
