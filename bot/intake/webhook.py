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

from bot.handlers.errors import NewerRunError
from bot.health import Health
from bot.intake.dispatcher import Dispatcher
from bot.intake.polling import ALLOWED_UPDATES
from bot.logs import strip_quotes
from bot.telegram.api import CallRejectedError, call_with_retry

log = structlog.get_logger()
MAX_BODY_BYTES = 1024 * 1024  # bytes; Telegram's own updates stay far below
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a name
RETRY_HEADERS = {"Retry-After": "1"}
MAX_DEFERRALS = 5  # times that an update is left to a newer version of the bot, if there is one beside this
MAX_DEFERRED_UPDATES = 1_000


class BodyTooLargeError(Exception):
    """A body larger than any update."""


class Webhook:
    """Takes updates in over HTTP."""

    def __init__(self, dispatcher: Dispatcher, secret: str) -> None:
        self._dispatcher = dispatcher
        self._secret = secret.encode()
        self._deferrals: Counter[str] = Counter()
        self._is_open = False

    def start_accepting(self) -> None:
        """We are ready: updates are taken in from now on."""
        self._is_open = True

    def make_route(self, path: str) -> Route:
        """The route under which Telegram reaches us."""
        return Route(path, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """One update. Whoever does not know the secret is told nothing."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            return Response(status_code=403)
        if not self._is_open:
            return Response(status_code=503, headers=RETRY_HEADERS)
        try:
            raw = json.loads(await _read_body(request))
        except BodyTooLargeError:
            return Response(status_code=413)
        except (ClientDisconnect, ValueError, RecursionError):  # the last: brackets within brackets without end
            return Response(status_code=400)
        return await self._respond(raw)

    async def _respond(self, raw: Any) -> Response:
        # Shielded: a caller that hangs up doesn't stop a turn half-way: it may come again.
        is_committed = await asyncio.shield(asyncio.ensure_future(self._dispatch(raw)))
        return Response(status_code=200) if is_committed else Response(status_code=503, headers=RETRY_HEADERS)

    async def _dispatch(self, raw: Any) -> bool:
        update_id = str(raw.get("update_id")) if isinstance(raw, dict) else ""
        try:
            is_committed = await self._dispatcher.dispatch(
                raw, should_adapt_run=self._deferrals[update_id] >= MAX_DEFERRALS
            )
        except NewerRunError:
            log.info("an update is left to a newer version of the bot")
            self._count_deferral(update_id)
            return False
        self._deferrals.pop(update_id, None)
        return is_committed

    def _count_deferral(self, update_id: str) -> None:
        if len(self._deferrals) > MAX_DEFERRED_UPDATES:
            self._deferrals.clear()
        self._deferrals[update_id] += 1


async def _read_body(request: Request) -> bytes:
    """Raises `TooLarge` before it is read whole."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLargeError
    return bytes(body)


# @@DOC Tells Telegram where to send updates, and looks again and again whether it still knows.
CHECK_INTERVAL_SECONDS = 30.0  # seconds between two looks
MAX_WEBHOOK_CONNECTIONS = 100  # updates that Telegram may send at once, to all workers together: the most it allows
RECENT_ERROR_SECONDS = 2 * CHECK_INTERVAL_SECONDS  # seconds: Telegram tries again after a minute at the latest


async def keep_webhook_registered(bot: Bot, url: str, secret: str, health: Health) -> None:
    """Registers the webhook, and again whenever it is gone. Raises `InvalidToken`; ends only by being cancelled."""
    is_registered = await _register_webhook(bot, url, secret)
    while True:
        try:
            info = await bot.get_webhook_info()
        except InvalidToken:
            raise
        except TelegramError as error:
            log.warning("Telegram could not be asked about the webhook", error=type(error).__name__)
        else:
            if info.url == url:
                _update_health(info, health)
            else:
                if is_registered:
                    log.warning("somebody took the webhook away: it is registered again")
                is_registered = await _register_webhook(bot, url, secret)
        await asyncio.sleep(CHECK_INTERVAL_SECONDS)


async def _register_webhook(bot: Bot, url: str, secret: str) -> bool:
    """Whether Telegram took it."""
    try:
        await call_with_retry(
            lambda: bot.set_webhook(
                url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=MAX_WEBHOOK_CONNECTIONS
            )
        )
    except CallRejectedError as error:
        log.error("Telegram refused the webhook: see WEBHOOK_URL", reason=str(error))  # noqa: TRY400 - it says why
        return False
    return True


def _update_health(info: WebhookInfo, health: Health) -> None:
    """We are well unless updates wait, and Telegram could not bring one just now."""
    last_error_at = info.last_error_date
    is_recent = last_error_at is not None and (datetime.now(UTC) - last_error_at).total_seconds() < RECENT_ERROR_SECONDS
    if info.pending_update_count and is_recent:
        health.record_delivery_error(strip_quotes(info.last_error_message or ""))
    else:
        health.record_contact()
