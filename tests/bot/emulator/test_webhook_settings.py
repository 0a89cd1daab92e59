"""setWebhook, deleteWebhook, getWebhookInfo: what Telegram takes, what it refuses, what it tells."""

import asyncio
from typing import Any

import pytest
from telegram import Bot

from bot.emulator import TelegramEmulator
from bot.emulator.updates import DEFAULT_KINDS
from tests.bot.emulator.test_updates import wait_for_poll
from tests.support.emulator_client import EmulatorClient
from tests.support.webhook_receiver import WebhookReceiver, wait_until_quiet

FAR = "https://example.org/hook"
HTTPS = "bad webhook: An HTTPS URL must be provided for webhook"
PORTS = "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
INVALID = "invalid webhook URL specified"
REFUSED = [
    ({"url": "http://example.org"}, HTTPS),
    ({"url": "http://127.evil.example/"}, HTTPS),
    ({"url": "http://localhost.evil.example/"}, HTTPS),
    ({"url": "https://example.org:8000/"}, PORTS),
    ({"url": "ftp://example.org"}, INVALID),
    ({"url": "https://"}, INVALID),
    ({"url": "https://example.org:port"}, INVALID),
    ({"url": FAR, "secret_token": "x" * 257}, "secret token is too long"),
    ({"url": FAR, "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ({"url": FAR, "secret_token": "ŵ"}, "secret token contains unallowed characters"),
    ({"url": FAR, "secret_token": "x\n"}, "secret token contains unallowed characters"),
]
NOTHING = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


@pytest.mark.parametrize(("args", "text"), REFUSED)
async def test_webhooks_that_it_does_not_take(emulator_client: EmulatorClient, args: dict[str, Any], text: str) -> None:
    assert await emulator_client.call_for_refusal("setWebhook", **args) == (400, f"Bad Request: {text}")


@pytest.mark.parametrize("port", [80, 88, 443, 8443])
async def test_https_is_taken_on_four_ports(emulator_client: EmulatorClient, port: int) -> None:
    assert (
        await emulator_client.call_for_result("setWebhook", url=f"https://example.org:{port}/", secret_token="x" * 256)
        is True
    )


async def test_a_setting_that_is_refused_leaves_no_webhook(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.set_webhook_interval_seconds = 0
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    await emulator_client.call_for_refusal("setWebhook", url=webhook_receiver.url, secret_token="!")
    assert await emulator_client.call_for_result("getWebhookInfo") == NOTHING
    assert await emulator_client.call_for_result("getUpdates") == []


async def test_what_is_told_of_a_webhook(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    assert await emulator_client.call_for_result("getWebhookInfo") == NOTHING
    kinds = ["callback_query", "message"]
    more = {"max_connections": 7, "allowed_updates": kinds, "secret_token": "told-to-nobody"}
    await emulator_client.call_for_result("setWebhook", url=FAR, **more)
    set_up = {**NOTHING, "url": FAR, "max_connections": 7, "allowed_updates": kinds[::-1]}
    assert await emulator_client.call_for_result("getWebhookInfo") == set_up
    emulator.type_text(1, "hello")
    await wait_until_quiet(emulator_client)
    told = await emulator_client.call_for_result("getWebhookInfo")
    assert told.pop("last_error_date") == pytest.approx(emulator.clock(), abs=60)
    assert told == {
        **set_up,
        "pending_update_count": 1,
        "last_error_message": "Failed to resolve host: Name or service not known",
    }


@pytest.mark.parametrize(("asked", "given"), [(0, 1), (1, 1), (100, 100), (101, 100), (None, 40)])
async def test_there_are_1_to_100_connections(emulator_client: EmulatorClient, asked: int | None, given: int) -> None:
    await emulator_client.call_for_result(
        "setWebhook", url=FAR, **({} if asked is None else {"max_connections": asked})
    )
    assert (await emulator_client.call_for_result("getWebhookInfo"))["max_connections"] == given


@pytest.mark.parametrize(("method", "args"), [("setWebhook", {"url": ""}), ("setWebhook", {}), ("deleteWebhook", {})])
async def test_a_webhook_is_removed_with_all_that_was_told_of_it(
    emulator_client: EmulatorClient, method: str, args: dict[str, str]
) -> None:
    await emulator_client.call_for_result("setWebhook", url=FAR, secret_token="secret")
    assert await emulator_client.call_for_result(method, **args) is True
    assert await emulator_client.call_for_result("getWebhookInfo") == NOTHING
    assert await emulator_client.call_for_result(method, **args) is True


async def test_a_second_setting_within_a_second_is_refused(emulator_client: EmulatorClient) -> None:
    await emulator_client.call_for_result("setWebhook", url=FAR)
    answer = await emulator_client.call("setWebhook", url=FAR)
    assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 1})
    await emulator_client.call_for_result("deleteWebhook")


async def test_the_same_webhook_again_leaves_deliveries_under_way_alone(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.set_webhook_interval_seconds, webhook_receiver.responder = 0, None
    emulator.type_text(1, "hello")
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    arrival = await webhook_receiver.wait_for_delivery()
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, allowed_updates=["callback_query"])
    assert (await emulator_client.call_for_result("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    arrival.respond()
    await emulator.wait_until_delivered()
    assert webhook_receiver.deliveries.empty()


async def test_another_webhook_takes_over_what_was_not_acknowledged(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.set_webhook_interval_seconds, webhook_receiver.responder = 0, None
    emulator.type_text(1, "hello")
    await emulator_client.call_for_result("setWebhook", url=f"{webhook_receiver.url}/old")
    old = await webhook_receiver.wait_for_delivery()
    await emulator_client.call_for_result("setWebhook", url=f"{webhook_receiver.url}/new")
    new = await webhook_receiver.wait_for_delivery()
    assert [each.request.url.path for each in (old, new)] == ["/old", "/new"]
    assert old.update == new.update


@pytest.mark.parametrize("method", ["setWebhook", "deleteWebhook"])
async def test_what_waits_can_be_dropped(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator, method: str
) -> None:
    emulator.type_text(1, "hello")
    await emulator_client.call_for_result(method, url=webhook_receiver.url, drop_pending_updates=True)
    await wait_until_quiet(emulator_client)
    assert webhook_receiver.deliveries.empty()
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_poll_that_waits_is_ended_by_a_webhook(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    poll = asyncio.create_task(emulator_client.call_for_refusal("getUpdates", timeout=30))
    await wait_for_poll(emulator)
    await emulator_client.call_for_result("setWebhook", url=FAR)
    assert await poll == (409, "Conflict: terminated by setWebhook request")


async def test_kinds_that_the_webhook_does_not_ask_for_do_not_come(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, allowed_updates=["callback_query"])
    emulator.type_text(1, "not wanted")
    emulator.tap_button(1, 1, "wanted")
    await emulator.wait_until_delivered()
    assert [list(update) for update in webhook_receiver.acknowledged_updates] == [["update_id", "callback_query"]]


@pytest.mark.parametrize("kinds", [[], ["nonsense"], list(DEFAULT_KINDS)])
async def test_no_kind_that_is_known_means_the_usual_kinds_which_are_not_told(
    emulator_client: EmulatorClient, emulator: TelegramEmulator, kinds: list[str]
) -> None:
    await emulator_client.call_for_result("getUpdates", allowed_updates=["callback_query"])
    await emulator_client.call_for_result("setWebhook", url=FAR, allowed_updates=kinds)
    assert "allowed_updates" not in await emulator_client.call_for_result("getWebhookInfo")
    emulator.type_text(1, "hello")
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 1


async def test_the_library_sets_a_webhook_and_reads_what_is_told(
    telegram_bot: Bot, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    assert await telegram_bot.set_webhook(
        webhook_receiver.url, secret_token="s3cret", max_connections=3, allowed_updates=["message"]
    )
    emulator.type_text(1, "hello")
    arrival = await webhook_receiver.wait_for_delivery()
    assert arrival.request.headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
    told = await telegram_bot.get_webhook_info()
    assert (told.url, told.max_connections, told.allowed_updates) == (webhook_receiver.url, 3, ("message",))
    assert await telegram_bot.delete_webhook(drop_pending_updates=True)
