"""The addresses that the bot's own pages listen on."""

import socket

import aiohttp
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from bot.web.server import serve_routes


async def respond(_: Request) -> PlainTextResponse:
    return PlainTextResponse("here")


@pytest.mark.parametrize(
    ("host", "requested_host"),
    [
        ("127.0.0.1", "127.0.0.1"),
        ("localhost", "127.0.0.1"),
        ("0.0.0.0", "127.0.0.1"),
        ("::1", "[::1]"),
        ("::", "[::1]"),
        ("::", "127.0.0.1"),
    ],
)
@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="there is no IPv6 here")
async def test_the_pages_listen_on_ipv4_and_ipv6_addresses(host: str, requested_host: str) -> None:
    async with (
        serve_routes([Route("/", respond)], host, 0) as port,
        aiohttp.ClientSession() as session,
        session.get(f"http://{requested_host}:{port}/") as answer,
    ):
        assert await answer.text() == "here"


@pytest.mark.parametrize("host", ["no-such-host.invalid", "two..dots", "1.2.3.4.5", "[::1]"])
async def test_an_unknown_host_is_named_in_the_error(host: str) -> None:
    with pytest.raises(OSError, match="HOST: ") as error_info:
        await serve_routes([], host, 0).__aenter__()
    assert f"{host}: unknown host" in str(error_info.value)
    assert "Unknown error" not in str(error_info.value)


async def test_an_address_of_another_machine_is_named_in_the_error() -> None:
    with pytest.raises(OSError, match=r"HOST and PORT: 192\.0\.2\.1:0 cannot be used \(Cannot assign"):
        await serve_routes([], "192.0.2.1", 0).__aenter__()
