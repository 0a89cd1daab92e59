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
from bot.emulator.errors import BotApiError, Json, raise_bad_request
from bot.emulator.groups import EmulatedGroups
from bot.emulator.outgoing_http import DeliveryFailure, is_loopback, open_session, post_update, split_address
from bot.emulator.updates import PendingUpdate, UpdateQueue, find_update_kind

# @@DOC Delivery to a webhook: lanes side by side, one update after another in each, again and again until it is taken.
Lane = tuple[str, str]
LANE_FIELDS = {
    "message": ("messages", "chat"),
    "edited_message": ("messages", "chat"),
    "callback_query": ("taps", "from"),
    "my_chat_member": ("memberships", "chat"),
}


class DeliverySettings:
    """How updates are delivered. As Telegram does it, unless a test wants it quicker or worse."""

    def __init__(self) -> None:
        self.retry_pauses_seconds: Sequence[float] = (0, 2, 4, 8, 16, 32, 60)  # seconds; then always the last
        self.response_timeout_seconds = 60.0
        self.set_webhook_interval_seconds = 1.0  # seconds in which a second setWebhook is refused
        self.worker_urls: list[
            str
        ] = []  # "http://127.0.0.1:1": the workers behind a load balancer at the webhook's address
        self.should_deliver_twice: Callable[[Json], bool] | None = None


def find_lane(update: Json) -> Lane:
    """Telegram's own queues: typed words of a chat, taps of a person, blocks of a chat; what else there is, alone."""
    kind = find_update_kind(update)
    lane, owner = LANE_FIELDS.get(kind, ("", ""))
    try:
        return lane, str(update[kind][owner]["id"])
    except (KeyError, TypeError, IndexError):
        return "alone", str(update["update_id"])


class WebhookDelivery:
    """From the setting of a webhook to its end. A lane is a task while something waits in it: idle, there is none."""

    def __init__(self, webhook: Json, updates: UpdateQueue, delivery_settings: DeliverySettings) -> None:
        self.webhook = webhook
        self.updates = updates
        self.delivery_settings = delivery_settings
        self.is_failing = not (delivery_settings.worker_urls or is_loopback(split_address(webhook["url"])))
        self.session = open_session(webhook)
        self.connection_slots = asyncio.Semaphore(webhook.get("max_connections", 40))
        self.lanes: dict[Lane, deque[PendingUpdate]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.worker_turns = count()
        for pending_update in tuple(updates.pending):
            self.enqueue(pending_update)
        updates.listener = self.enqueue

    async def stop(self) -> None:
        """Cuts off what is under way: whatever was not acknowledged goes on waiting."""
        self.updates.listener = None
        tasks = tuple(self.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.session.close()

    async def wait_until_idle(self) -> None:
        """Waits for the lanes that are busy now."""
        await asyncio.wait(tuple(self.tasks))

    def enqueue(self, pending_update: PendingUpdate) -> None:
        lane = find_lane(pending_update.update)
        if lane in self.lanes:
            self.lanes[lane].append(pending_update)
            return
        self.lanes[lane] = deque([pending_update])
        task = asyncio.create_task(self.deliver_lane(lane), name=f"webhook {lane}")
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def deliver_lane(self, lane: Lane) -> None:
        pending = self.lanes[lane]
        while pending:
            await self.deliver(pending[0])
            pending.popleft()
        del self.lanes[lane]

    async def deliver(self, pending_update: PendingUpdate) -> None:
        """Tries until the update is acknowledged, or too old for another try."""
        body, attempt_number, pause = json.dumps(pending_update.update).encode(), 0, 0.0
        while self.updates.clock() + pause <= pending_update.expires_at:
            await asyncio.sleep(pause)
            failure = await self.attempt_delivery(pending_update.update, body)
            if failure is None:
                break
            pause, attempt_number = self.next_pause(failure, attempt_number)
        self.updates.remove(pending_update)

    def next_pause(self, failure: DeliveryFailure, attempt_number: int) -> tuple[float, int]:
        """What the bot asked for goes first, and does not make the pauses after it longer."""
        if failure.retry_after_seconds:
            return failure.retry_after_seconds, max(attempt_number, 1)
        pauses = self.delivery_settings.retry_pauses_seconds
        return pauses[min(attempt_number, len(pauses) - 1)], attempt_number + 1

    async def attempt_delivery(self, update: Json, body: bytes) -> DeliveryFailure | None:
        """One delivery; or two at once, as when Telegram has lost patience with the first."""
        should_deliver_twice = self.delivery_settings.should_deliver_twice
        copies = 2 if should_deliver_twice and should_deliver_twice(update) else 1
        failures = await asyncio.gather(*(self.send_once(body) for _ in range(copies)))
        return None if None in failures else failures[0]

    async def send_once(self, body: bytes) -> DeliveryFailure | None:
        async with self.connection_slots:
            failure = await post_update(
                self.session, self.next_address(), body, self.delivery_settings.response_timeout_seconds
            )
        self.is_failing = failure is not None
        if failure:
            self.webhook["last_error_date"] = int(self.updates.clock())
            self.webhook["last_error_message"] = failure.text
        return failure

    def next_address(self) -> str:
        """Where the next one goes: the webhook's address, or the next worker behind it in turn."""
        parts, worker_urls = split_address(self.webhook["url"]), self.delivery_settings.worker_urls
        if not worker_urls:
            return parts.geturl()
        worker = split_address(worker_urls[next(self.worker_turns) % len(worker_urls)])
        return parts._replace(scheme=worker.scheme, netloc=worker.netloc, fragment="").geturl()


MAX_SECRET_LENGTH = 256
WEBHOOK_PORTS = (443, 80, 88, 8443)
DEFAULT_CONNECTIONS, MAX_CONNECTIONS = 40, 100


class EmulatedWebhooks(EmulatedGroups, DeliverySettings):
    """People whose updates may go to a webhook. Nothing is delivered to another machine, only to loopback."""

    def __init__(self, *, bot_name: str, username: str, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        EmulatedGroups.__init__(self, bot_name=bot_name, username=username, bot_id=bot_id, clock=clock)
        DeliverySettings.__init__(self)
        self.delivery: WebhookDelivery | None = None
        self.webhook_lock = asyncio.Lock()
        self.next_set_allowed_at = float("-inf")

    async def set_webhook(self, args: Arguments) -> bool:
        """As Telegram does it, a setting that is refused leaves no webhook at all."""
        if not args.get_text("url"):
            return await self.delete_webhook(args)
        self.check_set_webhook_rate()
        requested = read_requested_webhook(args)
        async with self.webhook_lock:
            if args.get_bool("drop_pending_updates") or any(
                self.webhook.get(name) != requested[name] for name in requested
            ):
                await self.remove_webhook(args)
                check_webhook(requested)
                self.webhook = requested
                self.updates.wake_poller(has_updates=False)
            self.updates.set_allowed_kinds(args.get_json("allowed_updates"))
            self.start_delivery()
        return True

    def check_set_webhook_rate(self) -> None:
        now = time.monotonic()
        if now < self.next_set_allowed_at:
            raise BotApiError(429, "Too Many Requests: retry after 1", 1)
        self.next_set_allowed_at = now + self.set_webhook_interval_seconds

    async def delete_webhook(self, args: Arguments) -> bool:
        async with self.webhook_lock:
            await self.remove_webhook(args)
        return True

    async def remove_webhook(self, args: Arguments) -> None:
        await self.stop_delivery()
        self.webhook = {}
        if args.get_bool("drop_pending_updates"):
            self.updates.pending.clear()

    def webhook_info(self) -> Json:
        self.updates.drop_expired()
        return {
            "url": "",
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.pending),
            **{name: value for name, value in self.webhook.items() if name != "secret_token"},
            **({"allowed_updates": list(self.updates.allowed_kinds)} if self.updates.allowed_kinds else {}),
        }

    def start_delivery(self) -> None:
        """In the running loop, if a webhook is set: now, or before the look-alike was served."""
        if self.webhook and not self.delivery:
            self.delivery = WebhookDelivery(self.webhook, self.updates, self)

    async def stop_delivery(self) -> None:
        """The webhook stays set: with the next `start_delivering`, what was not acknowledged goes there again."""
        delivery, self.delivery = self.delivery, None
        if delivery:
            await delivery.stop()

    async def wait_until_delivered(self) -> None:
        """Waits until the bot has acknowledged at its webhook all that there is for it, or it is too old."""
        while self.delivery and self.delivery.tasks:
            await self.delivery.wait_until_idle()

    def is_webhook_working(self) -> bool:
        """Whether the bot takes what is delivered to its webhook."""
        return self.delivery is not None and not self.delivery.is_failing


def read_requested_webhook(args: Arguments) -> Json:
    return {
        "url": args.get_text("url"),
        "secret_token": args.get_text("secret_token"),
        "max_connections": min(max(args.get_int("max_connections", DEFAULT_CONNECTIONS), 1), MAX_CONNECTIONS),
    }


def check_webhook(requested: Json) -> None:
    try:
        parts, port = split_address(requested["url"]), split_address(requested["url"]).port
    except ValueError:
        parts, port = SplitResult("", "", "", "", ""), None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise_bad_request("invalid webhook URL specified")
    if len(requested["secret_token"]) > MAX_SECRET_LENGTH:
        raise_bad_request("secret token is too long")
    if not re.fullmatch(r"[A-Za-z0-9_-]*", requested["secret_token"]):
        raise_bad_request("secret token contains unallowed characters")
    if is_loopback(parts):
        return
    if parts.scheme != "https":
        raise_bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    if (port or 443) not in WEBHOOK_PORTS:
        raise_bad_request("bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443")
