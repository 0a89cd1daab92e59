"""Telegram is away, cuts the line, or asks for patience: nothing is lost, and nobody waits for somebody else."""

import asyncio
import time
from random import Random

import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.deployments import POSTGRESQL, SQLITE, Deployment
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.telegram_faults import SEND_FAILED_EVENT, EmulatorFault, fail_first_calls
from tests.support.walkers import Walker, get_step

POLL_FAILED_EVENT = "fetching updates failed"


@pytest.mark.parametrize(
    "fault",
    [BotApiError(500, "Internal Server Error"), BotApiError(502, "Bad Gateway"), "drop"],
    ids=["500", "502", "cut"],
)
async def test_a_message_that_telegram_did_not_take_is_said_once_it_does(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, fault: EmulatorFault
) -> None:
    bot.allow_events(SEND_FAILED_EVENT)
    await Walker(phone).walk_to("role")
    heard = len(phone.received_ids)
    emulator.fault_injector = fail_first_calls([fault, fault], "sendMessage")
    phone.tap("Somebody else")
    assert get_step(await phone.receive()) == "viewpoint"
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == heard + 1
    assert len(bot.find_log_lines(SEND_FAILED_EVENT)) == 2


async def test_a_message_whose_answer_was_lost_is_said_again_and_works(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    """Nobody can know that it had arrived: the bot says it again, and both count as the same question."""
    bot.allow_events(SEND_FAILED_EVENT)
    await Walker(phone).walk_to("role")
    emulator.fault_injector = fail_first_calls(["lose"], "sendMessage")
    phone.tap("Somebody else")
    once, again = await phone.receive(), await phone.receive()
    await bot.wait_for_delivery()
    assert once.text == again.text
    phone.tap_in(once, "My family")
    assert get_step(await phone.receive()) == "informed"
    answer = await phone.wait_for_answer(phone.tap_in(again, "My community"))
    assert answer.show_alert
    await bot.wait_for_delivery()
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]
    assert bot.fetch_rows("select choice from answers where question = 'viewpoint'") == [("family",)]


@pytest.mark.parametrize(
    "fault", [BotApiError(500, "Internal"), "drop", BotApiError(429, "Too Many Requests", 1)], ids=["500", "cut", "429"]
)
async def test_asking_for_updates_goes_on_after_a_fault(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, fault: EmulatorFault
) -> None:
    bot.allow_events(POLL_FAILED_EVENT)
    await bot.wait_for_intake()
    emulator.fault_injector = fail_first_calls([fault], "getUpdates")
    await Walker(phone).walk_to("role")
    await Walker(phone).walk_to("viewpoint")


@pytest.mark.deployments(SQLITE, reason="behind a webhook nobody polls")
async def test_that_telegram_cannot_be_asked_is_logged_once_each_time(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.polling.RETRY_DELAYS_SECONDS", (0.05,))
    bot.allow_events(POLL_FAILED_EVENT)
    await bot.wait_for_intake()
    for times in (1, 2):
        emulator.fault_injector = fail_first_calls([BotApiError(502, "Bad Gateway")] * 5, "getUpdates")
        for _ in range(2):  # the first ends the question that stands
            phone.type_text("/help")
            await phone.receive()
        assert len(bot.find_log_lines(POLL_FAILED_EVENT)) == times
        await bot.wait_for_intake()


@pytest.mark.deployments(SQLITE, POSTGRESQL, reason="behind a webhook nobody polls")
async def test_another_poller_is_named_in_the_log(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    bot.allow_events("another bot is polling with the same token: stop one of the two")
    await bot.wait_for_intake()
    await emulator.updates.poll()
    await Walker(phone).walk_to("role")
    assert bot.find_log_lines("another bot is polling")


async def test_patience_asked_for_in_one_chat_delays_no_other(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    other = Walker(Phone(emulator, 8))
    await Walker(phone).walk_to("role")
    await other.walk_to("role")
    await bot.wait_for_delivery()
    calls: list[float] = []

    def fault(method: str, args: dict[str, object]) -> EmulatorFault:
        if method != "sendMessage" or str(args["chat_id"]) != "7":
            return None
        calls.append(time.monotonic())
        return BotApiError(429, "Too Many Requests: retry after 2", 2) if len(calls) == 1 else None

    emulator.fault_injector = fault
    phone.tap("Somebody else")
    await wait_until(lambda: calls)
    await other.walk_to("check")
    assert len(calls) == 1, "the other chat walked nearly all of its way while this one was asked to wait"
    assert get_step(await phone.receive()) == "viewpoint"
    assert len(calls) == 2
    assert calls[1] - calls[0] >= 2


async def test_whatever_goes_wrong_a_chat_hears_everything_in_order(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events(SEND_FAILED_EVENT, POLL_FAILED_EVENT)
    random = Random(3)
    faults: list[EmulatorFault] = [
        BotApiError(500, "Internal"),
        "drop",
        BotApiError(429, "Too Many Requests", 0),
        0.05,
        None,
        None,
    ]
    emulator.fault_injector = lambda *_: random.choice(faults) if random.random() < 0.3 else None
    phone.type_text("/start")
    for words in ("let's start", "neighbour", "my family", "a bit better", "they rang back", "not sure"):
        phone.type_text(words)
    await bot.wait_for_delivery()
    said = [phone.versions[number][0] for number in phone.received_ids]
    places = ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    assert [get_step(message) for message in said] == places


async def test_a_picture_that_is_refused_comes_as_words(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("a drawing could not be sent; its text is sent instead")
    walker = Walker(phone)
    await walker.walk_to("check")
    emulator.fault_injector = fail_first_calls([BotApiError(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")], "sendPhoto")
    await walker.submit()
    thanks, result, summary = [phone.versions[number][-1] for number in phone.received_ids][-3:]
    assert "Thank you" in thanks.text
    assert result.kind == "text"
    assert "From where you stand" in result.text
    assert summary.buttons == ["Delete my answers"]


async def test_what_telegram_refuses_for_good_does_not_hold_up_the_chat(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("Telegram rejected a call")
    await Walker(phone).walk_to("role")
    emulator.fault_injector = fail_first_calls([BotApiError(400, "Bad Request: something of next year")], "sendMessage")
    phone.type_text("/help")
    phone.type_text("/about")
    assert "Where this comes from" in (await phone.receive()).text


async def test_telegram_may_be_away_when_the_bot_starts(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    emulator.fault_injector = fail_first_calls([BotApiError(502, "Bad Gateway"), "drop"], "getMe")
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(SEND_FAILED_EVENT)
        await Walker(phone).walk_to("role")


async def test_the_bot_stops_when_told_even_if_telegram_was_never_there(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    emulator.fault_injector = lambda *_: BotApiError(502, "Bad Gateway")
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(SEND_FAILED_EVENT)
        await wait_until(lambda: bot.find_log_lines(SEND_FAILED_EVENT))
        async with asyncio.timeout(3):
            await bot.stop()


async def test_what_could_not_be_said_before_the_stop_is_said_after_the_start(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await Walker(phone).walk_to("role")
        await bot.wait_for_delivery()
        emulator.fault_injector = fail_first_calls([BotApiError(429, "Too Many Requests", 60)], "sendMessage")
        phone.tap("Somebody else")
        phone.type_text("my family")
        await bot.wait_for_intake()
    assert len(bot.fetch_rows("select * from outbox_entries")) == 2
    async with running_bot(emulator, emulator_url, deployment):
        assert get_step(await phone.receive()) == "viewpoint"
        assert get_step(await phone.receive()) == "informed"


async def test_a_token_that_stops_counting_loses_nothing_that_was_to_be_said(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.webhook.WEBHOOK_CHECK_INTERVAL_SECONDS", 0.2)
    with pytest.raises(Exception, match="TELEGRAM_BOT_TOKEN"):  # noqa: PT012 - the bot ends by itself
        async with running_bot(emulator, emulator_url, deployment) as bot:
            await Walker(phone).walk_to("role")
            await bot.wait_for_delivery()
            phone.tap("Somebody else")
            emulator.fault_injector = lambda *_: BotApiError(401, "Unauthorized")
            await asyncio.wait([bot.task])
    assert len(bot.fetch_rows("select * from outbox_entries")) == 1
    emulator.fault_injector = None
    async with running_bot(emulator, emulator_url, deployment):
        assert get_step(await phone.receive()) == "viewpoint"
