"""Several workers: one at a time polls, any of them is posted to; a newer version of the bot may be among them."""

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

WAITS = "another worker is polling: waiting until it stops"
GOES_ON = "the other worker stopped: taking over"
POLLING = pytest.mark.deployments(SQLITE, POSTGRESQL, reason="behind a webhook all workers are posted to")


@POLLING
async def test_of_two_workers_the_second_waits_and_takes_over_when_the_first_stops(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as first:
        await Walker(phone).walk_to("role")
        async with first.start_another_worker():
            await wait_until(lambda: first.find_log_lines(WAITS))
            await Walker(phone).walk_to("viewpoint")
            assert first.find_log_lines(GOES_ON) == []
            await first.stop()
            phone.tap("My family")
            assert get_step(await phone.receive()) == "informed"
            assert len(first.find_log_lines(GOES_ON)) == 1
            await first.wait_for_delivery()


@POLLING
async def test_a_worker_that_waits_stops_when_told(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as first:
        await first.wait_for_intake()
        async with first.start_another_worker() as second:
            await wait_until(lambda: first.find_log_lines(WAITS))
            await second.stop()
        assert first.find_log_lines(GOES_ON) == []


@POLLING
async def test_of_two_workers_the_second_takes_over_when_the_first_is_killed(
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
            await wait_until(lambda: second.find_log_lines(WAITS))
            first.kill()
            await first.wait()
            second.allow_events(
                "another bot is polling with the same token: stop one of the two"
            )  # its question still stands
            await Walker(phone).walk_to("viewpoint")
            assert len(second.find_log_lines(GOES_ON)) == 1


@pytest.fixture
async def two_workers(bot: RunningBot, emulator: TelegramEmulator) -> AsyncIterator[RunningBot]:
    """Two workers behind one address, posted to in turn."""
    ports = [bot.deployment.settings["port"], find_free_port(Random())]
    emulator.worker_urls = [f"http://127.0.0.1:{port}" for port in ports]
    async with bot.start_another_worker(port=ports[1]):
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2)
        yield bot


@pytest.mark.deployments(WEBHOOK)
async def test_two_workers_behind_a_webhook_say_all_once_and_in_order(
    two_workers: RunningBot, emulator: TelegramEmulator
) -> None:
    people = [Phone(emulator, number) for number in range(1, 9)]
    for phone in people:
        phone.type_text("/start")
        for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
            phone.type_text(words)
    await two_workers.wait_for_delivery()
    places = ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    for phone in people:
        assert [get_step(phone.versions[number][0]) for number in phone.received_ids] == places


@pytest.mark.deployments(WEBHOOK)
async def test_an_update_that_is_delivered_twice_at_once_is_taken_in_once(
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
async def test_a_run_of_a_newer_version_is_left_to_it_five_times_and_then_gone_on_with(
    bot: RunningBot, phone: Phone
) -> None:
    """Beside a newer worker, the next delivery finds that one; without one, nobody is left waiting."""
    await Walker(phone).walk_to("informed_why")
    await bot.wait_for_delivery()
    bot.execute_sql("update runs set version = version + 1")
    heard = len(phone.received_ids)
    async with open_webhook_client(bot) as poster:
        update = {"update_id": 1, **make_text_update(7, "They rang back")}
        answers = [await poster.post(update) for _ in range(MAX_DEFERRALS + 1)]
    assert [answer.status for answer in answers] == [503] * 5 + [200]
    assert all(answer.headers["Retry-After"] == "1" for answer in answers[:-1])
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select step from runs") == [("confident",)]
    assert len(phone.received_ids) == heard + 1


@ON_ALL_DEPLOYMENTS
async def test_whoever_has_a_run_of_a_newer_version_is_answered(
    bot: RunningBot, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.webhook.RETRY_HEADERS", {})
    await Walker(phone).walk_to("role")
    await bot.wait_for_delivery()
    bot.execute_sql("update runs set version = version + 1")
    phone.tap("Somebody else")
    assert get_step(await phone.receive()) == "viewpoint"
