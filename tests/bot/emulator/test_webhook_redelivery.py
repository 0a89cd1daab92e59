"""An update that was not acknowledged is delivered again, after pauses, until it is too old."""

import asyncio
from itertools import pairwise
from random import Random

import pytest

from bot.emulator import TelegramEmulator
from bot.emulator.server import open_loopback_socket
from bot.emulator.webhook_delivery import DeliverySettings
from tests.support.emulator_client import EmulatorClient
from tests.support.update_queue import get_update_ids
from tests.support.webhook_receiver import Delivery, WebhookReceiver, run_receiver, wait_until_quiet


@pytest.fixture
def emulator() -> TelegramEmulator:
    emulator = TelegramEmulator()
    emulator.retry_pauses_seconds = (0, 0.05, 0.1)
    return emulator


async def get_last_error(client: EmulatorClient) -> str:
    return str((await client.call_for_result("getWebhookInfo")).get("last_error_message"))


def test_the_default_pauses_and_timeout_are_telegrams() -> None:
    defaults = DeliverySettings()
    assert (defaults.retry_pauses_seconds, defaults.response_timeout_seconds) == ((0, 2, 4, 8, 16, 32, 60), 60)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_any_2xx_acknowledges(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator, status: int
) -> None:
    webhook_receiver.responder = lambda delivery: delivery.respond(status)
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    await emulator.wait_until_delivered()
    assert (len(webhook_receiver.acknowledged_updates), await get_last_error(emulator_client)) == (1, "None")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(302, "Found"), (404, "Not Found"), (500, "Internal Server Error"), (503, "Service Unavailable")],
)
async def test_any_other_status_leads_to_redelivery(
    emulator_client: EmulatorClient,
    webhook_receiver: WebhookReceiver,
    emulator: TelegramEmulator,
    status: int,
    reason: str,
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    first = await webhook_receiver.wait_for_delivery()
    first.respond(status, location=f"{webhook_receiver.url}/elsewhere")
    second = await webhook_receiver.wait_for_delivery()
    assert second.update == first.update
    assert second.request.url.path == "/"
    assert await get_last_error(emulator_client) == f"Wrong response from the webhook: {status} {reason}"
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 1
    second.respond()
    await emulator.wait_until_delivered()
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_cut_connection_leads_to_redelivery(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    first = await webhook_receiver.wait_for_delivery()
    first.cut_connection()
    assert (await webhook_receiver.wait_for_delivery()).update == first.update
    assert await get_last_error(emulator_client) in {"Webhook connection closed", "Connection reset by peer"}


async def test_a_response_timeout_leads_to_redelivery(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.response_timeout_seconds, webhook_receiver.responder = 0.1, None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    first = await webhook_receiver.wait_for_delivery()
    second = await webhook_receiver.wait_for_delivery()
    assert second.update == first.update
    assert second.arrived_at - first.arrived_at > 0.09
    assert await get_last_error(emulator_client) == "Read timeout expired"


async def test_an_unreachable_bot_gets_the_update_when_it_is_back(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    with open_loopback_socket(0) as free_socket:
        port = free_socket.getsockname()[1]
    await emulator_client.call_for_result("setWebhook", url=f"http://127.0.0.1:{port}/")
    emulator.type_text(1, "hello")
    await wait_until_quiet(emulator_client)
    assert await get_last_error(emulator_client) == "Connection refused"
    async with run_receiver(port) as receiver:
        assert (await receiver.wait_for_delivery()).text == "hello"
        await emulator.wait_until_delivered()


async def test_pauses_grow_and_the_last_one_is_repeated(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.retry_pauses_seconds = (0, 0.05, 0.2)
    webhook_receiver.responder = lambda delivery: delivery.respond(500)
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    times = [(await webhook_receiver.wait_for_delivery()).arrived_at for _ in range(5)]
    pauses = [later - earlier for earlier, later in pairwise(times)]
    assert 0 < pauses[0] < 0.05 <= pauses[1] < 0.2
    assert min(pauses[2:]) >= 0.2


async def test_a_failing_update_delays_its_own_chat_only(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    is_failing = True
    webhook_receiver.responder = lambda delivery: delivery.respond(
        500 if is_failing and delivery.text == "one" else 200
    )
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, max_connections=1)
    for person, text in ((1, "one"), (1, "two"), (2, "three")):
        emulator.type_text(person, text)
    attempts = [(await webhook_receiver.wait_for_delivery()).text for _ in range(5)]
    assert sorted(attempts) == ["one"] * 4 + ["three"]
    is_failing = False
    await emulator.wait_until_delivered()
    assert [update["message"]["text"] for update in webhook_receiver.acknowledged_updates] == ["three", "one", "two"]


async def test_retry_after_is_respected(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "hello")
    first = await webhook_receiver.wait_for_delivery()
    first.respond(503, Retry_After="1")
    second = await webhook_receiver.wait_for_delivery()
    assert second.arrived_at - first.arrived_at >= 1
    second.respond(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")
    assert (await webhook_receiver.wait_for_delivery()).arrived_at - second.arrived_at < 0.5


@pytest.mark.parametrize(("kind", "lifetime_seconds"), [("tap", 150), ("message", 86_400)])
async def test_an_update_is_discarded_when_it_is_too_old(
    emulator_client: EmulatorClient,
    webhook_receiver: WebhookReceiver,
    emulator: TelegramEmulator,
    kind: str,
    lifetime_seconds: int,
) -> None:
    now = emulator.clock()
    emulator.updates.clock = lambda: now
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    if kind == "tap":
        emulator.tap_button(1, 1, "x")
    else:
        emulator.type_text(1, "x")
    first = await webhook_receiver.wait_for_delivery()
    emulator.updates.clock = lambda: now + lifetime_seconds
    first.respond(500)
    second = await webhook_receiver.wait_for_delivery()
    emulator.updates.clock = lambda: now + lifetime_seconds + 0.001
    second.respond(500)
    await emulator.wait_until_delivered()
    assert webhook_receiver.deliveries.empty()
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 0


async def test_an_update_can_be_delivered_twice_at_once(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    emulator.should_deliver_twice = lambda update: update["message"]["text"] == "twice"
    webhook_receiver.responder = None
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url)
    emulator.type_text(1, "twice")
    emulator.type_text(1, "once")
    first, copy = await webhook_receiver.wait_for_delivery(), await webhook_receiver.wait_for_delivery()
    assert first.update == copy.update
    first.respond(500)
    copy.respond(200)
    assert (await webhook_receiver.wait_for_delivery()).text == "once"


async def test_workers_behind_a_load_balancer_take_turns(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    async with run_receiver() as other:
        emulator.worker_urls = [webhook_receiver.url, f"{other.url}/"]
        await emulator_client.call_for_result("setWebhook", url="https://bot.example.org/hook?a=b")
        for number in range(6):
            emulator.type_text(number + 1, "hello")
        await emulator.wait_until_delivered()
        assert (len(webhook_receiver.acknowledged_updates), len(other.acknowledged_updates)) == (3, 3)
        for worker in (webhook_receiver, other):
            url = (await worker.wait_for_delivery()).request.url
            assert (url.path, url.query) == ("/hook", "a=b")


async def test_the_next_attempt_goes_to_the_next_worker(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    with open_loopback_socket(0) as free_socket:
        unreachable_url = f"http://127.0.0.1:{free_socket.getsockname()[1]}"
    emulator.worker_urls = [unreachable_url, webhook_receiver.url]
    await emulator_client.call_for_result("setWebhook", url="https://bot.example.org/hook")
    for number in range(3):
        emulator.type_text(1, str(number))
    await emulator.wait_until_delivered()
    assert [update["message"]["text"] for update in webhook_receiver.acknowledged_updates] == ["0", "1", "2"]


async def test_random_faults_neither_lose_updates_nor_change_the_order_of_a_chat(
    emulator_client: EmulatorClient, webhook_receiver: WebhookReceiver, emulator: TelegramEmulator
) -> None:
    random = Random(7)
    emulator.retry_pauses_seconds = (0, 0.001)
    emulator.should_deliver_twice = lambda _: random.random() < 0.1

    def respond_randomly(delivery: Delivery) -> None:
        response = random.choice([*[delivery.respond] * 3, delivery.cut_connection, lambda: delivery.respond(500)])
        asyncio.get_running_loop().call_later(random.random() / 100, response)

    webhook_receiver.responder = respond_randomly
    await emulator_client.call_for_result("setWebhook", url=webhook_receiver.url, max_connections=4)
    sent: dict[int, list[int]] = {person: [] for person in range(1, 6)}
    for _ in range(20):
        for person, numbers in sent.items():
            emulator.type_text(person, "x")
            numbers.append(emulator.updates.pending[-1].update["update_id"])
    await emulator.wait_until_delivered()
    assert webhook_receiver.max_open_count <= 4
    for person, numbers in sent.items():
        acknowledged_ids = get_update_ids(
            [update for update in webhook_receiver.acknowledged_updates if update["message"]["chat"]["id"] == person]
        )
        assert list(dict.fromkeys(acknowledged_ids)) == numbers
