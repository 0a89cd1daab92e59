"""The look-alike itself: people on one side, a bot's calls on the other."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable

from bot.emulator.arguments import Arguments
from bot.emulator.errors import POLL_ENDED_BY_WEBHOOK, WEBHOOK_ACTIVE, BotApiError, Json
from bot.emulator.methods import METHODS
from bot.emulator.webhooks import EmulatedWebhooks

PREVIEW_TOKEN = "1000001:preview-only-this-opens-nothing-0000"  # noqa: S105 - opens nothing
MAX_TOKEN_LENGTH = 80
InjectedFault = BotApiError | str | float | None


class ConnectionDroppedError(Exception):
    """The connection is to be cut instead of an answer."""


class TelegramEmulator(EmulatedWebhooks):
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
        self.fault_injector: Callable[[str, Json], InjectedFault] | None = None
        self.calls: Counter[str] = Counter()
        self.refusals: list[tuple[str, str]] = []

    def check_token(self, token: str) -> None:
        if token == self.token:
            return
        if not re.fullmatch(r"[1-9]\d*:[\w-]+", token) or len(token) > MAX_TOKEN_LENGTH:
            raise BotApiError(404, "Not Found")
        raise BotApiError(401, "Unauthorized")

    async def call(self, method: str, args: Arguments) -> object:
        """Carries out one call of the bot and gives its result."""
        self.calls[method] += 1
        try:
            injected = await self.inject_fault(method, args)
            result = await self.dispatch(method, args)
        except BotApiError as refused:
            self.refusals.append((method, refused.text))
            raise
        if injected == "lose":
            raise ConnectionDroppedError
        return result

    async def inject_fault(self, method: str, args: Arguments) -> InjectedFault:
        injected = self.fault_injector(method, args) if self.fault_injector else None
        if isinstance(injected, BotApiError):
            raise injected
        if injected == "drop":
            raise ConnectionDroppedError
        if isinstance(injected, int | float):
            await asyncio.sleep(injected)
        return injected

    async def dispatch(self, method: str, args: Arguments) -> object:
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
            raise BotApiError(404, "Not Found")
        return METHODS[name](self, args)

    async def get_updates(self, args: Arguments) -> list[Json]:
        if self.webhook:
            raise BotApiError(409, WEBHOOK_ACTIVE)
        self.updates.set_allowed_kinds(args.get_json("allowed_updates"))
        updates = await self.updates.poll(args.get_int("offset"), args.get_int("limit", 100), args.get_int("timeout"))
        if self.webhook:
            raise BotApiError(409, POLL_ENDED_BY_WEBHOOK)
        return updates
