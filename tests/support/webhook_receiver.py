"""A webhook on real HTTP that answers each delivery at once, or when the test answers it.

async with run_receiver() as receiver:
    receiver.responder = None                # from now on the test answers
    delivery = await receiver.wait_for_delivery()
    delivery.respond(503)
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
    """One request with an update; `respond` or `cut_connection` ends it. `arrived_at` is the time of the event loop."""

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
        """Answers the request, if it is not answered yet; `Retry_After="1"` sets the header Retry-After."""
        if not self.response.done():
            response_headers = {name.replace("_", "-"): value for name, value in headers.items()}
            self.response.set_result(Response(status_code=status, headers=response_headers))

    def cut_connection(self) -> None:
        """Ends the connection without an answer."""
        self.request.app.state.cut_connection(tuple(self.request.scope["client"]))
        self.respond(502)


class WebhookReceiver:
    """Queues the deliveries that arrive; `responder` answers each of them, or the test does if it is `None`."""

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
        delivery = Delivery(request, body, await request.json(), loop.time(), loop.create_future())
        self.open_deliveries.add(delivery)
        self.max_open_count = max(self.max_open_count, len(self.open_deliveries))
        self.deliveries.put_nowait(delivery)
        if self.responder:
            self.responder(delivery)
        response = await delivery.response
        self.open_deliveries.discard(delivery)
        if response.status_code < 300:
            self.acknowledged_updates.append(delivery.update)
        return response

    async def wait_for_delivery(self) -> Delivery:
        async with asyncio.timeout(60):
            return await self.deliveries.get()


@asynccontextmanager
async def run_receiver(port: int = 0) -> AsyncIterator[WebhookReceiver]:
    """Serves a receiver; at the end it ends the deliveries that are still open."""
    receiver = WebhookReceiver()
    app = Starlette(routes=[Route("/{path:path}", receiver.receive, methods=["POST"])])
    async with serve_app(app, port) as receiver.url:
        try:
            yield receiver
        finally:
            receiver.responder = Delivery.respond
            for delivery in tuple(receiver.open_deliveries):
                delivery.respond(502)


async def wait_until_quiet(client: EmulatorClient) -> None:
    """Returns when the deliveries that were due have arrived, which a few calls on the same event loop ensure."""
    for _ in range(10):
        await client.call_for_result("getMe")
