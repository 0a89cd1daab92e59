"""Updates that go to a webhook: in which order, how many at once, and what ends the wait for the next."""

import asyncio
import gc
import json
import warnings

import pytest

from bot.emulator import Lookalike, serving
from tests.bot.emulator.test_updates import ids
from tests.support.emulator_client import Api
from tests.support.webhook_receiver import Hook, Json, quiet, receiving

SECRET = "X-Telegram-Bot-Api-Secret-Token"


async def test_an_update_comes_as_json_with_the_secret(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    await api.result("setWebhook", url=f"{hook.url}/a/path?and=more", secret_token="A-Za_z09")
    lookalike.types(1, "Bore da, sut mae’r hwyl? 😀")
    arrival = await hook.next()
    assert (arrival.request.url.path, arrival.request.url.query) == ("/a/path", "and=more")
    assert arrival.request.headers["Content-Type"] == "application/json"
    assert arrival.request.headers[SECRET] == "A-Za_z09"
    assert arrival.text == "Bore da, sut mae’r hwyl? 😀"
    assert json.loads(arrival.body).keys() == {"update_id", "message"}


async def test_without_a_secret_there_is_no_header_for_it(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    assert SECRET not in (await hook.next()).request.headers


async def test_what_waits_is_delivered_when_a_webhook_is_set(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    for word in ("one", "two"):
        lookalike.types(1, word)
    await api.result("setWebhook", url=hook.url)
    assert [(await hook.next()).text, (await hook.next()).text] == ["one", "two"]
    await lookalike.delivered()
    assert (await api.result("getWebhookInfo"))["pending_update_count"] == 0


async def test_what_was_not_acknowledged_waits_for_get_updates_after_the_webhook(
    api: Api, hook: Hook, lookalike: Lookalike
) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    for word in ("one", "two", "three"):
        lookalike.types(1, word)
    (await hook.next()).answer()
    under_way = await hook.next()
    await api.result("deleteWebhook")
    assert [update["message"]["text"] for update in await api.result("getUpdates")] == ["two", "three"]
    under_way.answer()
    before = asyncio.all_tasks()
    lookalike.types(2, "four")
    assert asyncio.all_tasks() == before
    assert len(await api.result("getUpdates")) == 3
    assert hook.arrived.empty()


async def test_a_message_waits_for_the_one_before_it_of_its_chat(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    first = lookalike.types(1, "one")
    lookalike.edits(1, first["message_id"], "one, changed")
    lookalike.types(1, "two")
    one = await hook.next()
    await quiet(api)
    assert hook.arrived.empty()
    one.answer()
    changed = await hook.next()
    assert changed.update["edited_message"]["text"] == "one, changed"
    await quiet(api)
    assert hook.arrived.empty()
    changed.answer()
    assert (await hook.next()).text == "two"


async def test_a_message_and_a_tap_of_one_chat_are_under_way_at_once(
    api: Api, hook: Hook, lookalike: Lookalike
) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "one")
    for data in ("first", "second"):
        lookalike.taps(1, 1, data)
    arrived = {kind: one for one in (await hook.next(), await hook.next()) for kind in one.update}
    assert {*arrived} == {"update_id", "message", "callback_query"}
    await quiet(api)
    assert hook.arrived.empty()
    arrived["callback_query"].answer()
    assert (await hook.next()).update["callback_query"]["data"] == "second"


async def test_chats_do_not_wait_for_each_other(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    for person in (1, 2, 3):
        lookalike.types(person, "hello")
    assert {(await hook.next()).update["message"]["chat"]["id"] for _ in range(3)} == {1, 2, 3}


async def test_in_a_group_each_persons_taps_wait_for_their_own(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    hook.reply = None
    lookalike.adds_to_group(-5, by=1)
    await api.result("setWebhook", url=hook.url, drop_pending_updates=True)
    for person in (1, 1, 2):
        lookalike.taps(-5, 1, "x", by=person)
    assert {(await hook.next()).update["callback_query"]["from"]["id"] for _ in range(2)} == {1, 2}
    await quiet(api)
    assert hook.arrived.empty()


async def test_what_has_no_shape_waits_for_nobody(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url)
    shapeless: list[Json] = [{}, {"message": 5}, {"message": {"chat": []}}, {"message": {"chat": {}}}, {"poll": {}}]
    for junk in shapeless:
        lookalike.push_raw(junk)
    assert len({(await hook.next()).id for _ in range(5)}) == 5


@pytest.mark.parametrize("most", [1, 3])
async def test_no_more_connections_are_open_at_once_than_asked_for(
    api: Api, hook: Hook, lookalike: Lookalike, most: int
) -> None:
    hook.reply = None
    await api.result("setWebhook", url=hook.url, max_connections=most)
    for person in range(1, 11):
        lookalike.types(person, "hello")
    for _ in range(10):
        arrival = await hook.next()
        await quiet(api)
        arrival.answer()
    await lookalike.delivered()
    assert (hook.most, len(hook.taken)) == (most, 10)


async def test_nothing_runs_while_nothing_waits(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    await api.result("setWebhook", url=hook.url)
    lookalike.types(1, "hello")
    await lookalike.delivered()
    await quiet(api)
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("webhook")] == []
    lookalike.types(1, "again")
    assert {task.get_name() for task in asyncio.all_tasks()} > {"webhook ('messages', '1')"}
    await lookalike.delivered()
    assert [update["message"]["text"] for update in hook.taken] == ["hello", "again"]


async def test_it_stops_at_once_with_deliveries_under_way() -> None:
    lookalike = Lookalike()
    with warnings.catch_warnings(record=True) as caught:
        async with receiving() as hook:
            hook.reply = None
            lookalike.webhook = {"url": hook.url}
            lookalike.types(1, "hello")
            async with serving(lookalike):
                await hook.next()
                began = asyncio.get_running_loop().time()
            took = asyncio.get_running_loop().time() - began
        gc.collect()
    assert [str(each.message) for each in caught] == []
    assert took < 1
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_webhook_outlives_an_outage_of_the_look_alike(hook: Hook, lookalike: Lookalike) -> None:
    lookalike.webhook = {"url": hook.url}
    for word in ("one", "two"):
        lookalike.types(1, word)
        async with serving(lookalike):
            assert (await hook.next()).text == word
            await lookalike.delivered()


async def test_the_page_says_whether_a_webhook_takes_what_is_sent(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    async def said() -> str:
        return str(json.loads((await api.fetch("/chat/1")).text)["bot"])

    await api.result("setWebhook", url=hook.url)
    assert await said() == "here"
    hook.reply = lambda arrival: arrival.answer(500)
    lookalike.types(1, "hello")
    await hook.next()
    await quiet(api)
    assert await said() == "webhook"


async def test_get_updates_has_nothing_of_what_a_webhook_took(api: Api, hook: Hook, lookalike: Lookalike) -> None:
    await api.result("setWebhook", url=hook.url)
    for person in (1, 2, 3):
        lookalike.types(person, "hello")
    await lookalike.delivered()
    await api.result("deleteWebhook")
    lookalike.types(1, "later")
    later = ids(await api.result("getUpdates"))
    assert len(later) == 1
    assert later[0] > max(ids(hook.taken))
