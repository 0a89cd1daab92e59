"""Delivery to a webhook: lanes side by side, one update after another in each, again and again until it is taken."""

import asyncio
import json
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count

from bot.preview.posting import Undelivered, is_here, open_session, post, split
from bot.preview.refusing import Json
from bot.preview.updates import Updates, Waiting, kind_of

Lane = tuple[str, str]
LANES = {
    "message": ("messages", "chat"),
    "edited_message": ("messages", "chat"),
    "callback_query": ("taps", "from"),
    "my_chat_member": ("memberships", "chat"),
}


class Habits:
    """How updates are delivered. As Telegram does it, unless a test wants it quicker or worse."""

    def __init__(self) -> None:
        self.redelivery_pauses: Sequence[float] = (0, 2, 4, 8, 16, 32, 60)  # seconds; then always the last
        self.answer_timeout = 60.0
        self.setting_pause = 1.0  # seconds in which a second setWebhook is refused
        self.spread: list[str] = []  # "http://127.0.0.1:1": the workers behind a load balancer at the webhook's address
        self.deliver_twice: Callable[[Json], bool] | None = None


def lane_of(update: Json) -> Lane:
    """Telegram's own queues: typed words of a chat, taps of a person, blocks of a chat; what else there is, alone."""
    kind = kind_of(update)
    lane, owner = LANES.get(kind, ("", ""))
    try:
        return lane, str(update[kind][owner]["id"])
    except (KeyError, TypeError, IndexError):
        return "alone", str(update["update_id"])


class Delivery:
    """From the setting of a webhook to its end. A lane is a task while something waits in it: idle, there is none."""

    def __init__(self, webhook: Json, updates: Updates, habits: Habits) -> None:
        self.webhook = webhook
        self.updates = updates
        self.habits = habits
        self.failing = not (habits.spread or is_here(split(webhook["url"])))
        self.session = open_session(webhook)
        self.places = asyncio.Semaphore(webhook.get("max_connections", 40))
        self.lanes: dict[Lane, deque[Waiting]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.turns = count()
        for one in tuple(updates.waiting):
            self.take(one)
        updates.listener = self.take

    async def stop(self) -> None:
        """Cuts off what is under way: whatever was not acknowledged goes on waiting."""
        self.updates.listener = None
        tasks = tuple(self.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.session.close()

    async def idle(self) -> None:
        """Waits for the lanes that are busy now."""
        await asyncio.wait(tuple(self.tasks))

    def take(self, one: Waiting) -> None:
        lane = lane_of(one.update)
        if lane in self.lanes:
            self.lanes[lane].append(one)
            return
        self.lanes[lane] = deque([one])
        task = asyncio.create_task(self.empty(lane), name=f"webhook {lane}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def empty(self, lane: Lane) -> None:
        waiting = self.lanes[lane]
        while waiting:
            await self.hand_over(waiting[0])
            waiting.popleft()
        del self.lanes[lane]

    async def hand_over(self, one: Waiting) -> None:
        """Tries until the update is acknowledged, or too old for another try."""
        body, step, pause = json.dumps(one.update).encode(), 0, 0.0
        while self.updates.clock() + pause <= one.until:
            await asyncio.sleep(pause)
            fault = await self.attempt(one.update, body)
            if fault is None:
                break
            pause, step = self.pause_after(fault, step)
        self.updates.forget(one)

    def pause_after(self, fault: Undelivered, step: int) -> tuple[float, int]:
        """What the bot asked for goes first, and does not make the pauses after it longer."""
        if fault.retry_after:
            return fault.retry_after, max(step, 1)
        pauses = self.habits.redelivery_pauses
        return pauses[min(step, len(pauses) - 1)], step + 1

    async def attempt(self, update: Json, body: bytes) -> Undelivered | None:
        """One delivery; or two at once, as when Telegram has lost patience with the first."""
        twice = self.habits.deliver_twice
        times = 2 if twice and twice(update) else 1
        faults = await asyncio.gather(*(self.send(body) for _ in range(times)))
        return None if None in faults else faults[0]

    async def send(self, body: bytes) -> Undelivered | None:
        async with self.places:
            fault = await post(self.session, self.address(), body, self.habits.answer_timeout)
        self.failing = fault is not None
        if fault:
            self.webhook["last_error_date"] = int(self.updates.clock())
            self.webhook["last_error_message"] = fault.text
        return fault

    def address(self) -> str:
        """Where the next one goes: the webhook's address, or the next worker behind it in turn."""
        parts, workers = split(self.webhook["url"]), self.habits.spread
        if not workers:
            return parts.geturl()
        worker = split(workers[next(self.turns) % len(workers)])
        return parts._replace(scheme=worker.scheme, netloc=worker.netloc, fragment="").geturl()
