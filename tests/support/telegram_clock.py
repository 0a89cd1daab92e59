"""An emulator whose clock differs from ours."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.emulator import TelegramEmulator
from bot.emulator.server import create_app, serve_app


class DateHeaderMiddleware:
    """Puts a date on each answer, so many seconds off."""

    def __init__(self, app: ASGIApp, off: float) -> None:
        self.app = app
        self.off = off

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = formatdate(time.time() + self.off, usegmt=True)
            await send(message)

        await self.app(scope, receive, dated)


@asynccontextmanager
async def serve_with_clock_offset(emulator: TelegramEmulator, offset_seconds: float) -> AsyncIterator[str]:
    app = create_app(emulator)
    app.user_middleware.insert(0, Middleware(DateHeaderMiddleware, off=offset_seconds))
    async with serve_app(app) as address:
        yield address
