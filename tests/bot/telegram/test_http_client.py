"""The HTTP client for Telegram, and how sending copes with a full disk, slow calls and failed drawings."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager

import pytest
from aiohttp import web
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError

from bot.cli.preview import make_preview_database_url
from bot.delivery.entry_delivery import DATABASE_RETRY_SECONDS
from bot.emulator import TelegramEmulator
from bot.graphics.result_card import ResultCard
from bot.telegram.http_client import AiohttpRequest
from tests.support.deployments import SQLITE
from tests.support.full_disk import fill_disk
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, wait_until
from tests.support.walkers import Walker


@asynccontextmanager
async def run_fixed_response_server(status: int, body: str, kind: str) -> AsyncIterator[str]:
    """A server that sends this response to every request; yields its address."""

    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=status, text=body, content_type=kind)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [400, 403, 404, 502])
async def test_an_html_page_of_a_proxy_is_a_network_error_without_the_token(status: int) -> None:
    """The page may contain the requested address with the token, so the error must not quote it."""
    async with run_fixed_response_server(
        status, "<html>denied: /bot123:token/sendMessage</html>", "text/html"
    ) as address:
        client = AiohttpRequest()
        await client.initialize()
        with pytest.raises(NetworkError) as raised:
            await client.post(f"{address}/bot123:token/sendMessage")
        await client.shutdown()
    assert type(raised.value) is NetworkError
    assert "token" not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (403, '{"message": "Forbidden"}'),
        (404, '{"error": "no such page"}'),
        (200, '{"status": "ok"}'),
        (200, '{"ok": "ok"}'),
        (200, "<html>Log in to this network</html>"),
        (403, '{"ok": true, "result": true}'),
        (403, '["ok", false]'),
        (502, "{" * 50_000),
        (502, "[" * 50_000),
    ],
)
async def test_a_body_that_is_not_telegram_s_is_a_network_error(status: int, body: str) -> None:
    """A gateway's JSON must not mark a person as gone or the token as invalid."""
    async with run_fixed_response_server(status, body, "application/json") as address:
        client = AiohttpRequest()
        await client.initialize()
        with pytest.raises(NetworkError) as raised:
            await client.post(f"{address}/bot123:token/sendMessage")
        await client.shutdown()
    assert type(raised.value) is NetworkError


@pytest.mark.parametrize("body", ['{"ok":true,"result":[]}', '{"result": [], "ok": true}'])
async def test_a_successful_response_is_parsed_in_any_json_format(body: str) -> None:
    async with run_fixed_response_server(200, body, "application/json") as address:
        client = AiohttpRequest()
        await client.initialize()
        assert await client.post(f"{address}/bot123:token/getUpdates") == []
        await client.shutdown()


@pytest.mark.parametrize(("status", "error"), [(400, BadRequest), (403, Forbidden), (404, InvalidToken)])
async def test_an_error_of_telegram_raises_the_matching_exception(status: int, error: type[Exception]) -> None:
    body = '{"ok": false, "error_code": 0, "description": "No."}'
    async with run_fixed_response_server(status, body, "application/json") as address:
        client = AiohttpRequest()
        await client.initialize()
        with pytest.raises(error):
            await client.post(f"{address}/bot123:token/sendMessage")
        await client.shutdown()


@pytest.mark.deployments(SQLITE, reason="is about SQLite's files")
async def test_a_sent_message_is_not_repeated_while_it_cannot_be_acknowledged(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    await Walker(phone).walk_to("role")
    await bot.wait_for_delivery()
    with ExitStack() as disk:

        def fill(method: str, _: object) -> None:
            if method == "sendMessage":
                emulator.fault_injector = None
                disk.enter_context(fill_disk(bot.deployment.database_file))

        emulator.fault_injector = fill
        phone.tap("Somebody else")
        await phone.receive()
        message_count = len(phone.received_ids)
        await asyncio.sleep(2.5 * DATABASE_RETRY_SECONDS)  # no event marks that nothing happens
        assert bot.fetch_rows("select 1 from outbox_entries")
        assert len(phone.received_ids) == message_count
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == message_count


async def test_slow_sends_do_not_delay_the_intake(bot: RunningBot, emulator: TelegramEmulator) -> None:
    """More messages are being sent than there are connections, and the next batch is still processed."""
    await bot.wait_for_intake()
    emulator.fault_injector = lambda method, _: 12.0 if method == "sendMessage" else None
    for chat in range(1000, 1400):
        emulator.type_text(chat, "/start")
    await wait_until(lambda: bot.fetch_rows("select count(*) from runs") == [(400,)], seconds=11)
    emulator.fault_injector = None
    await bot.wait_for_delivery()


async def test_a_picture_that_cannot_be_drawn_is_replaced_by_text(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The drawing library raises an unexpected error."""

    def raise_memory_error(_: ResultCard) -> bytes:
        raise MemoryError

    monkeypatch.setattr("bot.delivery.image_worker.draw_result_card", raise_memory_error)
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    walker = Walker(phone)
    await walker.walk_to("check")
    last = await walker.submit()
    assert any("From where you stand" in message.text for message in phone.messages)
    assert "Delete my answers" in last.buttons


@pytest.mark.parametrize(
    ("database_url", "preview_url"),
    [
        ("sqlite:///data/connection-test.db", "sqlite:///data/connection-test-preview.db"),
        ("sqlite:////var/lib/x.db?mode=rw", "sqlite:////var/lib/x-preview.db?mode=rw"),
    ],
)
def test_the_preview_has_its_own_database(database_url: str, preview_url: str) -> None:
    assert make_preview_database_url(database_url) == preview_url


@pytest.mark.deployments(SQLITE, reason="is about SQLite's files")
async def test_after_submission_the_database_files_do_not_contain_the_run_id(bot: RunningBot, phone: Phone) -> None:
    walker = Walker(phone)
    await walker.walk_to("check")
    run = bot.fetch_rows("select id from runs")[0][0]
    await walker.submit()
    await bot.wait_for_delivery()
    files = [
        path
        for path in bot.deployment.database_file.parent.iterdir()
        if path.name.startswith(bot.deployment.database_file.name)
    ]
    assert len(files) > 1
    assert not any(str(run).encode() in path.read_bytes() for path in files)
