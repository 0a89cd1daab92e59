"""setWebhook, deleteWebhook and getWebhookInfo: what they accept, refuse and return."""

import asyncio
from typing import Any

import pytest
from telegram import Bot

from bot.emulator import TelegramEmulator
from bot.emulator.updates import DEFAULT_KINDS
from tests.support.emulator_client import EmulatorClient
from tests.support.update_queue import wait_for_poll
from tests.support.webhook_receiver import WebhookReceiver, wait_until_quiet

REMOTE_URL = "https://example.org/hook"
HTTPS_REQUIRED = "bad webhook: An HTTPS URL must be provided for webhook"
WRONG_PORT = "bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
INVALID_URL = "invalid webhook URL specified"
REFUSED_SETTINGS = [
    ({"url": "http://example.org"}, HTTPS_REQUIRED),
    ({"url": "http://127.evil.example/"}, HTTPS_REQUIRED),
    ({"url": "http://localhost.evil.example/"}, HTTPS_REQUIRED),
    ({"url": "https://example.org:8000/"}, WRONG_PORT),
    ({"url": "ftp://example.org"}, INVALID_URL),
    ({"url": "https://"}, INVALID_URL),
    ({"url": "https://example.org:port"}, INVALID_URL),
    ({"url": REMOTE_URL, "secret_token": "x" * 257}, "secret token is too long"),
    ({"url": REMOTE_URL, "secret_token": "no spaces"}, "secret token contains unallowed characters"),
    ({"url": REMOTE_URL, "secret_token": "ŵ"}, "secret token contains unallowed characters"),
    ({"url": REMOTE_URL, "secret_token": "x\n"}, "secret token contains unallowed characters"),
]
NO_WEBHOOK_INFO = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


@pytest.mark.parametrize(("args", "text"), REFUSED_SETTINGS)
async def test_invalid_webhooks_are_refused(emulator_client: EmulatorClient, args: dict[str, Any], text: str) -> None:
    assert await emulator_client.call_for_refusal("setWebhook", **args) == (400, f"Bad Request: {text}")


@pytest.mark.parametrize("port", [80, 88, 443, 8443])
async def test_https_is_accepted_on_four_ports(emulator_client: EmulatorClient, port: int) -> None:
    assert (
        await emulator_client.call_for_result("setWebhook", url=f"https://example.org:{port}/", secret_token="x" * 256)
        is True
    )


async def test_a_refused_setting_removes_the_webhook(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.set_webhook_interval_seconds = 0
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    await emulator_client.call_for_refusal("setWebhook", url=webhook_receiver.url, secret_token="!")
    assert await emulator_client.call_for_result("getWebhookInfo") == NO_WEBHOOK_INFO
    assert await emulator_client.call_for_result("getUpdates") == []


async def test_webhook_info_shows_settings_and_errors_without_the_secret(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    assert await emulator_client.call_for_result("getWebhookInfo") == NO_WEBHOOK_INFO
    kinds = ["callback_query", "message"]
    settings = {"max_connections": 7, "allowed_updates": kinds, "secret_token": "never-shown"}
    await emulator_client.call_for_result("setWebhook", url=REMOTE_URL, **settings)
    expected = {**NO_WEBHOOK_INFO, "url": REMOTE_URL, "max_connections": 7, "allowed_updates": kinds[::-1]}
    assert await emulator_client.call_for_result("getWebhookInfo") == expected
    emulator.type_text(1, "hello")
    await wait_until_quiet(emulator_client)
    info = await emulator_client.call_for_result("getWebhookInfo")
    assert info.pop("last_error_date") == pytest.approx(emulator.clock(), abs=60)
    assert info == {
        **expected,
        "pending_update_count": 1,
        "last_error_message": "Failed to resolve host: Name or service not known",
    }


@pytest.mark.parametrize(("requested", "effective"), [(0, 1), (1, 1), (100, 100), (101, 100), (None, 40)])
async def test_max_connections_is_between_1_and_100(
    emulator_client: EmulatorClient, requested: int | None, effective: int
) -> None:
    await emulator_client.call_for_result(
        "setWebhook", url=REMOTE_URL, **({} if requested is None else {"max_connections": requested})
    )
    assert (await emulator_client.call_for_result("getWebhookInfo"))["max_connections"] == effective


@pytest.mark.parametrize(("method", "args"), [("setWebhook", {"url": ""}), ("setWebhook", {}), ("deleteWebhook", {})])
async def test_a_deleted_webhook_leaves_no_settings(
    emulator_client: EmulatorClient, method: str, args: dict[str, str]
) -> None:
    await emulator_client.call_for_result("setWebhook", url=REMOTE_URL, secret_token="secret")
    assert await emulator_client.call_for_result(method, **args) is True
    assert await emulator_client.call_for_result("getWebhookInfo") == NO_WEBHOOK_INFO
    assert await emulator_client.call_for_result(method, **args) is True


async def test_a_second_setting_within_a_second_is_refused(emulator_client: EmulatorClient) -> None:
    await emulator_client.call_for_result("setWebhook", url=REMOTE_URL)
    answer = await emulator_client.call("setWebhook", url=REMOTE_URL)
    assert (answer["error_code"], answer["parameters"]) == (429, {"retry_after": 1})
    await emulator_client.call_for_result("deleteWebhook")


async def test_setting_the_same_webhook_again_does_not_interrupt_deliveries(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.set_webhook_interval_seconds, webhook_receiver.responder = 0, None
    emulator.type_text(1, "hello")
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    delivery = await webhook_receiver.wait_for_delivery()
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, allowed_updates=["callback_query"])
    assert (await emulator_client.call_for_result("getWebhookInfo"))["allowed_updates"] == ["callback_query"]
    delivery.respond()
    await emulator.wait_until_delivered()
    assert webhook_receiver.deliveries.empty()


async def test_a_new_webhook_gets_the_unacknowledged_updates(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.set_webhook_interval_seconds, webhook_receiver.responder = 0, None
    emulator.type_text(1, "hello")
    await emulator_client.call_for_result("setWebhook", url=f"{webhook_receiver.url}/old")
    old = await webhook_receiver.wait_for_delivery()
    await emulator_client.call_for_result("setWebhook", url=f"{webhook_receiver.url}/new")
    new = await webhook_receiver.wait_for_delivery()
    assert [delivery.request.url.path for delivery in (old, new)] == ["/old", "/new"]
    assert old.update == new.update


@pytest.mark.parametrize("method", ["setWebhook", "deleteWebhook"])
async def test_pending_updates_can_be_dropped(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator, method: str
) -> None:
    emulator.type_text(1, "hello")
    await emulator_client.call_for_result(method, url=webhook_receiver.url, drop_pending_updates=True)
    await wait_until_quiet(emulator_client)
    assert webhook_receiver.deliveries.empty()
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 0


async def test_setting_a_webhook_ends_a_long_poll(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    poll = asyncio.create_task(emulator_client.call_for_refusal("getUpdates", timeout=30))
    await wait_for_poll(emulator)
    await emulator_client.call_for_result("setWebhook", url=REMOTE_URL)
    assert await poll == (409, "Conflict: terminated by setWebhook request")


async def test_only_allowed_updates_are_delivered(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, allowed_updates=["callback_query"])
    emulator.type_text(1, "not wanted")
    emulator.tap_button(1, 1, "wanted")
    await emulator.wait_until_delivered()
    assert [list(update) for update in webhook_receiver.acknowledged_updates] == [["update_id", "callback_query"]]


@pytest.mark.parametrize("kinds", [[], ["nonsense"], list(DEFAULT_KINDS)])
async def test_without_a_known_kind_the_default_kinds_are_delivered(
    emulator_client: EmulatorClient, emulator: TelegramEmulator, kinds: list[str]
) -> None:
    await emulator_client.call_for_result("getUpdates", allowed_updates=["callback_query"])
    await emulator_client.call_for_result("setWebhook", url=REMOTE_URL, allowed_updates=kinds)
    assert "allowed_updates" not in await emulator_client.call_for_result("getWebhookInfo")
    emulator.type_text(1, "hello")
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 1


async def test_the_library_sets_a_webhook_and_reads_its_info(
    telegram_bot: Bot, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    assert await telegram_bot.set_webhook(
        webhook_receiver.url, secret_token="s3cret", max_connections=3, allowed_updates=["message"]
    )
    emulator.type_text(1, "hello")
    delivery = await webhook_receiver.wait_for_delivery()
    assert delivery.request.headers["X-Telegram-Bot-Api-Secret-Token"] == "s3cret"
    info = await telegram_bot.get_webhook_info()
    assert (info.url, info.max_connections, info.allowed_updates) == (webhook_receiver.url, 3, ("message",))
    assert await telegram_bot.delete_webhook(drop_pending_updates=True)
