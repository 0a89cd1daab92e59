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

from bot.emulator.server import serve_app
from tests.support.emulator_client import EmulatorClient

Json = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Delivery:
    """One delivery, until it is answered or cut off."""

    request: Request
    body: bytes
    update: Json
    arrived_at: float
    response: asyncio.Future[Response]

    @property
    def text(self) -> str:
        return str(self.update["message"]["text"])

    @property
    def update_id(self) -> int:
        return int(self.update["update_id"])

    def respond(self, status: int = 200, **headers: str) -> None:
        if not self.response.done():
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            self.response.set_result(Response(status_code=status, headers=named))

    def cut_connection(self) -> None:
        """Ends the connection without an answer."""
        self.request.app.state.cut_connection(tuple(self.request.scope["client"]))
        self.respond(502)


class WebhookReceiver:
    def __init__(self) -> None:
        self.url = ""
        self.deliveries: asyncio.Queue[Delivery] = asyncio.Queue()
        self.responder: Callable[[Delivery], None] | None = Delivery.respond
        self.open_deliveries: set[Delivery] = set()
        self.max_open_count = 0
        self.acknowledged_updates: list[Json] = []

    async def receive(self, request: Request) -> Response:
        loop = asyncio.get_running_loop()
        body = await request.body()
        arrival = Delivery(request, body, await request.json(), loop.time(), loop.create_future())
        self.open_deliveries.add(arrival)
        self.max_open_count = max(self.max_open_count, len(self.open_deliveries))
        self.deliveries.put_nowait(arrival)
        if self.responder:
            self.responder(arrival)
        answer = await arrival.response
        self.open_deliveries.discard(arrival)
        if answer.status_code < 300:
            self.acknowledged_updates.append(arrival.update)
        return answer

    async def wait_for_delivery(self) -> Delivery:
        async with asyncio.timeout(60):
            return await self.deliveries.get()


@asynccontextmanager
async def run_receiver(port: int = 0) -> AsyncIterator[WebhookReceiver]:
    hook = WebhookReceiver()
    app = Starlette(routes=[Route("/{path:path}", hook.receive, methods=["POST"])])
    async with serve_app(app, port) as hook.url:
        try:
            yield hook
        finally:
            hook.responder = Delivery.respond
            for arrival in tuple(hook.open_deliveries):
                arrival.respond(502)


async def wait_until_quiet(api: EmulatorClient) -> None:
    """Returns when whatever was to be delivered at once has been: a few calls there and back, over the same loop."""
    for _ in range(10):
        await api.call_for_result("getMe")
