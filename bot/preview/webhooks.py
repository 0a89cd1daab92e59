"""setWebhook, deleteWebhook, getWebhookInfo: where updates go instead of waiting for getUpdates."""

import asyncio
import re
import time
from collections.abc import Callable
from urllib.parse import SplitResult

from bot.preview.arguments import Arguments
from bot.preview.delivering import Delivery, Habits
from bot.preview.groups import Groups
from bot.preview.posting import is_here, split
from bot.preview.refusing import Json, Refused, bad_request

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
