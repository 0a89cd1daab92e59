"""`/mydata`: all that is kept is told in a message, and then given as a file of plain text."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.emulator import BotApiError, TelegramEmulator
from tests.support.dead_letter_log import ON_ALL_DEPLOYMENTS
from tests.support.deployments import SQLITE, Deployment
from tests.support.file_bytes import read_all_bytes
from tests.support.personal_data import read_data_file, request_personal_data
from tests.support.phone import Phone, PhoneMessage
from tests.support.receipt_texts import DELETE_LABEL
from tests.support.running_bot import RunningBot, running_bot, wait_until
from tests.support.undeliverable_log import RATE_LIMITED_BRIEFLY, RATE_LIMITED_FOR_A_MINUTE
from tests.support.walkers import Walker

TYPED, KEPT = "Gwenllian rang <us> back", "[name] rang <us> back"
CHAT = 5_123_456_789


def day(days: int) -> str:
    at = datetime.now(UTC) + timedelta(days=days)
    return f"{at.day} {at:%B %Y}"


async def half_way(phone: Phone) -> PhoneMessage:
    """Somebody who is asked what shall be taken out of what they typed."""
    await Walker(phone).walk_to("informed_why")
    phone.type_text(TYPED)
    return await phone.receive()


@ON_ALL_DEPLOYMENTS
async def test_all_that_is_kept_comes_as_a_message_and_as_a_file(bot: RunningBot, emulator: TelegramEmulator) -> None:
    phone = Phone(emulator, CHAT)
    asked = await half_way(phone)
    await bot.wait_for_delivery()
    typed = next(message for message in phone.messages if message.text == TYPED)
    told, given = await request_personal_data(bot, phone)
    assert ("not sent yet" in told.text, KEPT in told.text, TYPED in told.text) == (True, True, False)
    assert told.buttons == ["‹ Back to where I was"]
    assert (given.kind, given.text) == (
        "document",
        "All that is kept about you, as a file. Whoever has the file can read it.",
    )
    text = read_data_file(emulator, given)
    lines = text.splitlines()
    for line in (
        f"The number of this chat: {CHAT}",
        "Your answer: I look after family or a friend",
        f"Your words: “{KEPT}”",
        f"As you typed it, until you decide: “{TYPED}”",
        f"Your messages whose words I keep: {typed.id}",
        "No mark says that you have sent any.",
    ):
        assert line in lines, text
    assert f"Erased: after {day(30)}" in text
    assert f"My newest buttons: in message {asked.id}, since {day(0)}" in text
    [(taken,)] = bot.fetch_rows("select recent_update_ids from chats")
    assert f"nothing counts twice: {', '.join(taken.split())}" in text
    assert not any(tag in text for tag in ("<b>", "</b>", "<i>", "&lt;"))
    assert not any(hidden in repr(bot.log_lines) for hidden in (TYPED, "Gwenllian", str(CHAT), "rang"))


async def test_words_that_wait_for_a_decision_of_where_they_belong_are_in_the_file(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    await Walker(phone).walk_to("viewpoint")
    phone.type_text("well it depends on the day")
    await phone.receive()
    _, given = await request_personal_data(bot, phone)
    assert "You have not said yet where they belong:\n“well it depends on the day”" in read_data_file(emulator, given)


async def test_where_nothing_at_all_is_kept_no_file_comes(bot: RunningBot, phone: Phone) -> None:
    [told] = await request_personal_data(bot, phone)
    assert "Nothing: no answers, not the number of this chat" in told.text
    assert "I can't find them" in told.text
    assert told.buttons == []
    assert bot.fetch_rows("select * from chats") == bot.fetch_rows("select * from runs") == []


async def test_who_has_sent_is_told_of_the_mark_and_that_nobody_can_find_the_answers(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    await Walker(phone).walk_to("check")
    summary = await Walker(phone).submit()
    await bot.wait_for_delivery()
    told, given = await request_personal_data(bot, phone)
    text = read_data_file(emulator, given)
    assert "A mark that you have sent answers" in told.text
    assert "You have sent answers, and did not take them back." in text
    assert "Nobody can find answers once they are sent, and neither can I." in text
    assert "I don't keep the number of this chat." in text
    assert "family" not in text
    phone.tap_in(summary, DELETE_LABEL)
    await phone.receive()
    phone.tap("Yes, delete what I sent")
    await phone.receive()
    [told] = await request_personal_data(bot, phone)
    assert "no mark that you have sent any" in told.text


async def test_a_file_that_telegram_does_not_take_loses_nothing_else(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("Telegram rejected a call")
    await half_way(phone)
    refuse = BotApiError(400, "Bad Request: something of next year")
    emulator.fault_injector = lambda method, _: refuse if method == "sendDocument" else None
    [told] = await request_personal_data(bot, phone)
    assert KEPT in told.text
    phone.type_text("/help")
    assert "How this works" in (await phone.receive()).text
    assert "Gwenllian" not in repr(bot.log_lines)


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize("at", ["sendMessage", "sendDocument"])
async def test_a_bot_that_ends_before_all_is_said_says_the_rest_the_next_time(
    emulator: TelegramEmulator,
    emulator_url: str,
    deployment: Deployment,
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
    at: str,
) -> None:
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await half_way(phone)
        await bot.wait_for_delivery()
        heard = len(phone.received_ids)
        emulator.fault_injector = lambda method, _: RATE_LIMITED_FOR_A_MINUTE if method == at else None
        phone.type_text("/mydata")
        await wait_until(lambda: emulator.refusals)
        await bot.wait_for_intake()
    [(saying,)] = deployment.fetch_rows("select content from outbox_entries")
    assert b"Gwenllian" not in bytes(saying), "it is locked"
    emulator.fault_injector = None
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await bot.wait_for_delivery()
    came = [phone.versions[number][-1] for number in phone.received_ids[heard:]]
    assert [message.kind for message in came] == ["text", "document"]
    assert TYPED in read_data_file(emulator, came[1])
    assert deployment.fetch_rows("select * from outbox_entries") == []


@pytest.mark.deployments(SQLITE)
async def test_once_it_was_said_nothing_of_it_stands_in_the_files(bot: RunningBot, emulator: TelegramEmulator) -> None:
    """Nothing is unfinished here: the chat's number stood beside what was to be said, and nowhere else."""
    phone = Phone(emulator, CHAT)
    await Walker(phone).walk_to("check")
    await Walker(phone).submit()
    await wait_until(lambda: CHAT.to_bytes(6, "big") not in read_all_bytes(bot.deployment.database_file))
    emulator.fault_injector = lambda method, _: (
        RATE_LIMITED_BRIEFLY if method == "sendDocument" and not emulator.refusals else None
    )
    phone.type_text("/mydata")
    await wait_until(lambda: emulator.refusals)
    assert CHAT.to_bytes(6, "big") in read_all_bytes(bot.deployment.database_file)
    await bot.wait_for_delivery()
    assert phone.latest_bot_message.kind == "document"
    await wait_until(lambda: CHAT.to_bytes(6, "big") not in read_all_bytes(bot.deployment.database_file))
