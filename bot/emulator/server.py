"""The look-alike over HTTP: Telegram's routes for the bot, a page with its own routes for people."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Coroutine

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.emulator.arguments import read_arguments
from bot.emulator.errors import BotApiError
from bot.emulator.fake import ConnectionDroppedError, TelegramEmulator
from bot.emulator.page import page_routes
from bot.web.server import HttpServer, run_server

LOCAL_HOSTS = {b"127.0.0.1", b"localhost"}


def create_app(emulator: TelegramEmulator) -> Starlette:
    routes = [
        Route("/bot{token}/{method}", handle_api_call, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", serve_file),
        *page_routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(LoopbackOnly)])
    app.state.lookalike = emulator
    return app


async def handle_api_call(request: Request) -> Response:
    emulator: TelegramEmulator = request.app.state.lookalike
    try:
        emulator.check_token(request.path_params["token"])
        call = emulator.call(request.path_params["method"], await read_arguments(request))
        result = await run_while_connected(request, call)
    except BotApiError as refused:
        return JSONResponse(refused.as_json(), refused.code)
    except ConnectionDroppedError:
        return cut_connection(request)
    return JSONResponse({"ok": True, "result": result})


async def run_while_connected(request: Request, api_call: Coroutine[None, None, object]) -> object:
    """A long poll ends with its connection: nobody would hear the answer. Other calls are carried out all the same."""
    if request.path_params["method"].lower() != "getupdates":
        return await api_call
    call_task, disconnect_task = asyncio.ensure_future(api_call), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait((call_task, disconnect_task), return_when=asyncio.FIRST_COMPLETED)
        return await call_task if call_task.done() else []
    finally:
        disconnect_task.cancel()
        call_task.cancel()


def cut_connection(request: Request) -> Response:
    request.app.state.cut(tuple(request.scope["client"]))
    return Response(status_code=502)


async def serve_file(request: Request) -> Response:
    emulator: TelegramEmulator = request.app.state.lookalike
    try:
        emulator.check_token(request.path_params["token"])
    except BotApiError as refused:
        return JSONResponse(refused.as_json(), refused.code)
    stored_file = emulator.files.by_path.get(request.path_params["path"])
    if stored_file is None:
        return JSONResponse(BotApiError(404, "Not Found").as_json(), 404)
    return Response(stored_file.content, media_type="application/octet-stream")


class LoopbackOnly:
    """Refuses other host names (DNS rebinding) and what other sites' pages send."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (fault := find_rejection_reason(scope["path"], dict(scope["headers"]))):
            await Response(fault, 403, media_type="text/plain")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def find_rejection_reason(path: str, headers: dict[bytes, bytes]) -> str | None:
    host = headers.get(b"host", b"")
    if host.rpartition(b":")[0] not in LOCAL_HOSTS and host not in LOCAL_HOSTS:
        return "The preview answers on 127.0.0.1 and localhost only."
    origin = headers.get(b"origin")
    fetch_site = headers.get(b"sec-fetch-site", b"none")  # browsers say who asks; a link to the page itself is fine
    is_cross_site = path != "/" and fetch_site not in {b"none", b"same-origin"}
    if is_cross_site or (origin is not None and origin != b"http://" + host):
        return "The preview takes nothing from other sites."
    return None


# @@DOC Serves the look-alike, or any app, on loopback.
LOOPBACK = "127.0.0.1"


class PortUnavailableError(OSError):
    """Another program listens on the port."""

    def __init__(self, port: int, cause: OSError) -> None:
        super().__init__(cause.errno, f"port {port} on {LOOPBACK} can't be used: {cause.strerror}")
        self.port = port


class ConnectionCuttingServer(HttpServer):
    """A server that may end a connection without an answer, as the network does."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(app)
        app.state.cut = self.cut_connection

    def cut_connection(self, client: tuple[str, int]) -> None:
        """Ends one connection without an answer."""
        for connection in tuple(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()


def open_socket(port: int) -> socket.socket:
    try:
        listener = socket.create_server((LOOPBACK, port), backlog=2048)
    except OSError as cause:
        raise PortUnavailableError(port, cause) from cause
    # asyncio does this for sockets that it makes itself. Without it each answer waits 40 ms for an acknowledgement.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


@contextlib.asynccontextmanager
async def serve_app(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """Serves any app, and gives its address."""
    listener = open_socket(port)
    async with run_server(ConnectionCuttingServer(app), listener):
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"


@contextlib.asynccontextmanager
async def serve_emulator(emulator: TelegramEmulator, port: int = 0) -> AsyncIterator[str]:
    """Serves the look-alike and its page, and gives the address. All that while a webhook gets what it is set for."""
    try:
        async with serve_app(create_app(emulator), port) as address:
            emulator.start_delivery()
            try:
                yield address
            finally:
                emulator.updates.wake_poller(has_updates=False)
    finally:
        await emulator.stop_delivery()
