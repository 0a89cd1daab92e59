"""The webhook over HTTP: its responses, and what is stored by then."""

import asyncio
import json
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.emulator import BotApiError, TelegramEmulator
from bot.intake.webhook import MAX_BODY_BYTES
from tests.support.dead_letter_log import DEAD_LETTER_EVENT
from tests.support.deployments import WEBHOOK, Deployment
from tests.support.outage_log import OUTAGE_EVENTS
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.webhook_client import (
    WEBHOOK_SECRET,
    WebhookClient,
    hold_chat_row,
    make_text_update,
    open_webhook_client,
)

pytestmark = pytest.mark.deployments(WEBHOOK)
START = make_text_update(7, "/start")


@pytest.fixture
async def webhook_client(bot: RunningBot) -> AsyncIterator[WebhookClient]:
    async with open_webhook_client(bot) as client:
        yield client


async def wait_for_blocked_turn(bot: RunningBot) -> None:
    """Waits until a turn waits for the lock on its chat."""
    blocked = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    await wait_until(lambda: bot.fetch_rows(blocked))


WRONG_SECRETS = {
    "none": None,
    "empty": "",
    "another": "wrong",
    "shorter": WEBHOOK_SECRET[:-1],
    "longer": f"{WEBHOOK_SECRET}0",
    "capitals": WEBHOOK_SECRET.upper(),
    "no ASCII": "ü",
}


@pytest.mark.parametrize("secret", WRONG_SECRETS.values(), ids=WRONG_SECRETS)
async def test_a_wrong_secret_gets_403_and_the_body_is_ignored(
    bot: RunningBot, webhook_client: WebhookClient, secret: str | None
) -> None:
    for body in (b"", json.dumps({"update_id": 1, **START}).encode(), b"x" * (MAX_BODY_BYTES + 1)):
        answer = await webhook_client.post(body, secret)
        assert (answer.status, answer.body) == (403, b"")
    assert bot.fetch_rows("select * from chats") == bot.fetch_rows("select * from dead_letters") == []


async def test_200_is_sent_after_the_commit(bot: RunningBot, webhook_client: WebhookClient) -> None:
    await webhook_client.post_update(START)
    with hold_chat_row(bot.deployment, 7):
        response = asyncio.create_task(webhook_client.post_update(make_text_update(7, "/help")))
        await wait_for_blocked_turn(bot)
        assert not response.done()
        assert bot.fetch_rows("select recent_update_ids from chats") == [("1",)]
    assert (await response).status == 200
    assert bot.fetch_rows("select recent_update_ids from chats") == [("1 2",)]


async def test_an_update_during_an_outage_gets_503_and_is_stored_once_when_repeated(
    bot: RunningBot, webhook_client: WebhookClient
) -> None:
    bot.allow_events(*OUTAGE_EVENTS)
    update = {"update_id": 1, **START}
    with bot.deployment.make_database_unavailable():
        answer = await webhook_client.post(update)
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
    assert bot.fetch_rows("select * from chats") == []
    assert [(await webhook_client.post(update)).status for _ in range(2)] == [200, 200]
    assert bot.fetch_rows("select recent_update_ids from chats") == [("1",)]
    await bot.wait_for_delivery()
    assert len(bot.find_log_lines("turn")) == len(bot.find_log_lines("update was already processed")) == 1


async def test_a_body_over_a_mebibyte_gets_413(bot: RunningBot, webhook_client: WebhookClient) -> None:
    largest_body = json.dumps({"update_id": 1, **make_text_update(7, "/start")}).encode().ljust(MAX_BODY_BYTES)
    assert (await webhook_client.post(largest_body + b" ")).status == 413
    assert bot.fetch_rows("select * from chats") == []
    assert (await webhook_client.post(largest_body)).status == 200


@pytest.mark.parametrize("body", [b"", b"junk", b"{", b"\xff", b'{"update_id": 1', b"[" * 100_000, b"9" * 5_000])
async def test_invalid_json_gets_400(bot: RunningBot, webhook_client: WebhookClient, body: bytes) -> None:
    assert (await webhook_client.post(body)).status == 400
    assert bot.fetch_rows("select * from dead_letters") == []


@pytest.mark.parametrize("body", [None, 5, "junk", [], [{"update_id": 1}], {}, {"update_id": 1, "message": {}}])
async def test_json_that_is_no_update_gets_200_and_becomes_a_dead_letter(
    bot: RunningBot, webhook_client: WebhookClient, body: object
) -> None:
    bot.allow_events(DEAD_LETTER_EVENT)
    assert (await webhook_client.post(body)).status == 200
    assert bot.fetch_rows("select count(*) from dead_letters") == [(1,)]


async def test_an_update_before_the_bot_is_ready_gets_503(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    emulator.fault_injector = lambda *_: BotApiError(502, "Bad Gateway")
    async with running_bot(emulator, emulator_url, deployment) as bot, aiohttp.ClientSession() as session:
        bot.allow_events("a call to Telegram failed")
        client = WebhookClient(session, deployment.webhook_url)
        await wait_until(lambda: emulator.calls["getMe"])
        answer = await client.post({"update_id": 1, **START})
        assert (answer.status, answer.headers["Retry-After"]) == (503, "1")
        assert (await client.post(START, "wrong")).status == 403
        assert bot.fetch_rows("select * from chats") == []


async def test_a_turn_is_completed_although_the_caller_hangs_up(bot: RunningBot, webhook_client: WebhookClient) -> None:
    await webhook_client.post_update(START)
    with hold_chat_row(bot.deployment, 7):
        response = asyncio.create_task(webhook_client.post_update(make_text_update(7, "/help")))
        await wait_for_blocked_turn(bot)
        response.cancel()
        await asyncio.wait([response])
    await wait_until(lambda: bot.fetch_rows("select recent_update_ids from chats") == [("1 2",)])
    assert (await webhook_client.post({"update_id": 2, **make_text_update(7, "/help")})).status == 200
    await bot.wait_for_delivery()
    assert len(bot.find_log_lines("turn")) == 2


async def test_an_incomplete_body_is_ignored(bot: RunningBot, webhook_client: WebhookClient) -> None:
    body = json.dumps({"update_id": 1, **START})
    head = f"POST {bot.deployment.webhook_url} HTTP/1.1\r\nHost: here\r\nContent-Length: {len(body)}\r\n"
    _, writer = await asyncio.open_connection("127.0.0.1", bot.deployment.settings["port"])
    writer.write(f"{head}X-Telegram-Bot-Api-Secret-Token: {WEBHOOK_SECRET}\r\n\r\n{body[:-1]}".encode())
    await writer.drain()
    writer.close()
    assert (await webhook_client.post({"update_id": 2, **make_text_update(8, "/start")})).status == 200
    assert bot.fetch_rows("select chat_id from chats") == [(8,)]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
async def test_methods_other_than_post_get_405(bot: RunningBot, webhook_client: WebhookClient, method: str) -> None:
    async with webhook_client.session.request(method, bot.deployment.webhook_url, headers={"X-Any": "1"}) as answer:
        assert answer.status == 405
