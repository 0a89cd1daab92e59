"""setWebhook, deleteWebhook and getWebhookInfo: updates go to a webhook instead of waiting for getUpdates."""

import asyncio
import re
import time
from collections.abc import Callable
from urllib.parse import SplitResult

from bot.emulator.arguments import Arguments
from bot.emulator.errors import BotApiError, Json, raise_bad_request
from bot.emulator.people import EmulatedPeople
from bot.emulator.webhook_delivery import (
    DEFAULT_MAX_CONNECTIONS,
    DeliverySettings,
    WebhookDelivery,
    is_loopback,
    split_url,
)

MAX_SECRET_LENGTH = 256
WEBHOOK_PORTS = (443, 80, 88, 8443)
MAX_CONNECTIONS = 100


class EmulatedWebhooks(EmulatedPeople, DeliverySettings):
    """People whose updates may go to a webhook. `webhook` holds its settings as JSON; it is empty without one."""

    def __init__(self, *, bot_name: str, username: str, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        EmulatedPeople.__init__(self, bot_name=bot_name, username=username, bot_id=bot_id, clock=clock)
        DeliverySettings.__init__(self)
        self.delivery: WebhookDelivery | None = None
        self.webhook_lock = asyncio.Lock()
        self.next_set_allowed_at = float("-inf")

    async def set_webhook(self, args: Arguments) -> bool:
        """Sets the webhook. As with Telegram, a refused setting removes the webhook that was set before."""
        if not args.get_text("url"):
            return await self.delete_webhook(args)
        self.check_set_webhook_rate()
        requested = _read_requested_webhook(args)
        async with self.webhook_lock:
            is_changed = any(self.webhook.get(name) != requested[name] for name in requested)
            if is_changed or args.get_bool("drop_pending_updates"):
                await self.remove_webhook(args)
                _check_webhook(requested)
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
        """Starts delivery in the running event loop if a webhook is set and none is under way."""
        if self.webhook and not self.delivery:
            self.delivery = WebhookDelivery(self.webhook, self.updates, self)

    async def stop_delivery(self) -> None:
        """Stops delivery; the webhook stays set. `start_delivery` delivers the updates that were not acknowledged."""
        delivery, self.delivery = self.delivery, None
        if delivery:
            await delivery.stop()

    async def wait_until_delivered(self) -> None:
        """Waits until the webhook has acknowledged all updates, or they are too old."""
        while self.delivery and self.delivery.tasks:
            await self.delivery.wait_until_idle()

    def is_webhook_working(self) -> bool:
        """Whether the bot acknowledges the updates that are delivered to its webhook."""
        return self.delivery is not None and not self.delivery.is_failing


def _read_requested_webhook(args: Arguments) -> Json:
    return {
        "url": args.get_text("url"),
        "secret_token": args.get_text("secret_token"),
        "max_connections": min(max(args.get_int("max_connections", DEFAULT_MAX_CONNECTIONS), 1), MAX_CONNECTIONS),
    }


def _check_webhook(requested: Json) -> None:
    try:
        parts = split_url(requested["url"])
        port = parts.port
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
