"""The server under the bot's own pages and the preview: what is under way at the end is finished, but not waited for
without end.
"""

import asyncio
import time

import aiohttp
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.web.server import HttpServer, open_socket, run_server


class Slow:
    """An app whose answer waits until it may be given."""

    def __init__(self) -> None:
        self.asked, self.may = asyncio.Event(), asyncio.Event()
        self.app = Starlette(routes=[Route("/", self.answer), Route("/now", self.now)])

    async def answer(self, _: Request) -> PlainTextResponse:
        self.asked.set()
        await self.may.wait()
        return PlainTextResponse("at last")

    async def now(self, _: Request) -> PlainTextResponse:
        return PlainTextResponse("now")


async def test_what_is_under_way_is_finished_first() -> None:
    slow, own = Slow(), open_socket("127.0.0.1", 0)
    address = f"http://127.0.0.1:{own.getsockname()[1]}/"
    async with aiohttp.ClientSession() as session:
        async with run_server(HttpServer(slow.app), own):
            asking = asyncio.create_task(session.get(address))
            await slow.asked.wait()
            asyncio.get_running_loop().call_later(0.1, slow.may.set)
        assert await (await asking).text() == "at last"
        with pytest.raises(aiohttp.ClientConnectorError):
            await session.get(address)


async def test_what_takes_too_long_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.web.server.REQUEST_GRACE_SECONDS", 0.2)
    slow, own = Slow(), open_socket("127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        async with run_server(HttpServer(slow.app), own):
            asking = asyncio.create_task(session.get(f"http://127.0.0.1:{own.getsockname()[1]}/"))
            await slow.asked.wait()
        with pytest.raises(aiohttp.ClientError):
            await asking


async def test_a_connection_that_stays_open_delays_nothing() -> None:
    slow, own = Slow(), open_socket("127.0.0.1", 0)
    async with aiohttp.ClientSession() as session:
        async with run_server(HttpServer(slow.app), own):
            async with session.get(f"http://127.0.0.1:{own.getsockname()[1]}/now") as answer:
                assert await answer.text() == "now"
            began = time.monotonic()
        assert time.monotonic() - began < 1
