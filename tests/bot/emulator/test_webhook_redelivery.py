"""What was not acknowledged comes again: the same update, after pauses, until it is too old."""

import asyncio
from itertools import pairwise
from random import Random

import pytest

from bot.emulator import Lookalike
from bot.emulator.server import open_socket
from bot.emulator.webhooks import Habits
from tests.bot.emulator.test_updates import ids
from tests.support.emulator_client import Api
from tests.support.webhook_receiver import Arrival, Hook, quiet, receiving


@pytest.fixture
def lookalike() -> Lookalike:
    made = Lookalike()
    made.redelivery_pauses = (0, 0.05, 0.1)
    return made


async def last_error(api: Api) -> str:
    return str((await api.result("getWebhookInfo")).get("last_error_message"))


def test_it_is_as_patient_as_telegram_unless_told_otherwise() -> None:
    habits = Habits()
    assert (habits.redelivery_pauses, habits.answer_timeout) == ((0, 2, 4, 8, 16, 32, 60), 60)


@pytest.mark.parametrize("status", [200, 201, 204, 299])
async def test_any_2xx_acknowledges(api: Api, hook: Hook, lookalike: Lookalike, status: int) -> None:
    hook.reply = lambda arrival: arrival.answer(status)
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    await lookalike.delivered()
    assert (len(hook.taken), await last_error(api)) == (1, "None")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(302, "Found"), (404, "Not Found"), (500, "Internal Server Error"), (503, "Service Unavailable")],
)
async def test_any_other_answer_brings_it_again(
    api: Api, hook: Hook, lookalike: Lookalike, status: int, reason: str
) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    first = await hook.next()
    first.answer(status, location=f"{hook.url}/elsewhere")
    second = await hook.next()
    assert second.update == first.update
    assert second.request.url.path == "/"
    assert await last_error(api) == f"Wrong response from the webhook: {status} {reason}"
    assert (await api.result("getWebhookInfo"))["pending_update_count"] == 1
    second.answer()
    await lookalike.delivered()
    assert (await api.result("getWebhookInfo"))["pending_update_count"] == 0


async def test_a_cut_connection_brings_it_again(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    first = await hook.next()
    first.cut()
    assert (await hook.next()).update == first.update
    assert await last_error(api) in {"Webhook connection closed", "Connection reset by peer"}


async def test_an_answer_that_takes_too_long_brings_it_again(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    lookalike.answer_timeout, hook.reply = 0.1, None
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    first = await hook.next()
    second = await hook.next()
    assert second.update == first.update
    assert second.at - first.at > 0.09
    assert await last_error(api) == "Read timeout expired"


async def test_a_bot_that_is_away_gets_it_when_it_is_back(api: Api, lookalike: Lookalike) -> None:
    with open_socket(0) as free:
        port = free.getsockname()[1]
    await api.result("setWebhook", url=f"http://127.0.0.1:{port}/")
    lookalike.types(1, "hello")
    await quiet(api)
    assert await last_error(api) == "Connection refused"
    async with receiving(port) as hook:
        assert (await hook.next()).text == "hello"
        await lookalike.delivered()


async def test_the_pauses_grow_and_the_last_one_stays(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    lookalike.redelivery_pauses = (0, 0.05, 0.2)
    hook.reply = lambda arrival: arrival.answer(500)
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    at = [(await hook.next()).at for _ in range(5)]
    pauses = [later - earlier for earlier, later in pairwise(at)]
    assert 0 < pauses[0] < 0.05 <= pauses[1] < 0.2
    assert min(pauses[2:]) >= 0.2


async def test_the_next_of_a_chat_waits_while_the_one_before_it_fails_and_others_do_not(
    api: Api, hook: Hook, lookalike: Lookalike
) -> None:
    failing = True
    hook.reply = lambda arrival: arrival.answer(500 if failing and arrival.text == "one" else 200)
    await api.result("setWebhook", url=hook.url, max_connections=1)
    for person, word in ((1, "one"), (1, "two"), (2, "three")):
        lookalike.types(person, word)
    seen = [(await hook.next()).text for _ in range(5)]
    assert sorted(seen) == ["one"] * 4 + ["three"]
    failing = False
    await lookalike.delivered()
    assert [update["message"]["text"] for update in hook.taken] == ["three", "one", "two"]


async def test_what_the_bot_asks_to_be_left_alone_for_is_kept_to(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    first = await hook.next()
    first.answer(503, Retry_After="1")
    second = await hook.next()
    assert second.at - first.at >= 1
    second.answer(503, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT")
    assert (await hook.next()).at - second.at < 0.5


@pytest.mark.parametrize(("deed", "lives"), [("tap", 150), ("message", 86_400)])
async def test_an_update_is_given_up_when_it_is_too_old(
    api: Api, hook: Hook, lookalike: Lookalike, deed: str, lives: int
) -> None:
    now = lookalike.clock()
    lookalike.updates.clock = lambda: now
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    if deed == "tap":
        lookalike.taps(1, 1, "x")
    else:
        lookalike.types(1, "x")
    first = await hook.next()
    lookalike.updates.clock = lambda: now + lives
    first.answer(500)
    again = await hook.next()
    lookalike.updates.clock = lambda: now + lives + 0.001
    again.answer(500)
    await lookalike.delivered()
    assert hook.arrived.empty()
    assert (await api.result("getWebhookInfo"))["pending_update_count"] == 0


async def test_an_update_can_come_twice_at_once(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    lookalike.deliver_twice = lambda update: update["message"]["text"] == "twice"
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "twice")
    lookalike.types(1, "once")
    one, other = await hook.next(), await hook.next()
    assert one.update == other.update
    one.answer(500)
    other.answer(200)
    assert (await hook.next()).text == "once"


async def test_workers_behind_a_load_balancer_take_turns(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    async with receiving() as other:
        lookalike.spread = [hook.url, f"{other.url}/"]
        await api.result("setWebhook", url="https://bot.example.org/hook?a=b")
        for number in range(6):
            lookalike.types(number + 1, "hello")
        await lookalike.delivered()
        assert (len(hook.taken), len(other.taken)) == (3, 3)
        for worker in (hook, other):
            url = (await worker.next()).request.url
            assert (url.path, url.query) == ("/hook", "a=b")


async def test_a_worker_that_is_away_is_passed_over_at_the_next_try(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    with open_socket(0) as free:
        away = f"http://127.0.0.1:{free.getsockname()[1]}"
    lookalike.spread = [away, hook.url]
    await api.result("setWebhook", url="https://bot.example.org/hook")
    for number in range(3):
        lookalike.types(1, str(number))
    await lookalike.delivered()
    assert [update["message"]["text"] for update in hook.taken] == ["0", "1", "2"]


async def test_nothing_is_lost_and_the_order_of_a_chat_holds_whatever_goes_wrong(
    api: Api, hook: Hook, lookalike: Lookalike
) -> None:
    random = Random(7)
    lookalike.redelivery_pauses = (0, 0.001)
    lookalike.deliver_twice = lambda _: random.random() < 0.1

    def reply(arrival: Arrival) -> None:
        deed = random.choice([*[arrival.answer] * 3, arrival.cut, lambda: arrival.answer(500)])
        asyncio.get_running_loop().call_later(random.random() / 100, deed)

    hook.reply = reply
    await api.result("setWebhook", url=hook.url, max_connections=4)
    sent: dict[int, list[int]] = {person: [] for person in range(1, 6)}
    for _ in range(20):
        for person, numbers in sent.items():
            lookalike.types(person, "x")
            numbers.append(lookalike.updates.waiting[-1].update["update_id"])
    await lookalike.delivered()
    assert hook.most <= 4
    for person, numbers in sent.items():
        taken = ids([update for update in hook.taken if update["message"]["chat"]["id"] == person])
        assert list(dict.fromkeys(taken)) == numbers
