"""setWebhook, deleteWebhook, getWebhookInfo: where updates go instead of waiting for getUpdates."""

import asyncio
import json
import re
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import count
from urllib.parse import SplitResult

from bot.emulator.arguments import Arguments
from bot.emulator.errors import Json, Refused, bad_request
from bot.emulator.groups import Groups
from bot.emulator.outgoing_http import Undelivered, is_here, open_session, post, split
from bot.emulator.updates import Updates, Waiting, kind_of

# @@DOC Delivery to a webhook: lanes side by side, one update after another in each, again and again until it is taken.
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


LONGEST_SECRET = 256
PORTS = (443, 80, 88, 8443)
USUAL_CONNECTIONS, MOST_CONNECTIONS = 40, 100


class Webhooks(Groups, Habits):
    """People whose updates may go to a webhook. Nothing is delivered to another machine, only to loopback."""

    def __init__(self, *, bot_name: str, username: str, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        Groups.__init__(self, bot_name=bot_name, username=username, bot_id=bot_id, clock=clock)
        Habits.__init__(self)
        self.delivery: Delivery | None = None
        self.changing = asyncio.Lock()
        self.next_setting = float("-inf")

    async def set_webhook(self, args: Arguments) -> bool:
        """As Telegram does it, a setting that is refused leaves no webhook at all."""
        if not args.text("url"):
            return await self.delete_webhook(args)
        self.check_pace()
        asked = webhook_asked(args)
        async with self.changing:
            if args.flag("drop_pending_updates") or any(self.webhook.get(name) != asked[name] for name in asked):
                await self.take_down(args)
                check_webhook(asked)
                self.webhook = asked
                self.updates.wake(more=False)
            self.updates.allow(args.structure("allowed_updates"))
            self.start_delivering()
        return True

    def check_pace(self) -> None:
        now = time.monotonic()
        if now < self.next_setting:
            raise Refused(429, "Too Many Requests: retry after 1", 1)
        self.next_setting = now + self.setting_pause

    async def delete_webhook(self, args: Arguments) -> bool:
        async with self.changing:
            await self.take_down(args)
        return True

    async def take_down(self, args: Arguments) -> None:
        await self.stop_delivering()
        self.webhook = {}
        if args.flag("drop_pending_updates"):
            self.updates.waiting.clear()

    def webhook_info(self) -> Json:
        self.updates.drop_old()
        return {
            "url": "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.waiting),
            **{name: value for name, value in self.webhook.items() if name != "secret_token"},
            **({"allowed_updates": list(self.updates.allowed)} if self.updates.allowed else {}),
        }

    def start_delivering(self) -> None:
        """In the running loop, if a webhook is set: now, or before the look-alike was served."""
        if self.webhook and not self.delivery:
            self.delivery = Delivery(self.webhook, self.updates, self)

    async def stop_delivering(self) -> None:
        """The webhook stays set: with the next `start_delivering`, what was not acknowledged goes there again."""
        delivery, self.delivery = self.delivery, None
        if delivery:
            await delivery.stop()

    async def delivered(self) -> None:
        """Waits until the bot has acknowledged at its webhook all that there is for it, or it is too old."""
        while self.delivery and self.delivery.tasks:
            await self.delivery.idle()

    def is_heard(self) -> bool:
        """Whether the bot takes what is delivered to its webhook."""
        return self.delivery is not None and not self.delivery.failing


def webhook_asked(args: Arguments) -> Json:
    return {
        "url": args.text("url"),
        "secret_token": args.text("secret_token"),
        "max_connections": min(max(args.number("max_connections", USUAL_CONNECTIONS), 1), MOST_CONNECTIONS),
    }


def check_webhook(asked: Json) -> None:
    try:
        parts, port = split(asked["url"]), split(asked["url"]).port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        bad_request("invalid webhook URL specified")
    if len(asked["secret_token"]) > LONGEST_SECRET:
        bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", asked["secret_token"]):
        bad_request("secret token contains unallowed characters")
    if is_here(parts):
        return
    if parts.scheme != "https":
        bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in PORTS:
        bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
