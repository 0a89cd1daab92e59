"""Back after an outage that was longer than Telegram keeps a tap: whoever was in the middle is asked again, once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from bot.emulator import TelegramEmulator
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import WEBHOOK, Deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.walkers import Walker, get_step
from tests.support.worker_processes import find_free_port

WERE_AWAY = "Sorry, I was away for a while"
BACK = "back after downtime"
LONG, SHORT = 200, 100  # seconds: longer than a tap is kept, and not


@pytest.fixture(autouse=True)
def _frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.scheduler.DOWNTIME_CHECK_INTERVAL_SECONDS", 0.3)
    monkeypatch.setattr("bot.intake.webhook.WEBHOOK_CHECK_INTERVAL_SECONDS", 0.2)
    monkeypatch.setattr("bot.jobs.scheduler.DELIVERY_INTERVAL_SECONDS", 0.1)


@asynccontextmanager
async def run_bot_after_downtime(
    seconds: int, emulator: TelegramEmulator, url: str, deployment: Deployment
) -> AsyncIterator[RunningBot]:
    """The bot that comes back so long after the last one was well. All that it remembers is as much older."""
    deployment.execute_sql("update shared_clock set time_ms = time_ms - 1000 * ?", seconds)
    for table in ("runs", "chats"):
        deployment.execute_sql(f"update {table} set seen_at = seen_at - ?", seconds)
    async with running_bot(emulator, url, deployment) as bot:
        yield bot


@asynccontextmanager
async def run_bot_before_downtime(
    emulator: TelegramEmulator, url: str, deployment: Deployment
) -> AsyncIterator[RunningBot]:
    """The bot before the outage."""
    async with running_bot(emulator, url, deployment) as bot:
        await wait_until(
            lambda: (
                bot.find_log_lines("the bot has started")
                and deployment.fetch_rows("select 1 from shared_clock where name = 'last_healthy'")
            )
        )
        yield bot
        await bot.wait_for_delivery()


@ON_ALL_DEPLOYMENTS
async def test_who_was_in_the_middle_is_asked_again_once(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
    heard = len(phone.received_ids)
    phone.skip_received()
    async with run_bot_after_downtime(LONG, emulator, emulator_url, deployment) as bot:
        again = await phone.receive()
        await wait_until(lambda: bot.find_log_lines(BACK))
        await bot.wait_for_delivery()
        assert bot.find_log_lines(BACK)[0]["repeated_prompts"] == 1
    assert WERE_AWAY in again.text
    assert get_step(again) == "viewpoint"
    assert [message.id for message in phone.messages if message.buttons] == [again.id]
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await bot.wait_for_intake()
        await phone_is_answered(phone)
    assert times_told(phone) == 1
    assert len(phone.received_ids) == heard + 2


def times_told(phone: Phone) -> int:
    return sum(WERE_AWAY in phone.versions[number][0].text for number in phone.received_ids)


async def phone_is_answered(phone: Phone) -> None:
    phone.tap("My family")
    assert get_step(await phone.receive()) == "informed"


@ON_ALL_DEPLOYMENTS
async def test_a_tap_that_was_on_its_way_counts_also_after_it_was_asked_again(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        asked = await Walker(phone).walk_to("viewpoint")
    phone.skip_received()
    async with run_bot_after_downtime(LONG, emulator, emulator_url, deployment) as bot:
        assert WERE_AWAY in (await phone.receive()).text
        await bot.wait_for_delivery()
        tap = phone.tap_in(asked, "My family")
        assert get_step(await phone.receive()) == "informed"
        assert not (await phone.wait_for_answer(tap)).show_alert
        await bot.wait_for_delivery()
        assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]


@ON_ALL_DEPLOYMENTS
async def test_after_a_short_time_nobody_is_asked_again(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
    async with run_bot_after_downtime(SHORT, emulator, emulator_url, deployment) as bot:
        await wait_until(lambda: recent(deployment))
        await bot.wait_for_delivery()
        await phone_is_answered(phone)
    assert bot.find_log_lines(BACK) == []
    assert times_told(phone) == 0


def recent(deployment: Deployment) -> bool:
    """Whether the bot has noted again that it is well."""
    now = "strftime('%s')" if deployment.name == "sqlite" else "extract(epoch from now())"
    return bool(
        deployment.fetch_rows(
            f"select 1 from shared_clock where name = 'last_healthy' and time_ms > 1000 * ({now} - 60)"
        )
    )


@ON_ALL_DEPLOYMENTS
async def test_who_stopped_who_has_sent_and_who_never_began_are_left_alone(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    stopped, sent, new, blocked, inside = (Phone(emulator, number) for number in (11, 12, 13, 14, 15))
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(stopped).walk_to("viewpoint")
        stopped.type_text("/stop")
        await stopped.receive()
        await Walker(sent).walk_to("check")
        await Walker(sent).submit()
        new.type_text("/help")
        await new.receive()
        await Walker(blocked).walk_to("viewpoint")
        blocked.block()
        await Walker(inside).walk_to("viewpoint")
    heard = [len(phone.received_ids) for phone in (stopped, sent, new, blocked)]
    inside.skip_received()
    async with run_bot_after_downtime(LONG, emulator, emulator_url, deployment) as bot:
        assert WERE_AWAY in (await inside.receive()).text
        await wait_until(lambda: bot.find_log_lines(BACK))
        await bot.wait_for_delivery()
    assert [len(phone.received_ids) for phone in (stopped, sent, new, blocked)] == heard


@ON_ALL_DEPLOYMENTS
async def test_who_wrote_meanwhile_is_answered_and_not_asked_again(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they wrote comes before the first look, which is 10 seconds after the start."""
    other = Phone(emulator, 8)
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("informed_why")
        await Walker(other).walk_to("viewpoint")
    phone.type_text("They rang back")
    other.skip_received()
    monkeypatch.setattr("bot.jobs.scheduler.DOWNTIME_CHECK_INTERVAL_SECONDS", 6.0)
    async with run_bot_after_downtime(LONG, emulator, emulator_url, deployment) as bot:
        assert get_step(await phone.receive()) == "confident"
        assert WERE_AWAY in (await other.receive()).text
        await wait_until(lambda: bot.find_log_lines(BACK))
        await bot.wait_for_delivery()
    assert times_told(phone) == 0


@ON_ALL_DEPLOYMENTS
async def test_who_was_heard_of_long_before_the_outage_is_left_alone(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """Nobody taps a question of yesterday in just these minutes."""
    other = Phone(emulator, 8)
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
        await Walker(other).walk_to("viewpoint")
    deployment.execute_sql("update runs set seen_at = seen_at - 3700 where chat_id = 7")
    other.skip_received()
    async with run_bot_after_downtime(LONG, emulator, emulator_url, deployment) as bot:
        assert WERE_AWAY in (await other.receive()).text
        await wait_until(lambda: bot.find_log_lines(BACK))
        await bot.wait_for_delivery()
    assert times_told(phone) == 0


@pytest.mark.deployments(WEBHOOK)
async def test_two_workers_that_come_back_ask_once(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
    phone.skip_received()
    async with (
        run_bot_after_downtime(LONG, emulator, emulator_url, deployment) as bot,
        bot.start_another_worker(port=find_free_port(Random())),
    ):
        assert WERE_AWAY in (await phone.receive()).text
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2 and bot.find_log_lines(BACK))
        await bot.wait_for_delivery()
    assert times_told(phone) == 1
