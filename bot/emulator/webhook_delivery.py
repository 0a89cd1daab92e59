"""Delivers updates to the bot's webhook: concurrent lanes, in each one update after the other until it is acknowledged.

Nothing is delivered to another machine: any address but a loopback one fails as if its name could not be resolved.
"""

import asyncio
import json
import os
import re
import socket
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from urllib.parse import SplitResult, urlsplit

import aiohttp

from bot.emulator.errors import Json
from bot.emulator.updates import PendingUpdate, UpdateQueue, find_update_kind

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
SUCCESS_STATUSES = range(200, 300)
MAX_RETRY_AFTER_SECONDS = 3600
# Shorter than servers keep an idle connection, so that none is closed just when it is used again.
KEEPALIVE_SECONDS = 2.0
DEFAULT_MAX_CONNECTIONS = 40
# The kinds of updates that Telegram delivers in order, each with the name of its lanes and the field with their owner.
LANE_FIELDS = {
    "message": ("messages", "chat"),
    "edited_message": ("messages", "chat"),
    "callback_query": ("taps", "from"),
    "my_chat_member": ("memberships", "chat"),
}

Lane = tuple[str, str]


@dataclass(slots=True, frozen=True)
class DeliveryFailure:
    """Why a delivery failed, in Telegram's words, and how long the bot asked to wait (0: not at all)."""

    text: str
    retry_after_seconds: int = 0


class DeliverySettings:
    """How updates are delivered. The defaults are Telegram's; tests change them.

    `retry_pauses_seconds`: the pauses before each new attempt; the last one is repeated.
    `response_timeout_seconds`: how long the bot may take to answer.
    `set_webhook_interval_seconds`: how soon a second setWebhook is accepted.
    `worker_urls`: workers behind a load balancer at the webhook's URL, for example "http://127.0.0.1:8001".
    `should_deliver_twice(update)`: whether to deliver an update twice at once.
    """

    def __init__(self) -> None:
        self.retry_pauses_seconds: Sequence[float] = (0, 2, 4, 8, 16, 32, 60)
        self.response_timeout_seconds = 60.0
        self.set_webhook_interval_seconds = 1.0
        self.worker_urls: list[str] = []
        self.should_deliver_twice: Callable[[Json], bool] | None = None


class WebhookDelivery:
    """Delivers the queue's updates to one webhook until it is stopped.

    Each lane is a task that ends when its updates are delivered. `is_failing` is whether the latest delivery failed.
    """

    def __init__(self, webhook: Json, updates: UpdateQueue, delivery_settings: DeliverySettings) -> None:
        self.webhook = webhook
        self.updates = updates
        self.delivery_settings = delivery_settings
        self.is_failing = not (delivery_settings.worker_urls or is_loopback(split_url(webhook["url"])))
        self.session = _open_session(webhook)
        self.connection_slots = asyncio.Semaphore(webhook.get("max_connections", DEFAULT_MAX_CONNECTIONS))
        self.lanes: dict[Lane, deque[PendingUpdate]] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.worker_turns = count()
        for pending_update in tuple(updates.pending):
            self.enqueue(pending_update)
        updates.listener = self.enqueue

    async def stop(self) -> None:
        """Cancels the deliveries under way. Updates that were not acknowledged stay in the queue."""
        self.updates.listener = None
        tasks = tuple(self.tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
        await self.session.close()

    async def wait_until_idle(self) -> None:
        """Waits until the lanes that have updates now are empty."""
        await asyncio.wait(tuple(self.tasks))

    def enqueue(self, pending_update: PendingUpdate) -> None:
        lane = _find_lane(pending_update.update)
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
        """Tries until the update is acknowledged or would be too old at the next attempt."""
        body, attempt_number, pause = json.dumps(pending_update.update).encode(), 0, 0.0
        while self.updates.clock() + pause <= pending_update.expires_at:
            await asyncio.sleep(pause)
            failure = await self.attempt_delivery(pending_update.update, body)
            if failure is None:
                break
            pause, attempt_number = self.next_pause(failure, attempt_number)
        self.updates.remove(pending_update)

    def next_pause(self, failure: DeliveryFailure, attempt_number: int) -> tuple[float, int]:
        """The seconds to wait before the next attempt, and its number.

        The pause that the bot asked for takes precedence, and does not make the pauses after it longer.
        """
        if failure.retry_after_seconds:
            return failure.retry_after_seconds, max(attempt_number, 1)
        pauses = self.delivery_settings.retry_pauses_seconds
        return pauses[min(attempt_number, len(pauses) - 1)], attempt_number + 1

    async def attempt_delivery(self, update: Json, body: bytes) -> DeliveryFailure | None:
        """Delivers once, or twice at once, as Telegram does when the first delivery takes too long."""
        should_deliver_twice = self.delivery_settings.should_deliver_twice
        copies = 2 if should_deliver_twice and should_deliver_twice(update) else 1
        failures = await asyncio.gather(*(self.send_once(body) for _ in range(copies)))
        return None if None in failures else failures[0]

    async def send_once(self, body: bytes) -> DeliveryFailure | None:
        async with self.connection_slots:
            failure = await _post_update(
                self.session, self.next_url(), body, self.delivery_settings.response_timeout_seconds
            )
        self.is_failing = failure is not None
        if failure:
            self.webhook["last_error_date"] = int(self.updates.clock())
            self.webhook["last_error_message"] = failure.text
        return failure

    def next_url(self) -> str:
        """The webhook's URL, or that of the next worker behind it; the workers take turns."""
        parts, worker_urls = split_url(self.webhook["url"]), self.delivery_settings.worker_urls
        if not worker_urls:
            return parts.geturl()
        worker = split_url(worker_urls[next(self.worker_turns) % len(worker_urls)])
        return parts._replace(scheme=worker.scheme, netloc=worker.netloc, fragment="").geturl()


def split_url(url: str) -> SplitResult:
    """The parts of a URL; without a scheme it means https, as with Telegram. Raises `ValueError`."""
    return urlsplit(url if "://" in url else f"https://{url}")


def is_loopback(parts: SplitResult) -> bool:
    return bool(re.fullmatch(r"localhost|127(\.\d{1,3}){3}", parts.hostname or ""))


def _find_lane(update: Json) -> Lane:
    """The lane of an update, as with Telegram: messages of a chat, taps of a person, memberships of a chat.

    Any other update has a lane of its own.
    """
    kind = find_update_kind(update)
    lane, owner = LANE_FIELDS.get(kind, ("", ""))
    try:
        return lane, str(update[kind][owner]["id"])
    except (KeyError, TypeError, IndexError):
        return "alone", str(update["update_id"])


def _open_session(webhook: Json) -> aiohttp.ClientSession:
    """An HTTP session for one webhook, with any number of connections."""
    secret = webhook.get("secret_token")
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, family=socket.AF_INET, keepalive_timeout=KEEPALIVE_SECONDS, ssl=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Content-Type": "application/json", **({SECRET_HEADER: secret} if secret else {})},
        skip_auto_headers=("User-Agent",),
    )


async def _post_update(
    session: aiohttp.ClientSession, url: str, body: bytes, timeout_seconds: float
) -> DeliveryFailure | None:
    """Posts one update; `None` means that the webhook acknowledged it.

    Telegram would carry out a method call in the body of the answer; the emulator ignores the body.
    """
    # Nothing from the preview may leave this machine.
    if not is_loopback(split_url(url)):
        return DeliveryFailure("Failed to resolve host: Name or service not known")
    try:
        async with (
            asyncio.timeout(timeout_seconds),
            session.post(url, data=body, allow_redirects=False, timeout=aiohttp.ClientTimeout(None)) as response,
        ):
            await response.read()
            return _find_failure(response)
    except TimeoutError:
        return DeliveryFailure("Read timeout expired")
    except aiohttp.ClientError as error:
        error_number = error.errno if isinstance(error, OSError) else None
        return DeliveryFailure(os.strerror(error_number) if error_number else "Webhook connection closed")


def _find_failure(response: aiohttp.ClientResponse) -> DeliveryFailure | None:
    if response.status in SUCCESS_STATUSES:
        return None
    text = f"Wrong response from the webhook: {response.status} {response.reason}"
    retry_after = response.headers.get("Retry-After", "")
    return DeliveryFailure(text, min(int(retry_after), MAX_RETRY_AFTER_SECONDS) if retry_after.isdecimal() else 0)
