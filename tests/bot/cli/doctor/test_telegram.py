"""What the doctor sees of Telegram: whatever may stand in the way, and what Telegram knows of the bot."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.utils import formatdate

import pytest
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.cli.doctor.findings import Mark
from bot.emulator import Lookalike, Refused
from bot.emulator.methods import METHODS
from bot.emulator.server import create_app, serving_app
from bot.settings import Settings
from tests.bot.cli.conftest import changed
from tests.support.cli import about, to_mend


@pytest.mark.parametrize("token", ["1234567:this-opens-nothing", "not a token", "1000001:näh", "a/../b"])
async def test_a_token_that_telegram_does_not_know(on_file: Settings, token: str) -> None:
    [found] = await to_mend(changed(on_file, telegram_bot_token=token))
    assert found.subject == "token"
    assert "copy it anew" in found.text
    assert token not in found.text


async def test_the_bot_s_name_is_shown(on_file: Settings) -> None:
    [found] = await about(on_file, "token")
    assert "@connection_test_bot" in found.text


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("http://127.0.0.1:1", "127.0.0.1 can't be reached (Connection refused)"),
        ("http://no-such-name.invalid", "the name no-such-name.invalid can't be looked up"),
    ],
)
async def test_telegram_out_of_reach_is_said_once(on_file: Settings, address: str, says: str) -> None:
    [found] = await to_mend(changed(on_file, telegram_api_url=address))
    assert (found.subject, says in found.text) == ("Telegram", True)


async def test_a_connection_that_is_cut(on_file: Settings, lookalike: Lookalike) -> None:
    lookalike.fault = lambda *_: "drop"
    [found] = await to_mend(on_file)
    assert "cuts the connection" in found.text


async def test_a_page_of_something_between_is_not_taken_for_telegram(on_file: Settings) -> None:
    async def login(_: Request) -> Response:
        return Response("<h1>Please log in</h1>")

    async with serving_app(Starlette(routes=[Route("/{path:path}", login)])) as address:
        [found] = await to_mend(changed(on_file, telegram_api_url=address))
    assert "is not Telegram (status 200)" in found.text


async def test_a_proxy_that_is_away_is_named_and_not_shown(on_file: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hush@127.0.0.1:1")
    [found] = await to_mend(changed(on_file, telegram_api_url="https://api.telegram.org"))
    assert "HTTPS_PROXY" in found.text
    assert "hush" not in found.text


async def test_telegram_in_trouble_is_not_the_token_s_fault(on_file: Settings, lookalike: Lookalike) -> None:
    lookalike.fault = lambda *_: Refused(500, "Internal Server Error")
    [found] = await to_mend(on_file)
    assert "look again in a minute" in found.text


async def test_rights_in_groups(on_file: Settings, lookalike: Lookalike, monkeypatch: pytest.MonkeyPatch) -> None:
    [found] = await about(on_file, "groups")
    assert found.mark is Mark.WELL
    lookalike.privacy = False
    [found] = await about(on_file, "groups")
    assert (found.mark, "/setprivacy" in found.text) == (Mark.NOTE, True)
    get_me = METHODS["getme"]
    monkeypatch.setitem(METHODS, "getme", lambda *args: {**get_me(*args), "can_join_groups": False})  # type: ignore[dict-item]
    join, _ = await about(on_file, "groups")
    assert (join.mark, "/setjoingroups" in join.text) == (Mark.NOTE, True)


class Dated:
    """Puts a date on each answer, so many seconds off."""

    def __init__(self, app: ASGIApp, off: float) -> None:
        self.app = app
        self.off = off

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Date"] = formatdate(time.time() + self.off, usegmt=True)
            await send(message)

        await self.app(scope, receive, dated)


@asynccontextmanager
async def telegram_of_another_time(lookalike: Lookalike, off: float) -> AsyncIterator[str]:
    app = create_app(lookalike)
    app.user_middleware.insert(0, Middleware(Dated, off=off))
    async with serving_app(app) as address:
        yield address


@pytest.mark.parametrize(
    ("off", "mark", "says"),
    [
        (0, Mark.WELL, "goes with Telegram's"),
        (20, Mark.WELL, "goes with Telegram's"),
        (-3000, Mark.MEND, "ahead: turn time synchronisation on"),
        (45, Mark.MEND, "seconds behind: turn time synchronisation on"),
    ],
)
async def test_the_clock_is_held_against_telegram_s(
    lookalike: Lookalike, on_file: Settings, off: float, mark: Mark, says: str
) -> None:
    async with telegram_of_another_time(lookalike, off) as address:
        [found] = await about(changed(on_file, telegram_api_url=address), "clock")
    assert found.mark is mark
    assert says in found.text
