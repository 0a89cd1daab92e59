"""After a downtime longer than Telegram keeps a tap, people with an open question are asked again, once."""

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

REPEATED_PROMPT_TEXT = "Sorry, I was away for a while"
BACK_EVENT = "back after downtime"
LONG_DOWNTIME_SECONDS, SHORT_DOWNTIME_SECONDS = 200, 100  # Telegram keeps a tap for 150 seconds


@pytest.fixture(autouse=True)
def _frequent_checks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.jobs.scheduler.DOWNTIME_CHECK_INTERVAL_SECONDS", 0.3)
    monkeypatch.setattr("bot.intake.webhook.WEBHOOK_CHECK_INTERVAL_SECONDS", 0.2)
    monkeypatch.setattr("bot.jobs.scheduler.DELIVERY_INTERVAL_SECONDS", 0.1)


@asynccontextmanager
async def run_bot_after_downtime(
    seconds: int, emulator: TelegramEmulator, url: str, deployment: Deployment
) -> AsyncIterator[RunningBot]:
    """Runs the bot so long after the last one was healthy; all stored times are moved back accordingly."""
    deployment.execute_sql("update shared_clock set time_ms = time_ms - 1000 * ?", seconds)
    for table in ("runs", "chats"):
        deployment.execute_sql(f"update {table} set seen_at = seen_at - ?", seconds)
    async with running_bot(emulator, url, deployment) as bot:
        yield bot


@asynccontextmanager
async def run_bot_before_downtime(
    emulator: TelegramEmulator, url: str, deployment: Deployment
) -> AsyncIterator[RunningBot]:
    """Runs the bot until it has recorded that it is healthy."""
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
async def test_an_open_question_is_repeated_once_after_downtime(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
    message_count = len(phone.received_ids)
    phone.skip_received()
    async with run_bot_after_downtime(LONG_DOWNTIME_SECONDS, emulator, emulator_url, deployment) as bot:
        repeated = await phone.receive()
        await wait_until(lambda: bot.find_log_lines(BACK_EVENT))
        await bot.wait_for_delivery()
        assert bot.find_log_lines(BACK_EVENT)[0]["repeated_prompts"] == 1
    assert REPEATED_PROMPT_TEXT in repeated.text
    assert get_step(repeated) == "viewpoint"
    assert [message.id for message in phone.messages if message.buttons] == [repeated.id]
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await bot.wait_for_intake()
        await answer_viewpoint(phone)
    assert count_repeated_prompts(phone) == 1
    assert len(phone.received_ids) == message_count + 2


def count_repeated_prompts(phone: Phone) -> int:
    return sum(REPEATED_PROMPT_TEXT in phone.versions[number][0].text for number in phone.received_ids)


async def answer_viewpoint(phone: Phone) -> None:
    phone.tap("My family")
    assert get_step(await phone.receive()) == "informed"


@ON_ALL_DEPLOYMENTS
async def test_a_tap_on_the_earlier_prompt_still_counts_after_downtime(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        prompt = await Walker(phone).walk_to("viewpoint")
    phone.skip_received()
    async with run_bot_after_downtime(LONG_DOWNTIME_SECONDS, emulator, emulator_url, deployment) as bot:
        assert REPEATED_PROMPT_TEXT in (await phone.receive()).text
        await bot.wait_for_delivery()
        tap = phone.tap_in(prompt, "My family")
        assert get_step(await phone.receive()) == "informed"
        assert not (await phone.wait_for_answer(tap)).show_alert
        await bot.wait_for_delivery()
        assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]


@ON_ALL_DEPLOYMENTS
async def test_no_question_is_repeated_after_a_short_downtime(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
    async with run_bot_after_downtime(SHORT_DOWNTIME_SECONDS, emulator, emulator_url, deployment) as bot:
        await wait_until(lambda: is_recently_healthy(deployment))
        await bot.wait_for_delivery()
        await answer_viewpoint(phone)
    assert bot.find_log_lines(BACK_EVENT) == []
    assert count_repeated_prompts(phone) == 0


def is_recently_healthy(deployment: Deployment) -> bool:
    """Whether the bot has recorded again that it is healthy."""
    now = "strftime('%s')" if deployment.name == "sqlite" else "extract(epoch from now())"
    return bool(
        deployment.fetch_rows(
            f"select 1 from shared_clock where name = 'last_healthy' and time_ms > 1000 * ({now} - 60)"
        )
    )


@ON_ALL_DEPLOYMENTS
async def test_people_without_an_open_question_get_no_message_after_downtime(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    stopped, submitted, new, blocked, mid_walk = (Phone(emulator, number) for number in (11, 12, 13, 14, 15))
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(stopped).walk_to("viewpoint")
        stopped.type_text("/stop")
        await stopped.receive()
        await Walker(submitted).walk_to("check")
        await Walker(submitted).submit()
        new.type_text("/help")
        await new.receive()
        await Walker(blocked).walk_to("viewpoint")
        blocked.block()
        await Walker(mid_walk).walk_to("viewpoint")
    message_count = [len(phone.received_ids) for phone in (stopped, submitted, new, blocked)]
    mid_walk.skip_received()
    async with run_bot_after_downtime(LONG_DOWNTIME_SECONDS, emulator, emulator_url, deployment) as bot:
        assert REPEATED_PROMPT_TEXT in (await mid_walk.receive()).text
        await wait_until(lambda: bot.find_log_lines(BACK_EVENT))
        await bot.wait_for_delivery()
    assert [len(phone.received_ids) for phone in (stopped, submitted, new, blocked)] == message_count


@ON_ALL_DEPLOYMENTS
async def test_a_message_sent_during_downtime_is_answered_without_a_repeated_question(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their message is processed before the first check for downtime."""
    other = Phone(emulator, 8)
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("informed_why")
        await Walker(other).walk_to("viewpoint")
    phone.type_text("They rang back")
    other.skip_received()
    monkeypatch.setattr("bot.jobs.scheduler.DOWNTIME_CHECK_INTERVAL_SECONDS", 6.0)
    async with run_bot_after_downtime(LONG_DOWNTIME_SECONDS, emulator, emulator_url, deployment) as bot:
        assert get_step(await phone.receive()) == "confident"
        assert REPEATED_PROMPT_TEXT in (await other.receive()).text
        await wait_until(lambda: bot.find_log_lines(BACK_EVENT))
        await bot.wait_for_delivery()
    assert count_repeated_prompts(phone) == 0


@ON_ALL_DEPLOYMENTS
async def test_people_inactive_long_before_the_downtime_get_no_message(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    """It is unlikely that a tap on yesterday's question was lost."""
    other = Phone(emulator, 8)
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
        await Walker(other).walk_to("viewpoint")
    deployment.execute_sql("update runs set seen_at = seen_at - 3700 where chat_id = 7")
    other.skip_received()
    async with run_bot_after_downtime(LONG_DOWNTIME_SECONDS, emulator, emulator_url, deployment) as bot:
        assert REPEATED_PROMPT_TEXT in (await other.receive()).text
        await wait_until(lambda: bot.find_log_lines(BACK_EVENT))
        await bot.wait_for_delivery()
    assert count_repeated_prompts(phone) == 0


@pytest.mark.deployments(WEBHOOK)
async def test_two_workers_repeat_a_question_once_after_downtime(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with run_bot_before_downtime(emulator, emulator_url, deployment):
        await Walker(phone).walk_to("viewpoint")
    phone.skip_received()
    async with (
        run_bot_after_downtime(LONG_DOWNTIME_SECONDS, emulator, emulator_url, deployment) as bot,
        bot.start_another_worker(port=find_free_port(Random())),
    ):
        assert REPEATED_PROMPT_TEXT in (await phone.receive()).text
        await wait_until(lambda: len(bot.find_log_lines("the bot has started")) == 2 and bot.find_log_lines(BACK_EVENT))
        await bot.wait_for_delivery()
    assert count_repeated_prompts(phone) == 1
