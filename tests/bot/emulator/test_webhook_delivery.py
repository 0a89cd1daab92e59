"""Updates that go to a webhook: in which order, how many at once, and what ends the wait for the next."""

import asyncio
import gc
import json
import warnings

import pytest

from bot.emulator import TelegramEmulator, serve_emulator
from tests.bot.emulator.test_updates import get_update_ids
from tests.support.emulator_client import EmulatorClient
from tests.support.webhook_receiver import Json, WebhookReceiver, run_receiver, wait_until_quiet

SECRET = "X-Telegram-Bot-Api-Secret-Token"


async def test_an_update_comes_as_json_with_the_secret(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result(
        "setWebhook", url=f"{webhook_receiver.url}/a/path?and=more", secret_token="A-Za_z09"
    )
    emulator.type_text(1, "Bore da, sut mae’r hwyl? 😀")
    arrival = await webhook_receiver.wait_for_delivery()
    assert (arrival.request.url.path, arrival.request.url.query) == ("/a/path", "and=more")
    assert arrival.request.headers["Content-Type"] == "application/json"
    assert arrival.request.headers[SECRET] == "A-Za_z09"
    assert arrival.text == "Bore da, sut mae’r hwyl? 😀"
    assert json.loads(arrival.body).keys() == {"update_id", "message"}


async def test_without_a_secret_there_is_no_header_for_it(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    assert SECRET not in (await webhook_receiver.wait_for_delivery()).request.headers


async def test_what_waits_is_delivered_when_a_webhook_is_set(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    for word in ("one", "two"):
        emulator.type_text(1, word)
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    assert [(await webhook_receiver.wait_for_delivery()).text, (await webhook_receiver.wait_for_delivery()).text] == [
        "one",
        "two",
    ]
    await emulator.wait_until_delivered()
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 0


async def test_what_was_not_acknowledged_waits_for_get_updates_after_the_webhook(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    for word in ("one", "two", "three"):
        emulator.type_text(1, word)
    (await webhook_receiver.wait_for_delivery()).respond()
    under_way = await webhook_receiver.wait_for_delivery()
    await emulator_client.call_for_result("deleteWebhook")
    assert [update["message"]["text"] for update in await emulator_client.call_for_result("getUpdates")] == [
        "two",
        "three",
    ]
    under_way.respond()
    before = asyncio.all_tasks()
    emulator.type_text(2, "four")
    assert asyncio.all_tasks() == before
    assert len(await emulator_client.call_for_result("getUpdates")) == 3
    assert webhook_receiver.deliveries.empty()


async def test_a_message_waits_for_the_one_before_it_of_its_chat(
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


async def test_a_message_and_a_tap_of_one_chat_are_under_way_at_once(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "one")
    for data in ("first", "second"):
        emulator.tap_button(1, 1, data)
    arrived = {
        kind: one
        for one in (await webhook_receiver.wait_for_delivery(), await webhook_receiver.wait_for_delivery())
        for kind in one.update
    }
    assert {*arrived} == {"update_id", "message", "callback_query"}
    await wait_until_quiet(emulator_client)
    assert webhook_receiver.deliveries.empty()
    arrived["callback_query"].respond()
    assert (await webhook_receiver.wait_for_delivery()).update["callback_query"]["data"] == "second"


async def test_chats_do_not_wait_for_each_other(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    for person in (1, 2, 3):
        emulator.type_text(person, "hello")
    assert {(await webhook_receiver.wait_for_delivery()).update["message"]["chat"]["id"] for _ in range(3)} == {1, 2, 3}


async def test_in_a_group_each_persons_taps_wait_for_their_own(
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


async def test_what_has_no_shape_waits_for_nobody(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    shapeless: list[Json] = [{}, {"message": 5}, {"message": {"chat": []}}, {"message": {"chat": {}}}, {"poll": {}}]
    for junk in shapeless:
        emulator.push_raw(junk)
    assert len({(await webhook_receiver.wait_for_delivery()).update_id for _ in range(5)}) == 5


@pytest.mark.parametrize("most", [1, 3])
async def test_no_more_connections_are_open_at_once_than_asked_for(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator, most: int
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, max_connections=most)
    for person in range(1, 11):
        emulator.type_text(person, "hello")
    for _ in range(10):
        arrival = await webhook_receiver.wait_for_delivery()
        await wait_until_quiet(emulator_client)
        arrival.respond()
    await emulator.wait_until_delivered()
    assert (webhook_receiver.max_open_count, len(webhook_receiver.acknowledged_updates)) == (most, 10)


async def test_nothing_runs_while_nothing_waits(
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


async def test_it_stops_at_once_with_deliveries_under_way() -> None:
    emulator = TelegramEmulator()
    with warnings.catch_warnings(record=True) as caught:
        async with run_receiver() as hook:
            hook.responder = None
            emulator.webhook = {"url": hook.url}
            emulator.type_text(1, "hello")
            async with serve_emulator(emulator):
                await hook.wait_for_delivery()
                began = asyncio.get_running_loop().time()
            took = asyncio.get_running_loop().time() - began
        gc.collect()
    assert [str(each.message) for each in caught] == []
    assert took < 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_webhook_outlives_an_outage_of_the_look_alike(
    webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.webhook = {"url": webhook_receiver.url}
    for word in ("one", "two"):
        emulator.type_text(1, word)
        async with serve_emulator(emulator):
            assert (await webhook_receiver.wait_for_delivery()).text == word
            await emulator.wait_until_delivered()


async def test_the_page_says_whether_a_webhook_takes_what_is_sent(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    async def said() -> str:
        return str(json.loads((await emulator_client.fetch_page("/chat/1")).text)["bot"])

    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    assert await said() == "here"
    webhook_receiver.responder = lambda arrival: arrival.respond(500)
    emulator.type_text(1, "hello")
    await webhook_receiver.wait_for_delivery()
    await wait_until_quiet(emulator_client)
    assert await said() == "webhook"


async def test_get_updates_has_nothing_of_what_a_webhook_took(
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
