"""Serves the emulator over HTTP on loopback: Telegram's routes for the bot, and the page with its routes for people.

It runs on the web server of `bot/web`, the only module of the bot that the emulator imports.
"""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Coroutine

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.emulator.arguments import read_arguments
from bot.emulator.emulator import ConnectionDroppedError, TelegramEmulator
from bot.emulator.errors import BotApiError
from bot.emulator.page import page_routes
from bot.web.server import HttpServer, open_socket, run_server

LOOPBACK = "127.0.0.1"
LOCAL_HOSTS = {LOOPBACK.encode(), b"localhost"}


class PortUnavailableError(OSError):
    """The emulator cannot listen on the port, for example because another program does."""

    def __init__(self, port: int, error_number: int) -> None:
        super().__init__(error_number, f"port {port} on {LOOPBACK} can't be used: {os.strerror(error_number)}")
        self.port = port


@contextlib.asynccontextmanager
async def serve_emulator(emulator: TelegramEmulator, port: int = 0) -> AsyncIterator[str]:
    """Serves the emulator and its page until the block ends; yields the URL. Raises `PortUnavailableError`.

    Meanwhile the bot's webhook, if it has one, gets the updates.
    """
    try:
        async with serve_app(create_app(emulator), port) as url:
            emulator.start_delivery()
            try:
                yield url
            finally:
                emulator.updates.wake_poller(has_updates=False)
    finally:
        await emulator.stop_delivery()


@contextlib.asynccontextmanager
async def serve_app(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """Serves any app on loopback until the block ends; yields its URL. Raises `PortUnavailableError`."""
    listener = open_loopback_socket(port)
    async with run_server(ConnectionCuttingServer(app), listener):
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"


def create_app(emulator: TelegramEmulator) -> Starlette:
    """The emulator's routes: API calls and file downloads for the bot, and those of the page."""
    routes = [
        Route("/bot{token}/{method}", _handle_api_call, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", _serve_file),
        *page_routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(LoopbackOnly)])
    app.state.emulator = emulator
    return app


def open_loopback_socket(port: int) -> socket.socket:
    """A listening socket; port 0 means any free port. Raises `PortUnavailableError`."""
    try:
        return open_socket(LOOPBACK, port)
    except OSError as error:
        raise PortUnavailableError(port, error.errno or 0) from error


class ConnectionCuttingServer(HttpServer):
    """A server that may end a connection without an answer, as the network does."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(app)
        app.state.cut_connection = self.cut_connection

    def cut_connection(self, client: tuple[str, int]) -> None:
        """Ends one connection without an answer."""
        for connection in tuple(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()


class LoopbackOnly:
    """Rejects requests with other host names (DNS rebinding) and requests from the pages of other sites."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (reason := _find_rejection_reason(scope["path"], dict(scope["headers"]))):
            await Response(reason, 403, media_type="text/plain")(scope, receive, send)
            return
        await self.app(scope, receive, send)


async def _handle_api_call(request: Request) -> Response:
    emulator: TelegramEmulator = request.app.state.emulator
    try:
        emulator.check_token(request.path_params["token"])
        call = emulator.call(request.path_params["method"], await read_arguments(request))
        result = await _run_while_connected(request, call)
    except BotApiError as error:
        return _refuse(error)
    except ConnectionDroppedError:
        return _cut_connection(request)
    return JSONResponse({"ok": True, "result": result})


async def _run_while_connected(request: Request, api_call: Coroutine[None, None, object]) -> object:
    """Carries out the call. A long poll ends with its connection; other calls are carried out even if it is gone."""
    if request.path_params["method"].lower() != "getupdates":
        return await api_call
    call_task, disconnect_task = asyncio.ensure_future(api_call), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait((call_task, disconnect_task), return_when=asyncio.FIRST_COMPLETED)
        return await call_task if call_task.done() else []
    finally:
        disconnect_task.cancel()
        call_task.cancel()


def _cut_connection(request: Request) -> Response:
    request.app.state.cut_connection(tuple(request.scope["client"]))
    return Response(status_code=502)


async def _serve_file(request: Request) -> Response:
    emulator: TelegramEmulator = request.app.state.emulator
    try:
        emulator.check_token(request.path_params["token"])
    except BotApiError as error:
        return _refuse(error)
    stored_file = emulator.files.by_path.get(request.path_params["path"])
    if stored_file is None:
        return _refuse(BotApiError(404, "Not Found"))
    return Response(stored_file.content, media_type="application/octet-stream")


def _refuse(error: BotApiError) -> Response:
    return JSONResponse(error.as_json(), error.code)


def _find_rejection_reason(path: str, headers: dict[bytes, bytes]) -> str | None:
    host = headers.get(b"host", b"")
    if host.rpartition(b":")[0] not in LOCAL_HOSTS and host not in LOCAL_HOSTS:
        return "The preview answers on 127.0.0.1 and localhost only."
    origin = headers.get(b"origin")
    # Browsers name the origin of a request in Sec-Fetch-Site. Links from other sites to the page itself are allowed.
    fetch_site = headers.get(b"sec-fetch-site", b"none")
    is_cross_site = path != "/" and fetch_site not in {b"none", b"same-origin"}
    if is_cross_site or (origin is not None and origin != b"http://" + host):
        return "The preview accepts no requests from other sites."
    return None
