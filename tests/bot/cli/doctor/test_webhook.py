"""`doctor` checks what Telegram knows of the webhook, and how a call to its address ends."""

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


@pytest.mark.parametrize(("wanted", "webhook_info", "expected_texts"), WEBHOOKS)
async def test_the_registered_webhook_is_compared_with_the_setting(
    sqlite_settings: Settings,
    emulator: TelegramEmulator,
    monkeypatch: pytest.MonkeyPatch,
    wanted: str | None,
    webhook_info: dict[str, object],
    expected_texts: list[str],
) -> None:
    at = webhook_info.get("last_error_date")
    known = webhook_info | ({"last_error_date": int(time.time()) + at} if isinstance(at, int) else {})
    monkeypatch.setattr(emulator, "webhook_info", lambda: {"pending_update_count": 0, **known})
    found = await find_problems(replace_settings(sqlite_settings, webhook_url=wanted))
    assert len(found) == len(expected_texts)
    assert all(
        finding.subject == "webhook" and part in finding.text
        for finding, part in zip(found, expected_texts, strict=True)
    )
    assert "a-secret" not in str(found)


async def test_many_waiting_updates_and_an_old_error_are_warnings(
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


async def call_webhook(settings: Settings, url: str) -> tuple[FindingStatus, str]:
    """The status and text of the finding on a call to that address."""
    *_, found = await find_findings(replace_settings(settings, webhook_url=url), "webhook")
    return found.status, found.text


async def test_a_webhook_call_that_reaches_the_running_bot_is_fine(
    sqlite_settings: Settings, emulator: TelegramEmulator
) -> None:
    webhook_settings = replace_settings(sqlite_settings, **make_webhook_settings(find_free_port(Random())))
    async with run_bot_with(webhook_settings):
        await wait_until(lambda: emulator.webhook)
        found = await find_findings(webhook_settings, "webhook")
    assert [one.status for one in found] == [FindingStatus.OK, FindingStatus.OK]
    assert found[1].text == "a call to 127.0.0.1 reaches a bot."


@pytest.mark.parametrize(
    ("status", "expected_texts"),
    [
        (404, "(404): the web server does not pass this path on"),
        (502, "(502): the web server does not reach the bot"),
        (503, "(503): the bot can't keep updates just now"),
        (200, "(200): see the web server and the bot"),
        (301, "(301): see the web server and the bot"),
    ],
)
async def test_a_webhook_call_answered_by_another_server_is_a_warning(
    sqlite_settings: Settings, status: int, expected_texts: str
) -> None:
    async def answer(_: Request) -> Response:
        return Response(status_code=status, headers={"Location": "/elsewhere"})

    async with serve_app(Starlette(routes=[Route("/telegram", answer, methods=["POST"])])) as address:
        mark, text = await call_webhook(sqlite_settings, f"{address}/telegram")
    assert (mark, expected_texts in text) == (FindingStatus.WARNING, True), text


@pytest.mark.parametrize(
    ("url", "expected_texts"),
    [
        (HOOK, "(Connection refused): nothing listens there"),
        ("https://no-such-name.invalid/a-secret", "(the name does not resolve): the name in WEBHOOK_URL can't be"),
    ],
)
async def test_a_webhook_call_that_reaches_nothing_is_a_warning(
    sqlite_settings: Settings, url: str, expected_texts: str
) -> None:
    mark, text = await call_webhook(sqlite_settings, url)
    assert (mark, expected_texts in text) == (FindingStatus.WARNING, True), text
    assert "a-secret" not in text


async def test_a_webhook_address_without_tls_is_a_warning(sqlite_settings: Settings) -> None:
    async with serve_app(Starlette()) as address:
        mark, text = await call_webhook(sqlite_settings, f"{address.replace('http', 'https')}/telegram")
    assert (mark, "(SSL error): the web server's certificate is not accepted" in text) == (
        FindingStatus.WARNING,
        True,
    ), text


async def test_a_webhook_call_without_an_answer_times_out(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.doctor.webhook.TELEGRAM_TIMEOUT_SECONDS", 0.2)

    async def wait_forever(_: Request) -> Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with serve_app(Starlette(routes=[Route("/telegram", wait_forever, methods=["POST"])])) as address:
        mark, text = await call_webhook(sqlite_settings, f"{address}/telegram")
    assert (mark, "(timeout): it takes too long to answer" in text) == (FindingStatus.WARNING, True), text
