"""The webhook: its HTTP route, and its registration with Telegram, which is checked regularly.

A request is answered by 200 after the commit and by 503 otherwise: then Telegram sends the update again.
"""

import asyncio
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import structlog
from cachetools import LRUCache
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
from bot.telegram.api import ApiClient, CallRejectedError

MAX_BODY_BYTES = 1024 * 1024  # Telegram's updates are far smaller
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - a header's name, not a secret
RETRY_HEADERS = {"Retry-After": "1"}
MAX_DEFERRALS = 5  # of one update, to a newer version of the bot that may run at the same time
MAX_DEFERRED_UPDATES = 1_000
WEBHOOK_CHECK_INTERVAL_SECONDS = 30.0
MAX_WEBHOOK_CONNECTIONS = 100  # concurrent requests to all workers together: the most that Telegram allows
RECENT_ERROR_SECONDS = 2 * WEBHOOK_CHECK_INTERVAL_SECONDS  # Telegram retries after a minute at the latest

log = structlog.get_logger()


class BodyTooLargeError(Exception):
    """The body is larger than any update."""


class Webhook:
    """Receives updates over HTTP."""

    def __init__(self, dispatcher: Dispatcher, secret: str) -> None:
        self._dispatcher = dispatcher
        self._secret = secret.encode()
        self._deferrals: LRUCache[str, int] = LRUCache(MAX_DEFERRED_UPDATES)
        self._is_open = False

    def start_accepting(self) -> None:
        """From now on updates are processed; before, the answer is 503."""
        self._is_open = True

    def make_route(self, path: str) -> Route:
        return Route(path, self.receive, methods=["POST"])

    async def receive(self, request: Request) -> Response:
        """Processes one update. A request without the secret gets 403."""
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret):
            return Response(status_code=403)
        if not self._is_open:
            return Response(status_code=503, headers=RETRY_HEADERS)
        try:
            raw = json.loads(await _read_body(request))
        except BodyTooLargeError:
            return Response(status_code=413)
        except (ClientDisconnect, ValueError, RecursionError):  # the last: endlessly nested brackets
            return Response(status_code=400)
        return await self._respond(raw)

    async def _respond(self, raw: Any) -> Response:
        # Shielded, so that a client that disconnects does not interrupt the turn.
        is_committed = await asyncio.shield(asyncio.ensure_future(self._dispatch(raw)))
        return Response(status_code=200) if is_committed else Response(status_code=503, headers=RETRY_HEADERS)

    async def _dispatch(self, raw: Any) -> bool:
        update_id = str(raw.get("update_id")) if isinstance(raw, dict) else ""
        try:
            can_defer = self._deferrals.get(update_id, 0) < MAX_DEFERRALS
            is_committed = await self._dispatcher.dispatch(raw, can_defer=can_defer)
        except NewerRunError:
            log.info("update deferred to a newer version of the bot")
            self._deferrals[update_id] = self._deferrals.get(update_id, 0) + 1
            return False
        self._deferrals.pop(update_id, None)
        return is_committed


async def keep_webhook_registered(bot: Bot, url: str, secret: str, health: Health) -> None:
    """Registers the webhook, and again whenever it was removed. Runs until cancelled. Raises `InvalidToken`."""
    is_registered = await _register_webhook(bot, url, secret)
    while True:
        try:
            info = await bot.get_webhook_info()
        except InvalidToken:
            raise
        except TelegramError as error:
            log.warning("checking the webhook failed", error=type(error).__name__)
        else:
            if info.url == url:
                _update_health(info, health)
            else:
                if is_registered:
                    log.warning("the webhook was removed: registering it again")
                is_registered = await _register_webhook(bot, url, secret)
        await asyncio.sleep(WEBHOOK_CHECK_INTERVAL_SECONDS)


async def _read_body(request: Request) -> bytes:
    """Raises `BodyTooLargeError` as soon as the limit is passed."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise BodyTooLargeError
    return bytes(body)


async def _register_webhook(bot: Bot, url: str, secret: str) -> bool:
    """Whether Telegram accepted it."""
    try:
        await ApiClient.retry(
            lambda: bot.set_webhook(
                url, secret_token=secret, allowed_updates=ALLOWED_UPDATES, max_connections=MAX_WEBHOOK_CONNECTIONS
            )
        )
    except CallRejectedError as error:
        log.error("Telegram rejected the webhook: see WEBHOOK_URL", reason=str(error))  # noqa: TRY400 - the reason says it all
        return False
    return True


def _update_health(info: WebhookInfo, health: Health) -> None:
    """Reports an error if updates wait and Telegram recently failed to deliver one."""
    last_error_at = info.last_error_date
    is_recent = last_error_at is not None and (datetime.now(UTC) - last_error_at).total_seconds() < RECENT_ERROR_SECONDS
    if info.pending_update_count and is_recent:
        health.record_delivery_error(strip_quotes(info.last_error_message or ""))
    else:
        health.record_contact()
