"""Telegram sends updates here: 200 only after the commit, 503 otherwise, and Telegram sends them again."""

import asyncio
import hmac
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from telegram import Bot, WebhookInfo
from telegram.error import InvalidToken, TelegramError

from bot.handlers.turn import RunNewer
from bot.health import Health
from bot.intake.dispatcher import Taking
from bot.intake.polling import WANTED
from bot.logs import unquoted
from bot.telegram.api import Refused, call

log = structlog.get_logger()
LARGEST = 1024 * 1024  # bytes; Telegram's own updates stay far below
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name
TRY_AGAIN = {"Retry-After": "1"}
REFUSALS = 5  # times that an update is left to a newer version of the bot, if there is one beside this
REMEMBERED = 1_000


class TooLarge(Exception):
    """A body larger than any update."""


class Webhook:
    """Takes updates in over HTTP."""

    def __init__(self, taking: Taking, secret: str) -> None:
        self._taking = taking
        self._secret = secret.encode()
        self._left: Counter[str] = Counter()
        self._open = False

    def open(self) -> None:
        """We are ready: updates are taken in from now on."""
        self._open = True

    def route(self, path: str) -> Route:
        """The route under which Telegram reaches us."""
        return Route(path, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """One update. Whoever does not know the secret is told nothing."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            return Response(status_code=403)
        if not self._open:
            return Response(status_code=503, headers=TRY_AGAIN)
        try:
            raw = json.loads(await _body(request))
        except TooLarge:
            return Response(status_code=413)
        except (ClientDisconnect, ValueError, RecursionError):  # the last: brackets within brackets without end
            return Response(status_code=400)
        return await self._answer(raw)

    async def _answer(self, raw: Any) -> Response:
        # Shielded: a caller that hangs up doesn't stop a turn half-way: it may come again.
        kept = await asyncio.shield(asyncio.ensure_future(self._kept(raw)))
        return Response(status_code=200) if kept else Response(status_code=503, headers=TRY_AGAIN)

    async def _kept(self, raw: Any) -> bool:
        number = str(raw.get("update_id")) if isinstance(raw, dict) else ""
        try:
            kept = await self._taking.take_in(raw, fit=self._left[number] >= REFUSALS)
        except RunNewer:
            log.info("an update is left to a newer version of the bot")
            self._leave(number)
            return False
        self._left.pop(number, None)
        return kept

    def _leave(self, number: str) -> None:
        if len(self._left) > REMEMBERED:
            self._left.clear()
        self._left[number] += 1


async def _body(request: Request) -> bytes:
    """Raises `TooLarge` before it is read whole."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST:
            raise TooLarge
    return bytes(body)


# @@DOC Tells Telegram where to send updates, and looks again and again whether it still knows.
LOOKING = 30.0  # seconds between two looks
AT_ONCE = 100  # updates that Telegram may send at once, to all workers together: the most it allows
LATELY = 2 * LOOKING  # seconds: Telegram tries again after a minute at the latest


async def keep_registered(bot: Bot, url: str, secret: str, health: Health) -> None:
    """Registers the webhook, and again whenever it is gone. Raises `InvalidToken`; ends only by being cancelled."""
    registered = await _register(bot, url, secret)
    while True:
        try:
            info = await bot.get_webhook_info()
        except InvalidToken:
            raise
        except TelegramError as fault:
            log.warning("Telegram could not be asked about the webhook", error=type(fault).__name__)
        else:
            if info.url == url:
                _judge(info, health)
            else:
                if registered:
                    log.warning("somebody took the webhook away: it is registered again")
                registered = await _register(bot, url, secret)
        await asyncio.sleep(LOOKING)


async def _register(bot: Bot, url: str, secret: str) -> bool:
    """Whether Telegram took it."""
    try:
        await call(lambda: bot.set_webhook(url, secret_token=secret, allowed_updates=WANTED, max_connections=AT_ONCE))
    except Refused as fault:
        log.error("Telegram refused the webhook: see WEBHOOK_URL", reason=str(fault))  # noqa: TRY400 - it says why
        return False
    return True


def _judge(info: WebhookInfo, health: Health) -> None:
    """We are well unless updates wait, and Telegram could not bring one just now."""
    failed = info.last_error_date
    lately = failed is not None and (datetime.now(UTC) - failed).total_seconds() < LATELY
    if info.pending_update_count and lately:
        health.undelivered(unquoted(info.last_error_message or ""))
    else:
        health.heard()
