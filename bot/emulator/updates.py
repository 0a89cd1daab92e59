"""The queue of updates for the bot. It works like getUpdates: an update stays until a later offset confirms it.

While a webhook is set, its delivery listens to the queue and removes the updates that the bot has acknowledged.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from bot.emulator.errors import (
    CALLBACK_QUERY_LIFETIME_SECONDS,
    CONFLICTING_POLLER,
    UPDATE_LIFETIME_SECONDS,
    BotApiError,
    Json,
)

MAX_UPDATES_PER_POLL = 100
MAX_POLL_SECONDS = 50.0
ID_EPOCH_SECONDS = 1_790_000_000
IDS_PER_SECOND = 20
OPT_IN_KINDS = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
UPDATE_KINDS = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "inline_query",
    "chosen_inline_result",
    "callback_query",
    "shipping_query",
    "pre_checkout_query",
    "poll",
    "poll_answer",
    "my_chat_member",
    "chat_member",
    "chat_join_request",
    "chat_boost",
    "removed_chat_boost",
    "message_reaction",
    "message_reaction_count",
    "business_connection",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
    "purchased_paid_media",
)
DEFAULT_KINDS = tuple(kind for kind in UPDATE_KINDS if kind not in OPT_IN_KINDS)


@dataclass(slots=True, frozen=True, eq=False)
class PendingUpdate:
    """An update that the bot has not confirmed, with the time of its arrival in seconds since 1970.

    Compared by identity, because the same update can be pending twice.
    """

    update: Json
    kind: str
    received_at: float

    @property
    def expires_at(self) -> float:
        """When Telegram discards it."""
        return self.received_at + (
            CALLBACK_QUERY_LIFETIME_SECONDS if self.kind == "callback_query" else UPDATE_LIFETIME_SECONDS
        )


class UpdateQueue:
    """The pending updates, in order of arrival. There is one poller at a time: a second one ends the first.

    `listener` is called with each new update.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.next_id = first_id(clock)
        self.allowed_kinds: tuple[str, ...] = ()
        self.pending: deque[PendingUpdate] = deque()
        self.poller: asyncio.Future[bool] | None = None
        self.last_poll_at = float("-inf")  # on the monotonic clock
        self.listener: Callable[[PendingUpdate], None] | None = None

    def set_allowed_kinds(self, kinds: object) -> None:
        """Sets the kinds that the bot wants from now on.

        Anything but a list changes nothing. A list without a known kind means the default kinds.
        """
        if isinstance(kinds, list):
            requested = {str(kind).lower() for kind in kinds}
            requested_kinds = tuple(kind for kind in UPDATE_KINDS if kind in requested)
            self.allowed_kinds = () if requested_kinds == DEFAULT_KINDS else requested_kinds

    def push(self, kind: str, content: object) -> Json | None:
        """Adds an update if the bot wants this kind. Returns the update with its id."""
        allowed_kinds = self.allowed_kinds or DEFAULT_KINDS
        if kind not in allowed_kinds:
            return None
        return self.push_raw({kind: content}, kind)

    def push_raw(self, update: Json, kind: str = "") -> Json:
        """Adds an update of any form, even a malformed one, and gives it an id if it has none."""
        numbered_update = {"update_id": self.next_id, **update}
        self.next_id = max(self.next_id, int(numbered_update["update_id"])) + 1
        pending_update = PendingUpdate(numbered_update, kind or find_update_kind(numbered_update), self.clock())
        self.pending.append(pending_update)
        self.wake_poller(has_updates=True)
        if self.listener:
            self.listener(pending_update)
        return numbered_update

    def wake_poller(self, *, has_updates: bool) -> None:
        if self.poller and not self.poller.done():
            self.poller.set_result(has_updates)

    def confirm(self, offset: int) -> None:
        """Removes the updates before the offset; a negative offset counts from the end."""
        if offset < 0:
            while len(self.pending) > -offset:
                self.pending.popleft()
        while offset > 0 and self.pending and self.pending[0].update["update_id"] < offset:
            self.pending.popleft()

    def remove(self, finished: PendingUpdate) -> None:
        """Removes an update that was acknowledged or is too old. Does nothing if it is gone already."""
        with suppress(ValueError):
            self.pending.remove(finished)

    def next_updates(self, limit: int) -> list[Json]:
        self.drop_expired()
        return [pending_update.update for pending_update, _ in zip(self.pending, range(limit), strict=False)]

    def drop_expired(self) -> None:
        now = self.clock()
        # The oldest update comes first, and no kind has a shorter lifetime than taps.
        if self.pending and self.pending[0].received_at < now - CALLBACK_QUERY_LIFETIME_SECONDS:
            self.pending = deque(pending_update for pending_update in self.pending if pending_update.expires_at >= now)

    async def poll(self, offset: int = 0, limit: int = MAX_UPDATES_PER_POLL, wait_seconds: float = 0) -> list[Json]:
        """Confirms the updates before `offset`, then returns up to `limit`; waits for the first one if there is none.

        Raises `BotApiError` if another poller takes over meanwhile.
        """
        limit = limit if 0 < limit <= MAX_UPDATES_PER_POLL else MAX_UPDATES_PER_POLL
        with self.register_poller() as poller:
            self.confirm(offset)
            updates = self.next_updates(limit)
            if not updates and wait_seconds > 0:
                await self.wait_for_updates(poller, min(wait_seconds, MAX_POLL_SECONDS))
                updates = self.next_updates(limit)
            return updates

    async def wait_for_updates(self, poller: asyncio.Future[bool], wait_seconds: float) -> None:
        done, _ = await asyncio.wait([poller], timeout=wait_seconds)
        if done and not poller.result() and self.poller is not poller:
            raise BotApiError(409, CONFLICTING_POLLER)

    @contextmanager
    def register_poller(self) -> Iterator[asyncio.Future[bool]]:
        self.wake_poller(has_updates=False)  # a second poller ends the first
        poller = self.poller = asyncio.get_running_loop().create_future()
        try:
            yield poller
        finally:
            self.last_poll_at = time.monotonic()
            if self.poller is poller:
                self.poller = None

    def seconds_since_poll(self) -> float:
        """Seconds since the bot last asked for updates; 0 while it waits for some."""
        return 0.0 if self.poller else time.monotonic() - self.last_poll_at


def first_id(clock: Callable[[], float]) -> int:
    """The first id of this run: higher than all ids of earlier runs that used at most `IDS_PER_SECOND`."""
    return max(int((clock() - ID_EPOCH_SECONDS) * IDS_PER_SECOND), 1)


def find_update_kind(update: Json) -> str:
    return next((name for name in update if name != "update_id"), "")
