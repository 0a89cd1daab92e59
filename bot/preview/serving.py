"""Serves the look-alike, or any app, on loopback."""

import contextlib
import socket
from collections.abc import AsyncIterator

from starlette.applications import Starlette

from bot.preview.lookalike import Lookalike
from bot.preview.web import create_app
from bot.serving import Server, served

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
