"""What the doctor sees of the webhook: what Telegram knows of it, and what a call to it from here meets."""

import asyncio
import time
from random import Random

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot.cli.doctor.findings import FindingStatus
from bot.emulator import TelegramEmulator
from bot.emulator.server import serve_app
from bot.settings import Settings
from tests.support.cli import find_findings, find_problems, replace_settings, run_bot_with
from tests.support.deployments import make_webhook_settings
from tests.support.running_bot import wait_until
from tests.support.worker_processes import find_free_port

HOOK = "http://127.0.0.1:1/telegram"  # nothing listens there

REFUSED = {"last_error_message": "Connection refused", "pending_update_count": 3}
WEBHOOKS = [
    (None, {"url": ""}, []),
    (None, {"url": "https://other.example.org/a-secret"}, ["to other.example.org, though WEBHOOK_URL is not set"]),
    (HOOK, {"url": HOOK}, []),
    (HOOK, {"url": ""}, ["knows of none: start the bot"]),
    (HOOK, {"url": "https://other.example.org/a-secret"}, ["another one, at other.example.org"]),
    (HOOK, {"url": HOOK, "last_error_date": -60, **REFUSED}, ["seconds ago Telegram could not deliver (Conn"]),
    (HOOK, {"url": HOOK, "last_error_date": -7300, **REFUSED}, []),
    (HOOK, {"url": HOOK, "last_error_date": -60, **REFUSED, "pending_update_count": 0}, []),
    (
        HOOK,
        {
            "url": HOOK,
            "last_error_date": -10,
            "last_error_message": "SSL error {certificate verify failed}",
            "pending_update_count": 1,
        },
        ["fullchain.pem"],
    ),
]


@pytest.mark.parametrize(("wanted", "told", "says"), WEBHOOKS)
async def test_the_webhook_is_held_against_the_setting(
    sqlite_settings: Settings,
    emulator: TelegramEmulator,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str | None,
    told: dict[str, object],
    says: list[str],
) -> None:
    at = told.get("last_error_date")
    known = told | ({"last_error_date": int(time.time()) + at} if isinstance(at, int) else {})
    monkeypatch.setattr(emulator, "webhook_info", lambda: {"pending_update_count": 0, **known})
    found = await find_problems(replace_settings(sqlite_settings, webhook_url=wanted))
    assert len(found) == len(says)
    assert all(finding.subject == "webhook" and part in finding.text for finding, part in zip(found, says, strict=True))
    assert "a-secret" not in str(found)


async def test_many_updates_that_wait_and_an_older_fault_are_noted(
    sqlite_settings: Settings, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"url": HOOK, "pending_update_count": 500, "last_error_date": int(time.time()) - 7300}
    monkeypatch.setattr(emulator, "webhook_info", lambda: {**known, "last_error_message": "Connection refused"})
    registered, waiting, fault, _ = await find_findings(replace_settings(sqlite_settings, webhook_url=HOOK), "webhook")
    assert [one.status for one in (registered, waiting, fault)] == [
        FindingStatus.OK,
        FindingStatus.WARNING,
        FindingStatus.WARNING,
    ]
    assert "500 updates wait" in waiting.text
    assert "2 hours ago" in fault.text
    assert "nothing listens there" in fault.text


async def called(settings: Settings, url: str) -> tuple[FindingStatus, str]:
    """What is said of a call to that address."""
    *_, found = await find_findings(replace_settings(settings, webhook_url=url), "webhook")
    return found.status, found.text


async def test_a_call_that_reaches_the_running_bot_is_well(
    sqlite_settings: Settings, emulator: TelegramEmulator
) -> None:
    behind = replace_settings(sqlite_settings, **make_webhook_settings(find_free_port(Random())))
    async with run_bot_with(behind):
        await wait_until(lambda: emulator.webhook)
        found = await find_findings(behind, "webhook")
    assert [one.status for one in found] == [FindingStatus.OK, FindingStatus.OK]
    assert found[1].text == "a call to 127.0.0.1 reaches a bot."


@pytest.mark.parametrize(
    ("status", "says"),
    [
        (404, "(404): the web server does not pass this path on"),
        (502, "(502): the web server does not reach the bot"),
        (503, "(503): the bot can't keep updates just now"),
        (200, "(200): see the web server and the bot"),
        (301, "(301): see the web server and the bot"),
    ],
)
async def test_a_call_that_something_else_answers_is_noted(sqlite_settings: Settings, status: int, says: str) -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=status, headers={"Location": "/elsewhere"})

    async with serve_app(Starlette(routes=[Route("/telegram", answer, methods=["POST"])])) as address:
        mark, text = await called(sqlite_settings, f"{address}/telegram")
    assert (mark, says in text) == (FindingStatus.WARNING, True), text


@pytest.mark.parametrize(
    ("url", "says"),
    [
        (HOOK, "(Connection refused): nothing listens there"),
        ("https://no-such-name.invalid/a-secret", "(the name does not resolve): the name in WEBHOOK_URL can't be"),
    ],
)
async def test_a_call_that_reaches_nothing_is_noted(sqlite_settings: Settings, url: str, says: str) -> None:
    mark, text = await called(sqlite_settings, url)
    assert (mark, says in text) == (FindingStatus.WARNING, True), text
    assert "a-secret" not in text


async def test_an_address_without_tls_is_noted(sqlite_settings: Settings) -> None:
    async with serve_app(Starlette()) as address:
        mark, text = await called(sqlite_settings, f"{address.replace('http', 'https')}/telegram")
    assert (mark, "(SSL error): the web server's certificate is not accepted" in text) == (
        FindingStatus.WARNING,
        True,
    ), text


async def test_a_call_that_nobody_answers_ends_in_time(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.doctor.webhook.TELEGRAM_TIMEOUT_SECONDS", 0.2)

    async def never(_: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with serve_app(Starlette(routes=[Route("/telegram", never, methods=["POST"])])) as address:
        mark, text = await called(sqlite_settings, f"{address}/telegram")
    assert (mark, "(timeout): it takes too long to answer" in text) == (FindingStatus.WARNING, True), text
