"""Pages of the bot's own: the webhook, where there is one, and how the bot is."""

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import AsyncIterator, Iterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route

# @@DOC Serves an app inside the running event loop, and stops at once when asked.
PATIENCE = 2.0  # seconds for what is under way when it is to stop
QUIET = 180  # seconds that an unused connection stays open: whoever calls ends it sooner, so none is cut in use


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


@contextlib.asynccontextmanager
async def served(server: Server, where: socket.socket) -> AsyncIterator[None]:
    """Serves on a socket that listens, and closes it. What is under way at the end is finished first."""
    with where:
        task = asyncio.create_task(server.serve([where]), name="pages")
        try:
            await server.listening.wait()
            yield
        finally:
            server.stopping.set()
            await task


ANOTHER = "set another HOST or PORT"
FIXES = {
    errno.EADDRINUSE: "end what listens there, or set another PORT",
    errno.EADDRNOTAVAIL: "take an address of this machine: 127.0.0.1, 0.0.0.0 or ::",
    errno.EACCES: "set a PORT above 1023",
}


@contextlib.asynccontextmanager
async def listening(routes: Sequence[Route], host: str, port: int) -> AsyncIterator[int]:
    """Serves the routes until the block ends; what is under way is finished first. Gives the port. Raises `OSError`."""
    own = open_socket(host, port)
    async with served(Server(Starlette(routes=list(routes))), own):
        yield int(own.getsockname()[1])


def open_socket(host: str, port: int) -> socket.socket:
    """A socket that listens there. Raises `OSError`: its text names the setting."""
    family = _family(host)
    both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()  # :: means all addresses, the old ones too
    try:
        made = socket.create_server((host, port), family=family, backlog=1024, dualstack_ipv6=both)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # an answer waits for nothing: else for 40 ms
        return made  # noqa: TRY300
    except OSError as fault:
        why, fix = os.strerror(fault.errno or 0), FIXES.get(fault.errno or 0, ANOTHER)
        raise OSError(fault.errno, f"HOST and PORT: {host}:{port} can't be listened on ({why}): {fix}") from fault


def _family(host: str) -> socket.AddressFamily:
    """The old kind of address where the name has one, else IPv6."""
    try:
        found = {one[0] for one in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (socket.gaierror, UnicodeError) as fault:  # the latter: no name could be like this
        why = "this is no address, and no name that is known here: take 127.0.0.1, 0.0.0.0 or ::"
        raise OSError(errno.EADDRNOTAVAIL, f"HOST: {host}: {why}") from fault
    return socket.AF_INET if socket.AF_INET in found else socket.AF_INET6
