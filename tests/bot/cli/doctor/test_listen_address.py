"""`doctor` checks HOST and PORT."""

import socket
from random import Random

import pytest
from starlette.applications import Starlette

from bot.cli.doctor.findings import Finding, FindingStatus
from bot.emulator import TelegramEmulator
from bot.emulator.server import serve_app
from bot.settings import Settings
from tests.support.cli import find_findings, replace_settings, run_bot_with
from tests.support.running_bot import wait_until
from tests.support.worker_processes import find_free_port


async def check_pages(settings: Settings, **more: object) -> Finding:
    [finding] = await find_findings(replace_settings(settings, **more), "pages")
    return finding


async def test_without_a_port_the_report_explains_how_to_get_the_pages(sqlite_settings: Settings) -> None:
    finding = await check_pages(sqlite_settings)
    assert (finding.status, "set PORT" in finding.text) == (FindingStatus.OK, True)


async def test_a_free_port_is_fine_and_stays_free(sqlite_settings: Settings) -> None:
    port = find_free_port(Random())
    finding = await check_pages(sqlite_settings, port=port)
    assert (finding.status, finding.text) == (FindingStatus.OK, f"127.0.0.1:{port} is free for them.")
    assert is_port_free(port)


def is_port_free(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", "::1", "::"])
async def test_a_port_that_the_bot_itself_serves_is_fine(
    sqlite_settings: Settings, emulator: TelegramEmulator, host: str
) -> None:
    listen_address = {"host": host, "port": find_free_port(Random())}
    async with run_bot_with(replace_settings(sqlite_settings, **listen_address)):
        await wait_until(lambda: emulator.calls["getUpdates"])
        finding = await check_pages(sqlite_settings, **listen_address)
    assert (finding.status, finding.text) == (
        FindingStatus.OK,
        f"the bot serves them on {host}:{listen_address['port']}.",
    )


async def test_a_port_that_another_server_uses_is_a_problem(sqlite_settings: Settings) -> None:
    async with serve_app(Starlette()) as address:
        finding = await check_pages(sqlite_settings, port=address.rpartition(":")[2])
    assert (finding.status, "(Address already in use): stop what listens there" in finding.text) == (
        FindingStatus.PROBLEM,
        True,
    )


async def test_a_port_that_a_silent_server_uses_is_a_problem(
    sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.cli.doctor.webhook.PAGES_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        finding = await check_pages(sqlite_settings, port=silent.getsockname()[1])
    assert (finding.status, "(Address already in use): stop what listens there" in finding.text) == (
        FindingStatus.PROBLEM,
        True,
    )


@pytest.mark.parametrize(
    ("host", "expected_text"),
    [
        (
            "no-such-host.invalid",
            "HOST: no-such-host.invalid: unknown host",
        ),
        ("192.0.2.1", "HOST and PORT: 192.0.2.1:8080 cannot be used (Cannot assign requested address): use an"),
    ],
)
async def test_an_address_of_another_machine_is_a_problem(
    sqlite_settings: Settings, host: str, expected_text: str
) -> None:
    finding = await check_pages(sqlite_settings, host=host, port=8080)
    assert (finding.status, finding.text.startswith(expected_text)) == (FindingStatus.PROBLEM, True), finding.text
