"""A receiver at a webhook's address: real HTTP, answered at once, or when the test says so.

async with receiving() as hook:
    hook.reply = None                # from now on the test answers
    arrival = await hook.next()
    arrival.answer(503)
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.emulator.server import serving_app
from tests.support.emulator_client import Api

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Arrival:
    """One delivery, until it is answered or cut off."""

    request: Request
    body: bytes
    update: Json
    at: float
    reply: asyncio.Future[Response]

    @property
    def text(self) -> str:
        return str(self.update["message"]["text"])

    @property
    def id(self) -> int:
        return int(self.update["update_id"])

    def answer(self, status: int = 200, **headers: str) -> None:
        if not self.reply.done():
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            self.reply.set_result(Response(status_code=status, headers=named))

    def cut(self) -> None:
        """Ends the connection without an answer."""
        self.request.app.state.cut(tuple(self.request.scope["client"]))
        self.answer(502)


class Hook:
    def __init__(self) -> None:
        self.url = ""
        self.arrived: asyncio.Queue[Arrival] = asyncio.Queue()
        self.reply: Callable[[Arrival], None] | None = Arrival.answer
        self.under_way: set[Arrival] = set()
        self.most = 0
        self.taken: list[Json] = []

    async def take(self, request: Request) -> Response:
        loop = asyncio.get_running_loop()
        body = await request.body()
        arrival = Arrival(request, body, await request.json(), loop.time(), loop.create_future())
        self.under_way.add(arrival)
        self.most = max(self.most, len(self.under_way))
        self.arrived.put_nowait(arrival)
        if self.reply:
            self.reply(arrival)
        answer = await arrival.reply
        self.under_way.discard(arrival)
        if answer.status_code < 300:
            self.taken.append(arrival.update)
        return answer

    async def next(self) -> Arrival:
        async with asyncio.timeout(60):
            return await self.arrived.get()


@asynccontextmanager
async def receiving(port: int = 0) -> AsyncIterator[Hook]:
    hook = Hook()
    app = Starlette(routes=[Route("/{path:path}", hook.take, methods=["POST"])])
    async with serving_app(app, port) as hook.url:
        try:
            yield hook
        finally:
            hook.reply = Arrival.answer
            for arrival in tuple(hook.under_way):
                arrival.answer(502)


async def quiet(api: Api) -> None:
    """Returns when whatever was to be delivered at once has been: a few calls there and back, over the same loop."""
    for _ in range(10):
        await api.result("getMe")
