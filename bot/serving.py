"""Serves an app inside the running event loop, and stops at once when asked."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import uvicorn
from starlette.applications import Starlette

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
