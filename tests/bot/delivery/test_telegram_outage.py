"""Telegram is unavailable, drops connections or limits the rate: no message is lost, and no chat delays another."""

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
async def test_a_message_that_failed_is_sent_once_telegram_is_back(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, fault: EmulatorFault
) -> None:
    bot.allow_events(SEND_FAILED_EVENT)
    await Walker(phone).walk_to("role")
    message_count = len(phone.received_ids)
    emulator.fault_injector = fail_first_calls([fault, fault], "sendMessage")
    phone.tap("Somebody else")
    assert get_step(await phone.receive()) == "viewpoint"
    await bot.wait_for_delivery()
    assert len(phone.received_ids) == message_count + 1
    assert len(bot.find_log_lines(SEND_FAILED_EVENT)) == 2


async def test_a_message_whose_confirmation_was_lost_is_repeated_and_still_works(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    """The bot cannot know that the message arrived. It sends it again, and both count as the same prompt."""
    bot.allow_events(SEND_FAILED_EVENT)
    await Walker(phone).walk_to("role")
    emulator.fault_injector = fail_first_calls(["lose"], "sendMessage")
    phone.tap("Somebody else")
    first, repeated = await phone.receive(), await phone.receive()
    await bot.wait_for_delivery()
    assert first.text == repeated.text
    phone.tap_in(first, "My family")
    assert get_step(await phone.receive()) == "informed"
    answer = await phone.wait_for_answer(phone.tap_in(repeated, "My community"))
    assert answer.show_alert
    await bot.wait_for_delivery()
    assert [message.id for message in phone.messages if message.buttons] == [phone.latest_bot_message.id]
    assert bot.fetch_rows("select choice from answers where question = 'viewpoint'") == [("family",)]


@pytest.mark.parametrize(
    "fault", [BotApiError(500, "Internal"), "drop", BotApiError(429, "Too Many Requests", 1)], ids=["500", "cut", "429"]
)
async def test_polling_goes_on_after_an_error(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, fault: EmulatorFault
) -> None:
    bot.allow_events(POLL_FAILED_EVENT)
    await bot.wait_for_intake()
    emulator.fault_injector = fail_first_calls([fault], "getUpdates")
    await Walker(phone).walk_to("role")
    await Walker(phone).walk_to("viewpoint")


@pytest.mark.deployments(SQLITE, reason="a bot behind a webhook does not poll")
async def test_each_polling_outage_is_logged_once(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.intake.polling.FETCH_RETRY_DELAYS_SECONDS", (0.05,))
    bot.allow_events(POLL_FAILED_EVENT)
    await bot.wait_for_intake()
    for times in (1, 2):
        emulator.fault_injector = fail_first_calls([BotApiError(502, "Bad Gateway")] * 5, "getUpdates")
        for _ in range(2):  # the first one ends the open poll
            phone.type_text("/help")
            await phone.receive()
        assert len(bot.find_log_lines(POLL_FAILED_EVENT)) == times
        await bot.wait_for_intake()


@pytest.mark.deployments(SQLITE, POSTGRESQL, reason="a bot behind a webhook does not poll")
async def test_another_poller_is_named_in_the_log(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
    bot.allow_events("another bot is polling with the same token: stop one of the two")
    await bot.wait_for_intake()
    await emulator.updates.poll()
    await Walker(phone).walk_to("role")
    assert bot.find_log_lines("another bot is polling")


async def test_a_rate_limit_in_one_chat_delays_no_other(
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
    assert len(calls) == 1, "the other chat went on during the wait"
    assert get_step(await phone.receive()) == "viewpoint"
    assert len(calls) == 2
    assert calls[1] - calls[0] >= 2


async def test_a_chat_receives_everything_in_order_despite_random_faults(
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
    sent = [phone.versions[number][0] for number in phone.received_ids]
    steps = ["welcome", "role", "viewpoint", "informed", "informed_why", "confident", "connected"]
    assert [get_step(message) for message in sent] == steps


async def test_a_rejected_picture_is_sent_as_text(bot: RunningBot, phone: Phone, emulator: TelegramEmulator) -> None:
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


async def test_a_permanently_rejected_message_does_not_block_the_chat(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("Telegram rejected a call")
    await Walker(phone).walk_to("role")
    emulator.fault_injector = fail_first_calls([BotApiError(400, "Bad Request: something of next year")], "sendMessage")
    phone.type_text("/help")
    phone.type_text("/about")
    assert "Where this comes from" in (await phone.receive()).text


async def test_the_bot_starts_while_telegram_is_unavailable(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment, phone: Phone
) -> None:
    emulator.fault_injector = fail_first_calls([BotApiError(502, "Bad Gateway"), "drop"], "getMe")
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(SEND_FAILED_EVENT)
        await Walker(phone).walk_to("role")


async def test_the_bot_stops_on_request_if_telegram_never_answered(
    emulator: TelegramEmulator, emulator_url: str, deployment: Deployment
) -> None:
    emulator.fault_injector = lambda *_: BotApiError(502, "Bad Gateway")
    async with running_bot(emulator, emulator_url, deployment) as bot:
        bot.allow_events(SEND_FAILED_EVENT)
        await wait_until(lambda: bot.find_log_lines(SEND_FAILED_EVENT))
        async with asyncio.timeout(3):
            await bot.stop()


async def test_unsent_messages_are_sent_after_a_restart(
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


async def test_a_revoked_token_loses_no_unsent_message(
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
