"""An HTTP server inside the running event loop, for the webhook and the health pages. It stops at once when asked."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

REQUEST_GRACE_SECONDS = 2.0  # for requests under way when the server stops
KEEP_ALIVE_SECONDS = 180  # for idle connections: longer than clients keep them, so that none is closed while in use
DEFAULT_SOCKET_FIX = "set another HOST or PORT"
SOCKET_FIXES = {
    errno.EADDRINUSE: "stop what listens there, or set another PORT",
    errno.EADDRNOTAVAIL: "use an address of this machine: 127.0.0.1, 0.0.0.0 or ::",
    errno.EACCES: "set a PORT above 1023",
}


class HttpServer(uvicorn.Server):
    """uvicorn without its signal handlers, and with events in place of its polling every tenth of a second."""

    def __init__(self, app: Starlette) -> None:
        config = uvicorn.Config(
            app,
            lifespan="off",
            ws="none",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
        )
        super().__init__(config)
        self.listening_event = asyncio.Event()
        self.stop_event = asyncio.Event()
        app.state.stopping = self.stop_event

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self.stop_event.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening_event.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - uvicorn's signature
        for server in self.servers:
            server.close()
        for connection in tuple(self.server_state.connections):
            connection.shutdown()
        if tasks := tuple(self.server_state.tasks):
            _, unfinished_tasks = await asyncio.wait(tasks, timeout=REQUEST_GRACE_SECONDS)
            for task in unfinished_tasks:
                task.cancel()
        while self.server_state.connections:
            for connection in tuple(self.server_state.connections):
                connection.transport.abort()
            await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def run_server(server: HttpServer, server_socket: socket.socket) -> AsyncIterator[None]:
    """Serves on a listening socket until the block ends, finishes requests under way, and closes the socket."""
    with server_socket:
        task = asyncio.create_task(server.serve([server_socket]), name="pages")
        try:
            await server.listening_event.wait()
            yield
        finally:
            server.stop_event.set()
            await task


@contextlib.asynccontextmanager
async def serve_routes(routes: Sequence[Route], host: str, port: int) -> AsyncIterator[int]:
    """Serves the routes until the block ends, and finishes requests under way. Yields the port. Raises `OSError`."""
    server_socket = open_socket(host, port)
    async with run_server(HttpServer(Starlette(routes=list(routes))), server_socket):
        yield int(server_socket.getsockname()[1])


def open_socket(host: str, port: int) -> socket.socket:
    """A listening socket. Raises `OSError` whose text names the setting and the fix."""
    family = _find_address_family(host)
    is_dual_stack = family == socket.AF_INET6 and socket.has_dualstack_ipv6()  # `::` includes IPv4 addresses
    try:
        server_socket = socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=is_dual_stack)
        server_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # otherwise a response may wait for 40 ms
    except OSError as error:
        reason, fix = os.strerror(error.errno or 0), SOCKET_FIXES.get(error.errno or 0, DEFAULT_SOCKET_FIX)
        raise OSError(error.errno, f"HOST and PORT: {host}:{port} cannot be used ({reason}): {fix}") from error
    return server_socket


def _find_address_family(host: str) -> socket.AddressFamily:
    """IPv4 if the host has such an address, else IPv6."""
    try:
        families = {address_info[0] for address_info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (socket.gaierror, UnicodeError) as error:  # the latter: not a valid host name
        reason = "unknown host: use 127.0.0.1, 0.0.0.0 or ::"
        raise OSError(errno.EADDRNOTAVAIL, f"HOST: {host}: {reason}") from error
    return socket.AF_INET if socket.AF_INET in families else socket.AF_INET6
