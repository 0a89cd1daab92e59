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
from bot.emulator.errors import Refused
from bot.emulator.fake import Dropped, Lookalike
from bot.emulator.page import page_routes
from bot.web.server import Server, served

LOCAL_HOSTS = {b"127.0.0.1", b"localhost"}


def create_app(lookalike: Lookalike) -> Starlette:
    routes = [
        Route("/bot{token}/{method}", answer_call, methods=["GET", "POST"]),
        Route("/file/bot{token}/{path:path}", give_file),
        *page_routes(),
    ]
    app = Starlette(routes=routes, middleware=[Middleware(OnlyFromHere)])
    app.state.lookalike = lookalike
    return app


async def answer_call(request: Request) -> Response:
    lookalike: Lookalike = request.app.state.lookalike
    try:
        lookalike.check_token(request.path_params["token"])
        calling = lookalike.call(request.path_params["method"], await read_arguments(request))
        result = await while_connected(request, calling)
    except Refused as refused:
        return JSONResponse(refused.as_json(), refused.code)
    except Dropped:
        return cut_off(request)
    return JSONResponse({"ok": True, "result": result})


async def while_connected(request: Request, calling: Coroutine[None, None, object]) -> object:
    """A long poll ends with its connection: nobody would hear the answer. Other calls are carried out all the same."""
    if request.path_params["method"].lower() != "getupdates":
        return await calling
    call, gone = asyncio.ensure_future(calling), asyncio.ensure_future(request.receive())
    try:
        await asyncio.wait((call, gone), return_when=asyncio.FIRST_COMPLETED)
        return await call if call.done() else []
    finally:
        gone.cancel()
        call.cancel()


def cut_off(request: Request) -> Response:
    request.app.state.cut(tuple(request.scope["client"]))
    return Response(status_code=502)


async def give_file(request: Request) -> Response:
    lookalike: Lookalike = request.app.state.lookalike
    try:
        lookalike.check_token(request.path_params["token"])
    except Refused as refused:
        return JSONResponse(refused.as_json(), refused.code)
    stored = lookalike.files.by_path.get(request.path_params["path"])
    if stored is None:
        return JSONResponse(Refused(404, "Not Found").as_json(), 404)
    return Response(stored.content, media_type="application/octet-stream")


class OnlyFromHere:
    """Refuses other host names (DNS rebinding) and what other sites' pages send."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (fault := foreign(scope["path"], dict(scope["headers"]))):
            await Response(fault, 403, media_type="text/plain")(scope, receive, send)
            return
        await self.app(scope, receive, send)


def foreign(path: str, headers: dict[bytes, bytes]) -> str | None:
    host = headers.get(b"host", b"")
    if host.rpartition(b":")[0] not in LOCAL_HOSTS and host not in LOCAL_HOSTS:
        return "The preview answers on 127.0.0.1 and localhost only."
    origin = headers.get(b"origin")
    fetched_by = headers.get(b"sec-fetch-site", b"none")  # browsers say who asks; a link to the page itself is fine
    other = path != "/" and fetched_by not in {b"none", b"same-origin"}
    if other or (origin is not None and origin != b"http://" + host):
        return "The preview takes nothing from other sites."
    return None


# @@DOC Serves the look-alike, or any app, on loopback.
LOOPBACK = "127.0.0.1"


class PortTaken(OSError):
    """Another program listens on the port."""

    def __init__(self, port: int, cause: OSError) -> None:
        super().__init__(cause.errno, f"port {port} on {LOOPBACK} can't be used: {cause.strerror}")
        self.port = port


class Cutting(Server):
    """A server that may end a connection without an answer, as the network does."""

    def __init__(self, app: Starlette) -> None:
        super().__init__(app)
        app.state.cut = self.cut

    def cut(self, client: tuple[str, int]) -> None:
        """Ends one connection without an answer."""
        for connection in tuple(self.server_state.connections):
            if getattr(connection, "client", None) == client:
                connection.transport.abort()


def open_socket(port: int) -> socket.socket:
    try:
        listening = socket.create_server((LOOPBACK, port), backlog=2048)
    except OSError as cause:
        raise PortTaken(port, cause) from cause
    # asyncio does this for sockets that it makes itself. Without it each answer waits 40 ms for an acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


@contextlib.asynccontextmanager
async def serving_app(app: Starlette, port: int = 0) -> AsyncIterator[str]:
    """Serves any app, and gives its address."""
    own = open_socket(port)
    async with served(Cutting(app), own):
        yield f"http://{LOOPBACK}:{own.getsockname()[1]}"


@contextlib.asynccontextmanager
async def serving(lookalike: Lookalike, port: int = 0) -> AsyncIterator[str]:
    """Serves the look-alike and its page, and gives the address. All that while a webhook gets what it is set for."""
    try:
        async with serving_app(create_app(lookalike), port) as address:
            lookalike.start_delivering()
            try:
                yield address
            finally:
                lookalike.updates.wake(more=False)
    finally:
        await lookalike.stop_delivering()
