"""The look-alike itself: people on one side, a bot's calls on the other."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable

from bot.emulator.arguments import Arguments
from bot.emulator.errors import WEBHOOK_ACTIVE, WEBHOOK_SET_MEANWHILE, Json, Refused
from bot.emulator.methods import METHODS
from bot.emulator.webhooks import Webhooks

PREVIEW_TOKEN = "1000001:preview-only-this-opens-nothing-0000"  # noqa: S105 - opens nothing
LONGEST_TOKEN = 80
Fault = Refused | str | float | None


class Dropped(Exception):
    """The connection is to be cut instead of an answer."""


class Lookalike(Webhooks):
    """A Bot API on which nobody is.

    `fault(method, arguments)` may spoil a call: a `Refused` refuses it, "drop" cuts the connection before anything
    is done, "lose" does it and cuts the connection then, a number is a delay in seconds.

    For a bot with a webhook: `spread` lists the workers behind a load balancer, `deliver_twice(update)` delivers an
    update twice at once, `redelivery_pauses` and `answer_timeout` make Telegram less patient.
    """

    def __init__(
        self,
        token: str = PREVIEW_TOKEN,
        *,
        bot_name: str = "Connection Test",
        username: str = "connection_test_bot",
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(bot_name=bot_name, username=username, bot_id=int(token.partition(":")[0]), clock=clock)
        self.token = token
        self.fault: Callable[[str, Json], Fault] | None = None
        self.calls: Counter[str] = Counter()
        self.refusals: list[tuple[str, str]] = []

    def check_token(self, token: str) -> None:
        if token == self.token:
            return
        if not re.fullmatch(r"[1-9]\d*:[\w-]+", token) or len(token) > LONGEST_TOKEN:
            raise Refused(404, "Not Found")
        raise Refused(401, "Unauthorized")

    async def call(self, method: str, args: Arguments) -> object:
        """Carries out one call of the bot and gives its result."""
        self.calls[method] += 1
        try:
            fault = await self.spoil(method, args)
            result = await self.carry_out(method, args)
        except Refused as refused:
            self.refusals.append((method, refused.text))
            raise
        if fault == "lose":
            raise Dropped
        return result

    async def spoil(self, method: str, args: Arguments) -> Fault:
        fault = self.fault(method, args) if self.fault else None
        if isinstance(fault, Refused):
            raise fault
        if fault == "drop":
            raise Dropped
        if isinstance(fault, int | float):
            await asyncio.sleep(fault)
        return fault

    async def carry_out(self, method: str, args: Arguments) -> object:
        name = method.lower()
        match name:
            case "getupdates":
                return await self.get_updates(args)
            case "setwebhook":
                return await self.set_webhook(args)
            case "deletewebhook":
                return await self.delete_webhook(args)
            case "getwebhookinfo":
                return self.webhook_info()
        if name not in METHODS:
            raise Refused(404, "Not Found")
        return METHODS[name](self, args)

    async def get_updates(self, args: Arguments) -> list[Json]:
        if self.webhook:
            raise Refused(409, WEBHOOK_ACTIVE)
        self.updates.allow(args.structure("allowed_updates"))
        found = await self.updates.poll(args.number("offset"), args.number("limit", 100), args.number("timeout"))
        if self.webhook:
            raise Refused(409, WEBHOOK_SET_MEANWHILE)
        return found
