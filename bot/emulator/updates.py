"""The queue of updates, with the meaning of getUpdates: an update goes only when a later offset confirms it.

While a webhook is set, its delivery listens here instead, and takes out what was acknowledged.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from bot.emulator.errors import OTHER_POLLER, TAP_LIVES, UPDATE_LIVES, Json, Refused

MOST_AT_ONCE = 100
LONGEST_POLL = 50.0
NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
KINDS = (
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
USUAL = tuple(kind for kind in KINDS if kind not in NOT_BY_DEFAULT)


@dataclass(slots=True, frozen=True, eq=False)
class Waiting:
    """An update that the bot has not confirmed. One by one: the same update can wait twice."""

    update: Json
    kind: str
    since: float

    @property
    def until(self) -> float:
        """When Telegram gives it up."""
        return self.since + (TAP_LIVES if self.kind == "callback_query" else UPDATE_LIVES)


LONG_AGO = 1_790_000_000
A_SECOND = 20


def first_number(clock: Callable[[], float]) -> int:
    """Where numbers begin: higher after each restart, unless more than 20 a second were used."""
    return max(int((clock() - LONG_AGO) * A_SECOND), 1)


class Updates:
    """What waits for the bot. One poller at a time: a second one ends the first."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.next_id = first_number(clock)
        self.allowed: tuple[str, ...] = ()
        self.waiting: deque[Waiting] = deque()
        self.poller: asyncio.Future[bool] | None = None
        self.last_poll = float("-inf")
        self.listener: Callable[[Waiting], None] | None = None

    def allow(self, kinds: object) -> None:
        """The kinds that the bot wants from now on. What is no list changes nothing; no known kind means the usual."""
        if isinstance(kinds, list):
            wanted = tuple(kind for kind in KINDS if kind in {str(each).lower() for each in kinds})
            self.allowed = () if wanted == USUAL else wanted

    def push(self, kind: str, content: object) -> Json | None:
        """Adds an update, unless the bot has said that it does not want this kind."""
        if (kind not in self.allowed) if self.allowed else (kind in NOT_BY_DEFAULT):
            return None
        return self.push_raw({kind: content}, kind)

    def push_raw(self, update: Json, kind: str = "") -> Json:
        numbered = {"update_id": self.next_id, **update}
        self.next_id = max(self.next_id, int(numbered["update_id"])) + 1
        one = Waiting(numbered, kind or kind_of(numbered), self.clock())
        self.waiting.append(one)
        self.wake(more=True)
        if self.listener:
            self.listener(one)
        return numbered

    def wake(self, *, more: bool) -> None:
        if self.poller and not self.poller.done():
            self.poller.set_result(more)

    def confirm(self, offset: int) -> None:
        """Forgets what comes before the offset; a negative one counts from the end."""
        if offset < 0:
            while len(self.waiting) > -offset:
                self.waiting.popleft()
        while offset > 0 and self.waiting and self.waiting[0].update["update_id"] < offset:
            self.waiting.popleft()

    def forget(self, done: Waiting) -> None:
        """Takes one out that was acknowledged or given up; it mostly stands near the front."""
        place = next((place for place, one in enumerate(self.waiting) if one is done), None)
        if place is not None:
            del self.waiting[place]

    def ready(self, limit: int) -> list[Json]:
        self.drop_old()
        return [one.update for one, _ in zip(self.waiting, range(limit), strict=False)]

    def drop_old(self) -> None:
        now = self.clock()
        if self.waiting and self.waiting[0].since < now - TAP_LIVES:  # they stand in order of time
            self.waiting = deque(one for one in self.waiting if one.until >= now)

    async def poll(self, offset: int = 0, limit: int = MOST_AT_ONCE, wait: float = 0) -> list[Json]:
        limit = limit if 0 < limit <= MOST_AT_ONCE else MOST_AT_ONCE
        with self.polling() as me:
            self.confirm(offset)
            found = self.ready(limit)
            if not found and wait > 0:
                await self.pause(me, min(wait, LONGEST_POLL))
                found = self.ready(limit)
            return found

    async def pause(self, me: asyncio.Future[bool], wait: float) -> None:
        done, _ = await asyncio.wait([me], timeout=wait)
        if done and not me.result() and self.poller is not me:
            raise Refused(409, OTHER_POLLER)

    @contextmanager
    def polling(self) -> Iterator[asyncio.Future[bool]]:
        self.wake(more=False)  # a second poller ends the first
        me = self.poller = asyncio.get_running_loop().create_future()
        try:
            yield me
        finally:
            self.last_poll = time.monotonic()
            if self.poller is me:
                self.poller = None

    def quiet_for(self) -> float:
        """Seconds since the bot last asked for updates; 0 while it waits for some."""
        return 0.0 if self.poller else time.monotonic() - self.last_poll


def kind_of(update: Json) -> str:
    return next((name for name in update if name != "update_id"), "")
