"""What the doctor sees of HOST and PORT."""

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


async def found(settings: Settings, **more: object) -> Finding:
    [one] = await find_findings(replace_settings(settings, **more), "pages")
    return one


async def test_who_wants_none_is_told_how_to_get_them(sqlite_settings: Settings) -> None:
    one = await found(sqlite_settings)
    assert (one.status, "set PORT" in one.text) == (FindingStatus.OK, True)


async def test_a_port_that_is_free(sqlite_settings: Settings) -> None:
    port = find_free_port(Random())
    one = await found(sqlite_settings, port=port)
    assert (one.status, one.text) == (FindingStatus.OK, f"127.0.0.1:{port} is free for them.")
    assert free_port_again(port)


def free_port_again(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", "::1", "::"])
async def test_a_port_that_the_bot_itself_is_on(
    sqlite_settings: Settings, emulator: TelegramEmulator, host: str
) -> None:
    behind = {"host": host, "port": find_free_port(Random())}
    async with run_bot_with(replace_settings(sqlite_settings, **behind)):
        await wait_until(lambda: emulator.calls["getUpdates"])
        one = await found(sqlite_settings, **behind)
    assert (one.status, one.text) == (FindingStatus.OK, f"the bot serves them on {host}:{behind['port']}.")


async def test_a_port_that_something_else_is_on(sqlite_settings: Settings) -> None:
    async with serve_app(Starlette()) as address:
        one = await found(sqlite_settings, port=address.rpartition(":")[2])
    assert (one.status, "(Address already in use): stop what listens there" in one.text) == (
        FindingStatus.PROBLEM,
        True,
    )


async def test_a_port_where_nobody_answers(sqlite_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.doctor.webhook.PAGES_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one = await found(sqlite_settings, port=silent.getsockname()[1])
    assert (one.status, "(Address already in use): stop what listens there" in one.text) == (
        FindingStatus.PROBLEM,
        True,
    )


@pytest.mark.parametrize(
    ("host", "says"),
    [
        (
            "no-such-host.invalid",
            "HOST: no-such-host.invalid: unknown host",
        ),
        ("192.0.2.1", "HOST and PORT: 192.0.2.1:8080 cannot be used (Cannot assign requested address): use an"),
    ],
)
async def test_a_place_that_is_none_of_this_machine_s(sqlite_settings: Settings, host: str, says: str) -> None:
    one = await found(sqlite_settings, host=host, port=8080)
    assert (one.status, one.text.startswith(says)) == (FindingStatus.PROBLEM, True), one.text
