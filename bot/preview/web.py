"""The look-alike over HTTP: Telegram's routes for the bot, a page with its own routes for people."""

import asyncio
from collections.abc import Coroutine

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from bot.preview.arguments import read_arguments
from bot.preview.lookalike import Dropped, Lookalike
from bot.preview.page import page_routes
from bot.preview.refusing import Refused

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
