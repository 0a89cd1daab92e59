"""Telegram sends updates here: 200 only after the commit, 503 otherwise, and Telegram sends them again."""

import asyncio
import hmac
import json
from collections import Counter
from typing import Any

import structlog
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from bot.intake.taking import Taking
from bot.turns import RunNewer

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
