"""On shutdown, the HTTP server completes requests in progress, within a time limit."""

import asyncio
import time

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.web.server import HttpServer, open_socket, run_server


class SlowApp:
    """An app that responds once `may_respond` is set."""

    def __init__(self) -> None:
        self.requested, self.may_respond = asyncio.Event(), asyncio.Event()
        self.app = Starlette(routes=[Route("/", self.answer), Route("/now", self.now)])

    async def answer(self, _: Request) -> PlainTextResponse:
        self.requested.set()
        await self.may_respond.wait()
        return PlainTextResponse("at last")

    async def now(self, _: Request) -> PlainTextResponse:
        return PlainTextResponse("now")


async def test_a_request_in_progress_is_completed_before_shutdown() -> None:
    slow, listening_socket = SlowApp(), open_socket("127.0.0.1", 0)
    address = f"http://127.0.0.1:{listening_socket.getsockname()[1]}/"
    async with aiohttp.ClientSession() as session:
        async with run_server(HttpServer(slow.app), listening_socket):
            request = asyncio.create_task(session.get(address))
            await slow.requested.wait()
            asyncio.get_running_loop().call_later(0.1, slow.may_respond.set)
        assert await (await request).text() == "at last"
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(address)


async def test_a_request_that_takes_too_long_is_cut_off_on_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.server.REQUEST_GRACE_SECONDS", 0.2)
    slow, listening_socket = SlowApp(), open_socket("127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        async with run_server(HttpServer(slow.app), listening_socket):
            request = asyncio.create_task(session.get(f"http://127.0.0.1:{listening_socket.getsockname()[1]}/"))
            await slow.requested.wait()
        with pytest.raises(aiohttp.ClientError):
            await request


async def test_an_idle_connection_does_not_delay_shutdown() -> None:
    slow, listening_socket = SlowApp(), open_socket("127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        async with run_server(HttpServer(slow.app), listening_socket):
            async with session.get(f"http://127.0.0.1:{listening_socket.getsockname()[1]}/now") as answer:
                assert await answer.text() == "now"
            started_at = time.monotonic()
        assert time.monotonic() - started_at < 1
