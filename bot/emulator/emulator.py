"""The emulator itself: people act in its chats, and the bot calls its methods."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable

from bot.emulator.arguments import Arguments
from bot.emulator.errors import POLL_ENDED_BY_WEBHOOK, WEBHOOK_ACTIVE, BotApiError, Json
from bot.emulator.methods import METHODS
from bot.emulator.webhooks import EmulatedWebhooks

PREVIEW_TOKEN = "1000001:preview-only-this-opens-nothing-0000"  # noqa: S105 - only this emulator accepts it
MAX_TOKEN_LENGTH = 80

InjectedFault = BotApiError | str | float | None


class ConnectionDroppedError(Exception):
    """The server is to cut the connection instead of answering."""


class TelegramEmulator(EmulatedWebhooks):
    """A Bot API for one bot, and the people who use the bot.

    Tests can set `fault_injector(method, arguments)`, which may return a fault for a call: a `BotApiError` refuses it,
    "drop" cuts the connection before the call is carried out, "lose" cuts it afterwards, and a number delays the call
    by as many seconds. The attributes of `DeliverySettings` change how a webhook gets its updates.

    `calls` counts the calls by method; `refusals` lists the refused ones as pairs of method and error text.
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
        """Raises `BotApiError` unless the token is the bot's."""
        if token == self.token:
            return
        if not re.fullmatch(r"[1-9]\d*:[\w-]+", token) or len(token) > MAX_TOKEN_LENGTH:
            raise BotApiError(404, "Not Found")
        raise BotApiError(401, "Unauthorized")

    async def call(self, method: str, args: Arguments) -> object:
        """Carries out one call of the bot. Raises `BotApiError` or `ConnectionDroppedError`."""
        self.calls[method] += 1
        try:
            injected = await self.inject_fault(method, args)
            result = await self.dispatch(method, args)
        except BotApiError as error:
            self.refusals.append((method, error.text))
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
