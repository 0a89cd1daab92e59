"""`doctor` checks that Telegram can be reached, and what Telegram knows of the bot."""

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.cli.doctor.findings import FindingStatus
from bot.emulator import BotApiError, TelegramEmulator
from bot.emulator.methods import METHODS
from bot.emulator.server import serve_app
from bot.settings import Settings
from tests.support.cli import find_findings, find_problems, replace_settings
from tests.support.telegram_clock import serve_with_clock_offset


@pytest.mark.parametrize("token", ["1234567:this-opens-nothing", "no token at all", "1000001:näh", "a/../b"])
async def test_a_token_unknown_to_telegram_is_reported_and_not_shown(sqlite_settings: Settings, token: str) -> None:
    [found] = await find_problems(replace_settings(sqlite_settings, telegram_bot_token=token))
    assert found.subject == "token"
    assert "from @BotFather" in found.text
    assert token not in found.text


async def test_the_bot_s_name_is_shown(sqlite_settings: Settings) -> None:
    [found] = await find_findings(sqlite_settings, "token")
    assert "@connection_test_bot" in found.text


@pytest.mark.parametrize(
    ("address", "expected_text"),
    [
        ("http://127.0.0.1:1", "127.0.0.1 can't be reached (Connection refused)"),
        ("http://no-such-name.invalid", "the name no-such-name.invalid can't be looked up"),
    ],
)
async def test_an_unreachable_telegram_is_reported_once(
    sqlite_settings: Settings, address: str, expected_text: str
) -> None:
    [found] = await find_problems(replace_settings(sqlite_settings, telegram_api_url=address))
    assert (found.subject, expected_text in found.text) == ("Telegram", True)


async def test_a_dropped_connection_is_reported(sqlite_settings: Settings, emulator: TelegramEmulator) -> None:
    emulator.fault_injector = lambda *_: "drop"
    [found] = await find_problems(sqlite_settings)
    assert "cuts the connection" in found.text


async def test_a_login_page_in_between_is_not_taken_for_telegram(sqlite_settings: Settings) -> None:
    async def login(_: Request) -> Response:
        return Response("<h1>Please log in</h1>")

    async with serve_app(Starlette(routes=[Route("/{path:path}", login)])) as address:
        [found] = await find_problems(replace_settings(sqlite_settings, telegram_api_url=address))
    assert "is not Telegram (status 200)" in found.text


async def test_an_unreachable_proxy_is_named_by_its_setting_without_its_password(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://me:hush@127.0.0.1:1")
    [found] = await find_problems(replace_settings(sqlite_settings, telegram_api_url="https://api.telegram.org"))
    assert "HTTPS_PROXY" in found.text
    assert "hush" not in found.text


async def test_an_error_of_telegram_is_not_blamed_on_the_token(
    sqlite_settings: Settings, emulator: TelegramEmulator
) -> None:
    emulator.fault_injector = lambda *_: BotApiError(500, "Internal Server Error")
    [found] = await find_problems(sqlite_settings)
    assert "try again in a minute" in found.text


async def test_missing_rights_in_groups_are_warnings(
    sqlite_settings: Settings, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    [found] = await find_findings(sqlite_settings, "groups")
    assert found.status is FindingStatus.OK
    emulator.has_privacy_mode = False
    [found] = await find_findings(sqlite_settings, "groups")
    assert (found.status, "/setprivacy" in found.text) == (FindingStatus.WARNING, True)
    get_me = METHODS["getme"]
    monkeypatch.setitem(METHODS, "getme", lambda *args: {**get_me(*args), "can_join_groups": False})  # type: ignore[dict-item]
    join, _ = await find_findings(sqlite_settings, "groups")
    assert (join.status, "/setjoingroups" in join.text) == (FindingStatus.WARNING, True)


@pytest.mark.parametrize(
    ("offset", "mark", "expected_text"),
    [
        (0, FindingStatus.OK, "agrees with Telegram's"),
        (20, FindingStatus.OK, "agrees with Telegram's"),
        (-3000, FindingStatus.PROBLEM, "ahead: turn time synchronisation on"),
        (45, FindingStatus.PROBLEM, "seconds behind: turn time synchronisation on"),
    ],
)
async def test_the_clock_is_compared_with_telegram_s(
    emulator: TelegramEmulator, sqlite_settings: Settings, offset: float, mark: FindingStatus, expected_text: str
) -> None:
    async with serve_with_clock_offset(emulator, offset) as address:
        [found] = await find_findings(replace_settings(sqlite_settings, telegram_api_url=address), "clock")
    assert found.status is mark
    assert expected_text in found.text
