"""getUpdates: an update stays until a later offset confirms it."""

import asyncio
import time

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.emulator import TelegramEmulator
from bot.emulator.updates import UpdateQueue
from tests.support.emulator_client import EmulatorClient
from tests.support.update_queue import get_update_ids, wait_for_poll

CONFLICT = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
WEBHOOK = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


async def test_an_update_is_returned_until_a_later_offset_confirms_it(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    for text in ("one", "two", "three"):
        emulator.type_text(1, text)
    first = get_update_ids(await emulator_client.call_for_result("getUpdates"))
    assert get_update_ids(await emulator_client.call_for_result("getUpdates", limit=2)) == first[:2]
    assert get_update_ids(await emulator_client.call_for_result("getUpdates", offset=first[0])) == first
    assert get_update_ids(await emulator_client.call_for_result("getUpdates", offset=first[1] + 1)) == first[2:]
    assert get_update_ids(await emulator_client.call_for_result("getUpdates")) == first[2:]
    assert get_update_ids(await emulator_client.call_for_result("getUpdates", offset=-1)) == first[2:]


async def test_a_negative_offset_counts_from_the_end(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    for text in ("one", "two", "three"):
        emulator.type_text(1, text)
    updates = await emulator_client.call_for_result("getUpdates", offset=-2)
    assert [update["message"]["text"] for update in updates] == ["two", "three"]


async def test_ids_rise_over_restarts() -> None:
    before, after = UpdateQueue(lambda: 1_800_000_000.5), UpdateQueue(lambda: 1_800_000_001.5)
    pushed = [updates.push_raw({})["update_id"] for updates in (before, before, after)]
    assert pushed == [200_000_010, 200_000_011, 200_000_030]


async def test_an_update_ends_a_long_poll(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    poll = asyncio.create_task(emulator_client.call_for_result("getUpdates", timeout=30))
    await wait_for_poll(emulator)
    emulator.type_text(1, "hello")
    assert [update["message"]["text"] for update in await poll] == ["hello"]


async def test_a_long_poll_ends_empty_at_its_timeout(emulator_client: EmulatorClient) -> None:
    started_at = time.monotonic()
    assert await emulator_client.call_for_result("getUpdates", timeout=1) == []
    assert 0.9 < time.monotonic() - started_at < 5


async def test_a_second_poller_ends_the_first(emulator_client: EmulatorClient, emulator: TelegramEmulator) -> None:
    older = asyncio.create_task(emulator_client.call("getUpdates", timeout=30))
    await wait_for_poll(emulator)
    newer = asyncio.create_task(emulator_client.call("getUpdates", timeout=30))
    assert await older == {"ok": False, "error_code": 409, "description": CONFLICT}
    emulator.type_text(1, "hello")
    assert len((await newer)["result"]) == 1


async def test_a_poll_with_a_closed_connection_takes_no_updates_and_causes_no_conflict(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    closed_poll = asyncio.create_task(emulator_client.call("getUpdates", timeout=30))
    await wait_for_poll(emulator)
    closed_poll.cancel()
    emulator.type_text(1, "hello")
    assert len(await emulator_client.call_for_result("getUpdates", timeout=30)) == 1
    assert emulator.refusals == []


async def test_a_webhook_stops_polling_and_keeps_the_updates(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    emulator.type_text(1, "hello")
    assert await emulator_client.call_for_result("setWebhook", url="https://example.org/hook") is True
    assert (await emulator_client.call_for_result("getWebhookInfo"))["url"] == "https://example.org/hook"
    assert (await emulator_client.call_for_result("getWebhookInfo"))["pending_update_count"] == 1
    assert await emulator_client.call_for_refusal("getUpdates") == (409, WEBHOOK)
    await emulator_client.call_for_result("deleteWebhook")
    assert len(await emulator_client.call_for_result("getUpdates")) == 1
    await emulator_client.call_for_result("deleteWebhook", drop_pending_updates=True)
    assert await emulator_client.call_for_result("getUpdates") == []


async def test_allowed_updates_are_remembered_from_poll_to_poll(
    emulator_client: EmulatorClient, emulator: TelegramEmulator
) -> None:
    await emulator_client.call_for_result("getUpdates", allowed_updates=["callback_query"])
    await emulator_client.call_for_result("getUpdates")
    emulator.type_text(1, "not wanted")
    emulator.tap_button(1, 1, "wanted")
    assert [update["callback_query"]["data"] for update in await emulator_client.call_for_result("getUpdates")] == [
        "wanted"
    ]
    await emulator_client.call_for_result("getUpdates", allowed_updates=[])
    emulator.type_text(1, "wanted again")
    assert len(await emulator_client.call_for_result("getUpdates")) == 2


async def test_taps_wait_for_150_seconds_and_messages_longer() -> None:
    now = [1000.0]
    updates = UpdateQueue(lambda: now[0])
    updates.push("message", {})
    updates.push("callback_query", {})
    now[0] += 149
    updates.push("callback_query", {})
    assert len(await updates.poll()) == 3
    now[0] += 2
    assert get_update_ids(await updates.poll()) == [1, 3]


PUSH, POLL = st.tuples(st.just("push"), st.integers(1, 3)), st.tuples(st.just("poll"), st.integers(1, 5))
CONFIRM = st.tuples(st.just("confirm"), st.integers(0, 6))


@given(st.lists(PUSH | POLL | CONFIRM, max_size=30))
@settings(deadline=None)
def test_updates_are_never_lost_before_they_are_confirmed_and_never_returned_after(
    steps: list[tuple[str, int]],
) -> None:
    asyncio.run(check_steps(steps))


async def check_steps(steps: list[tuple[str, int]]) -> None:
    updates, pushed, confirmed = UpdateQueue(), list[int](), 0
    for action, number in steps:
        if action == "push":
            pushed += [updates.push_raw({})["update_id"] for _ in range(number)]
            continue
        if action == "confirm":
            confirmed = min(confirmed + number, len(pushed))
        offset = pushed[confirmed - 1] + 1 if confirmed else 0
        limit = number if action == "poll" else 100
        assert get_update_ids(await updates.poll(offset, limit)) == pushed[confirmed:][:limit]
