"""What the doctor sees of HOST and PORT."""

import socket
from random import Random

import pytest
from starlette.applications import Starlette

from bot.cli.doctor.findings import Finding, Mark
from bot.emulator import Lookalike
from bot.emulator.server import serving_app
from bot.settings import Settings
from tests.bot.cli.conftest import changed
from tests.support.cli import about, bot_on
from tests.support.running_bot import until
from tests.support.worker_processes import free_port


async def found(settings: Settings, **more: object) -> Finding:
    [one] = await about(changed(settings, **more), "pages")
    return one


async def test_who_wants_none_is_told_how_to_get_them(on_file: Settings) -> None:
    one = await found(on_file)
    assert (one.mark, "set PORT" in one.text) == (Mark.WELL, True)


async def test_a_port_that_is_free(on_file: Settings) -> None:
    port = free_port(Random())
    one = await found(on_file, port=port)
    assert (one.mark, one.text) == (Mark.WELL, f"127.0.0.1:{port} is free for them.")
    assert free_port_again(port)


def free_port_again(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("host", ["127.0.0.1", "0.0.0.0", "localhost", "::1", "::"])
async def test_a_port_that_the_bot_itself_is_on(on_file: Settings, lookalike: Lookalike, host: str) -> None:
    behind = {"host": host, "port": free_port(Random())}
    async with bot_on(changed(on_file, **behind)):
        await until(lambda: lookalike.calls["getUpdates"])
        one = await found(on_file, **behind)
    assert (one.mark, one.text) == (Mark.WELL, f"the bot serves them on {host}:{behind['port']}.")


async def test_a_port_that_something_else_is_on(on_file: Settings) -> None:
    async with serving_app(Starlette()) as address:
        one = await found(on_file, port=address.rpartition(":")[2])
    assert (one.mark, "(Address already in use): end what listens there" in one.text) == (Mark.MEND, True)


async def test_a_port_where_nobody_answers(on_file: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.cli.doctor.webhook.PAGE_TIMEOUT_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        one = await found(on_file, port=silent.getsockname()[1])
    assert (one.mark, "(Address already in use): end what listens there" in one.text) == (Mark.MEND, True)


@pytest.mark.parametrize(
    ("host", "says"),
    [
        (
            "no-such-host.invalid",
            "HOST: no-such-host.invalid: this is no address, and no name that is known here",
        ),
        ("192.0.2.1", "HOST and PORT: 192.0.2.1:8080 can't be listened on (Cannot assign requested address): take an"),
    ],
)
async def test_a_place_that_is_none_of_this_machine_s(on_file: Settings, host: str, says: str) -> None:
    one = await found(on_file, host=host, port=8080)
    assert (one.mark, one.text.startswith(says)) == (Mark.MEND, True), one.text
