"""Serves an app on loopback, inside the running event loop, and stops at once when asked."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette

from bot.preview.lookalike import Lookalike
from bot.preview.web import create_app

LOOPBACK = "127.0.0.1"
PATIENCE = 2.0
QUIET = 180  # seconds that an unused connection stays open: whoever calls ends it sooner, so none is cut in use


class PortTaken(OSError):
    """Another program listens on the port."""

    def __init__(self, port: int, cause: OSError) -> None:
        super().__init__(cause.errno, f"port {port} on {LOOPBACK} can't be used: {cause.strerror}")
        self.port = port


class Server(uvicorn.Server):
    """uvicorn without its signal handlers and without its tenths of seconds."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=QUIET,
        )
        super().__init__(config)
        self.listening = asyncio.Event()
        self.stopping = asyncio.Event()
        app.state.stopping = self.stopping
        app.state.cut = self.cut

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stopping.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        for server in self.servers:
            server.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        if tasks := tuple(self.server_state.tasks):
            _, late = await asyncio.wait(tasks, timeout=PATIENCE)
            for task in late:
                task.cancel()
        while self.server_state.connections:
            for connection in tuple(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)

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
    listening = open_socket(port)
    server = Server(app)
    task = asyncio.create_task(server.serve([listening]), name="look-alike")
    try:
        await server.listening.wait()
        yield f"http://{LOOPBACK}:{listening.getsockname()[1]}"
    finally:
        server.stopping.set()
        await task
        listening.close()


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
