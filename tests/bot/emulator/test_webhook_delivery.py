"""Updates that go to a webhook: their form, their order, and how many are delivered at once."""

import asyncio
import gc
import json
import warnings

import pytest

from bot.emulator import TelegramEmulator, serve_emulator
from tests.support.emulator_client import EmulatorClient
from tests.support.update_queue import get_update_ids
from tests.support.webhook_receiver import Json, WebhookReceiver, run_receiver, wait_until_quiet

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


async def test_an_update_is_delivered_as_json_with_the_secret(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result(
        "setWebhook", url=f"{webhook_receiver.url}/a/path?and=more", secret_token="A-Za_z09"
    )
    emulator.type_text(1, "Bore da, sut mae’r hwyl? 😀")
    delivery = await webhook_receiver.wait_for_delivery()
    assert (delivery.request.url.path, delivery.request.url.query) == ("/a/path", "and=more")
    assert delivery.request.headers["Content-Type"] == "application/json"
    assert delivery.request.headers[SECRET_HEADER] == "A-Za_z09"
    assert delivery.text == "Bore da, sut mae’r hwyl? 😀"
    assert json.loads(delivery.body).keys() == {"update_id", "message"}


async def test_without_a_secret_the_header_is_left_out(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    assert SECRET_HEADER not in (await webhook_receiver.wait_for_delivery()).request.headers


async def test_pending_updates_are_delivered_when_a_webhook_is_set(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    for text in ("one", "two"):
        emulator.type_text(1, text)
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    assert [(await webhook_receiver.wait_for_delivery()).text, (await webhook_receiver.wait_for_delivery()).text] == [
        "one",
        "two",
    ]
    await emulator.wait_until_delivered()
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 0


async def test_unacknowledged_updates_go_to_get_updates_once_the_webhook_is_deleted(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    for text in ("one", "two", "three"):
        emulator.type_text(1, text)
    (await webhook_receiver.wait_for_delivery()).respond()
    unanswered = await webhook_receiver.wait_for_delivery()
    await emulator_client.call_for_result("deleteWebhook")
    assert [update["message"]["text"] for update in await emulator_client.call_for_result("getUpdates")] == [
        "two",
        "three",
    ]
    unanswered.respond()
    before = asyncio.all_tasks()
    emulator.type_text(2, "four")
    assert asyncio.all_tasks() == before
    assert len(await emulator_client.call_for_result("getUpdates")) == 3
    assert webhook_receiver.deliveries.empty()


async def test_messages_of_a_chat_are_delivered_one_after_another(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    first = emulator.type_text(1, "one")
    emulator.edit_text(1, first["message_id"], "one, changed")
    emulator.type_text(1, "two")
    one = await webhook_receiver.wait_for_delivery()
    await wait_until_quiet(emulator_client)
    assert webhook_receiver.deliveries.empty()
    one.respond()
    changed = await webhook_receiver.wait_for_delivery()
    assert changed.update["edited_message"]["text"] == "one, changed"
    await wait_until_quiet(emulator_client)
    assert webhook_receiver.deliveries.empty()
    changed.respond()
    assert (await webhook_receiver.wait_for_delivery()).text == "two"


async def test_a_message_and_a_tap_of_one_chat_are_delivered_concurrently(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "one")
    for data in ("first", "second"):
        emulator.tap_button(1, 1, data)
    arrived = {
        kind: delivery
        for delivery in (await webhook_receiver.wait_for_delivery(), await webhook_receiver.wait_for_delivery())
        for kind in delivery.update
    }
    assert {*arrived} == {"update_id", "message", "callback_query"}
    await wait_until_quiet(emulator_client)
    assert webhook_receiver.deliveries.empty()
    arrived["callback_query"].respond()
    assert (await webhook_receiver.wait_for_delivery()).update["callback_query"]["data"] == "second"


async def test_chats_are_delivered_concurrently(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    for person in (1, 2, 3):
        emulator.type_text(person, "hello")
    assert {(await webhook_receiver.wait_for_delivery()).update["message"]["chat"]["id"] for _ in range(3)} == {1, 2, 3}


async def test_taps_of_one_person_in_a_group_are_delivered_one_after_another(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    emulator.add_bot_to_group(-5, user_id=1)
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, drop_pending_updates=True)
    for person in (1, 1, 2):
        emulator.tap_button(-5, 1, "x", user_id=person)
    assert {(await webhook_receiver.wait_for_delivery()).update["callback_query"]["from"]["id"] for _ in range(2)} == {
        1,
        2,
    }
    await wait_until_quiet(emulator_client)
    assert webhook_receiver.deliveries.empty()


async def test_malformed_updates_are_delivered_concurrently(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    malformed: list[Json] = [{}, {"message": 5}, {"message": {"chat": []}}, {"message": {"chat": {}}}, {"poll": {}}]
    for update in malformed:
        emulator.push_raw(update)
    assert len({(await webhook_receiver.wait_for_delivery()).update_id for _ in range(5)}) == 5


@pytest.mark.parametrize("max_connections", [1, 3])
async def test_max_connections_limits_concurrent_deliveries(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator, max_connections: int
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, max_connections=max_connections)
    for person in range(1, 11):
        emulator.type_text(person, "hello")
    for _ in range(10):
        delivery = await webhook_receiver.wait_for_delivery()
        await wait_until_quiet(emulator_client)
        delivery.respond()
    await emulator.wait_until_delivered()
    assert (webhook_receiver.max_open_count, len(webhook_receiver.acknowledged_updates)) == (max_connections, 10)


async def test_no_task_runs_while_no_update_is_pending(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    await emulator.wait_until_delivered()
    await wait_until_quiet(emulator_client)
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("webhook")] == []
    emulator.type_text(1, "again")
    assert {task.get_name() for task in asyncio.all_tasks()} > {"webhook ('messages', '1')"}
    await emulator.wait_until_delivered()
    assert [update["message"]["text"] for update in webhook_receiver.acknowledged_updates] == ["hello", "again"]


async def test_it_stops_at_once_during_deliveries() -> None:
    emulator = TelegramEmulator()
    with warnings.catch_warnings(record=True) as caught:
        async with run_receiver() as receiver:
            receiver.responder = None
            emulator.webhook = {"url": receiver.url}
            emulator.type_text(1, "hello")
            async with serve_emulator(emulator):
                await receiver.wait_for_delivery()
                started_at = asyncio.get_running_loop().time()
            duration = asyncio.get_running_loop().time() - started_at
        gc.collect()
    assert [str(warning.message) for warning in caught] == []
    assert duration < 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_webhook_stays_set_over_a_restart_of_the_server(
    webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.webhook = {"url": webhook_receiver.url}
    for text in ("one", "two"):
        emulator.type_text(1, text)
        async with serve_emulator(emulator):
            assert (await webhook_receiver.wait_for_delivery()).text == text
            await emulator.wait_until_delivered()


async def test_the_page_shows_whether_the_webhook_accepts_updates(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    async def find_status() -> str:
        return str(json.loads((await emulator_client.fetch_page("/chat/1")).text)["bot"])

    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    assert await find_status() == "here"
    webhook_receiver.responder = lambda delivery: delivery.respond(500)
    emulator.type_text(1, "hello")
    await webhook_receiver.wait_for_delivery()
    await wait_until_quiet(emulator_client)
    assert await find_status() == "webhook"


async def test_get_updates_omits_updates_that_a_webhook_acknowledged(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    for person in (1, 2, 3):
        emulator.type_text(person, "hello")
    await emulator.wait_until_delivered()
    await emulator_client.call_for_result("deleteWebhook")
    emulator.type_text(1, "later")
    later = get_update_ids(await emulator_client.call_for_result("getUpdates"))
    assert len(later) == 1
    assert later[0] > max(get_update_ids(webhook_receiver.acknowledged_updates))
