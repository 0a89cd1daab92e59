"""Several workers: one at a time polls, a webhook posts to any of them, and one may run a newer version."""

from collections.abc import AsyncIterator
from pathlib import Path
from random import Random

import pytest

from bot.emulator import TelegramEmulator
from bot.intake.webhook import MAX_DEFERRALS
from tests.support.bot_process import make_process_settings, run_in_background
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import POSTGRESQL, SQLITE, WEBHOOK, Deployment
from tests.support.phone import Phone
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.walkers import Walker, get_step
from tests.support.webhook_client import make_text_update, open_webhook_client
from tests.support.worker_processes import find_free_port

STANDBY_EVENT = "another worker is polling: waiting until it stops"
TAKEOVER_EVENT = "the other worker stopped: taking over"
POLLING = pytest.mark.deployments(SQLITE, POSTGRESQL, reason="behind a webhook, all workers get updates")


@POLLING
async def test_a_second_worker_waits_and_takes_over_when_the_first_stops(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as first:
        await Walker(phone).walk_to("role")
        async with first.start_another_worker():
            await wait_until(lambda: first.find_log_lines(STANDBY_EVENT))
            await Walker(phone).walk_to("viewpoint")
            assert first.find_log_lines(TAKEOVER_EVENT) == []
            await first.stop()
            phone.tap("My family")
            assert get_step(await phone.receive()) == "informed"
            assert len(first.find_log_lines(TAKEOVER_EVENT)) == 1
            await first.wait_for_delivery()


@POLLING
async def test_a_waiting_worker_stops_on_request(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as first:
        await first.wait_for_intake()
        async with first.start_another_worker() as second:
            await wait_until(lambda: first.find_log_lines(STANDBY_EVENT))
            await second.stop()
        assert first.find_log_lines(TAKEOVER_EVENT) == []


@POLLING
async def test_a_second_worker_takes_over_when_the_first_is_killed(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, tmp_path: Path
) -> None:
    settings = {
        "DATABASE_URL": deployment.database_url,
        **({"SECRET_KEY": TEST_SECRET_KEY} if deployment.name == POSTGRESQL else {}),
    }
    async with run_in_background(
        tmp_path, "run", **(make_process_settings(emulator_url, tmp_path) | settings)
    ) as first:
        phone.type_text("/start")
        await phone.receive()
        async with running_bot(emulator, emulator_url, deployment) as second:
            await wait_until(lambda: second.find_log_lines(STANDBY_EVENT))
            first.kill()
            await first.wait()
            second.allow_events(
                "another bot is polling with the same token: stop one of the two"
            )  # the killed worker's poll is still open
            await Walker(phone).walk_to("viewpoint")
            assert len(second.find_log_lines(TAKEOVER_EVENT)) == 1


@pytest.fixture
async def two_workers(bot: RunningBot, emulator: TelegramEmulator) -> AsyncIterator[RunningBot]:
    """Two workers behind one webhook address that take turns."""
    ports = [bot.deployment.settings["port"], find_free_port(Random())]
    emulator.worker_urls = [f"http://127.0.0.1:{port}" for port in ports]
    async with bot.start_another_worker(port=ports[1]):
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2)
        yield bot


@pytest.mark.deployments(WEBHOOK)
async def test_two_workers_behind_a_webhook_send_everything_once_and_in_order(
    two_workers: RunningBot, emulator: TelegramEmulator
) -> None:
    people = [Phone(emulator, number) for number in range(1, 9)]
    for phone in people:
        phone.type_text("/start")
        for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
            phone.type_text(words)
    await two_workers.wait_for_delivery()
    steps = ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    for phone in people:
        assert [get_step(phone.versions[number][0]) for number in phone.received_ids] == steps


@pytest.mark.deployments(WEBHOOK)
async def test_an_update_delivered_twice_at_once_is_processed_once(
    two_workers: RunningBot, emulator: TelegramEmulator
) -> None:
    emulator.should_deliver_twice = lambda _: True
    phone = Phone(emulator, 7)
    await Walker(phone).walk_to("informed_why")
    await two_workers.wait_for_delivery()
    assert [get_step(phone.versions[number][0]) for number in phone.received_ids] == [
        "welcome",
        "role",
        "viewpoint",
        "informed",
        "informed_why",
    ]
    assert (
        len(two_workers.find_log_lines("turn")) == len(two_workers.find_log_lines("update was already processed")) == 5
    )


@pytest.mark.deployments(WEBHOOK)
async def test_a_run_of_a_newer_version_is_deferred_five_times_and_then_continued(
    bot: RunningBot, phone: Phone
) -> None:
    """A newer worker may get the next delivery; without one, the person is answered after five attempts."""
    await Walker(phone).walk_to("informed_why")
    await bot.wait_for_delivery()
    bot.execute_sql("update runs set version = version + 1")
    message_count = len(phone.received_ids)
    async with open_webhook_client(bot) as client:
        update = {"update_id": 1, **make_text_update(7, "They rang back")}
        answers = [await client.post(update) for _ in range(MAX_DEFERRALS + 1)]
    assert [answer.status for answer in answers] == [503] * 5 + [200]
    assert all(answer.headers["Retry-After"] == "1" for answer in answers[:-1])
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step from runs") == [("confident",)]
    assert len(phone.received_ids) == message_count + 1


@ON_ALL_DEPLOYMENTS
async def test_a_person_whose_run_has_a_newer_version_is_answered(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.webhook.RETRY_HEADERS", {})
    await Walker(phone).walk_to("role")
    await bot.wait_for_delivery()
    bot.execute_sql("update runs set version = version + 1")
    phone.tap("Somebody else")
    assert get_step(await phone.receive()) == "viewpoint"
