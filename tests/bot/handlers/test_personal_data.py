"""`/mydata` lists everything stored about a person in a message and a plain-text file."""

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
    failing_method = datetime.now(UTC) + timedelta(days=days)
    return f"{failing_method.day} {failing_method:%B %Y}"


async def walk_to_redaction(phone: Phone) -> PhoneMessage:
    """Types an answer with an identifier, and returns the prompt that asks about its redaction."""
    await Walker(phone).walk_to("informed_why")
    phone.type_text(TYPED)
    return await phone.receive()


@ON_ALL_DEPLOYMENTS
async def test_mydata_lists_all_stored_data_in_a_message_and_a_file(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    phone = Phone(emulator, CHAT)
    prompt = await walk_to_redaction(phone)
    await bot.wait_for_delivery()
    typed = next(message for message in phone.messages if message.text == TYPED)
    overview, document = await request_personal_data(bot, phone)
    assert ("not sent yet" in overview.text, KEPT in overview.text, TYPED in overview.text) == (True, True, False)
    assert overview.buttons == ["‹ Back to where I was"]
    assert (document.kind, document.text) == (
        "document",
        "All that is kept about you, as a file. Whoever has the file can read it.",
    )
    text = read_data_file(emulator, document)
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
    assert f"My newest buttons: in message {prompt.id}, since {day(0)}" in text
    [(update_ids,)] = bot.fetch_rows("select recent_update_ids from chats")
    assert f"nothing counts twice: {', '.join(update_ids.split())}" in text
    assert not any(tag in text for tag in ("<b>", "</b>", "<i>", "&lt;"))
    assert not any(hidden in repr(bot.log_lines) for hidden in (TYPED, "Gwenllian", str(CHAT), "rang"))


async def test_mydata_includes_words_that_were_not_assigned_yet(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    await Walker(phone).walk_to("viewpoint")
    phone.type_text("well it depends on the day")
    await phone.receive()
    _, document = await request_personal_data(bot, phone)
    assert "You have not said yet where they belong:\n“well it depends on the day”" in read_data_file(
        emulator, document
    )


async def test_mydata_sends_no_file_if_nothing_is_stored(bot: RunningBot, phone: Phone) -> None:
    [overview] = await request_personal_data(bot, phone)
    assert "Nothing: no answers, not the number of this chat" in overview.text
    assert "I can't find them" in overview.text
    assert overview.buttons == []
    assert bot.fetch_rows("select * from chats") == bot.fetch_rows("select * from runs") == []


async def test_mydata_after_submission_explains_the_mark_and_anonymity(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    await Walker(phone).walk_to("check")
    summary = await Walker(phone).submit()
    await bot.wait_for_delivery()
    overview, document = await request_personal_data(bot, phone)
    text = read_data_file(emulator, document)
    assert "A mark that you have sent answers" in overview.text
    assert "You have sent answers, and did not take them back." in text
    assert "Nobody can find answers once they are sent, and neither can I." in text
    assert "I don't keep the number of this chat." in text
    assert "family" not in text
    phone.tap_in(summary, DELETE_LABEL)
    await phone.receive()
    phone.tap("Yes, delete what I sent")
    await phone.receive()
    [overview] = await request_personal_data(bot, phone)
    assert "no mark that you have sent any" in overview.text


async def test_a_file_rejected_by_telegram_does_not_block_other_messages(
    bot: RunningBot, phone: Phone, emulator: TelegramEmulator
) -> None:
    bot.allow_events("Telegram rejected a call")
    await walk_to_redaction(phone)
    rejection = BotApiError(400, "Bad Request: something of next year")
    emulator.fault_injector = lambda method, _: rejection if method == "sendDocument" else None
    [overview] = await request_personal_data(bot, phone)
    assert KEPT in overview.text
    phone.type_text("/help")
    assert "How this works" in (await phone.receive()).text
    assert "Gwenllian" not in repr(bot.log_lines)


@ON_ALL_DEPLOYMENTS
@pytest.mark.parametrize("failing_method", ["sendMessage", "sendDocument"])
async def test_mydata_interrupted_by_a_stop_is_completed_after_a_restart(
    emulator: TelegramEmulator,
    emulator_url: str,
    deployment: Deployment,
    phone: Phone,
    monkeypatch: pytest.MonkeyPatch,
    failing_method: str,
) -> None:
    monkeypatch.setattr("bot.delivery.sender.SHUTDOWN_GRACE_SECONDS", 0.1)
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await walk_to_redaction(phone)
        await bot.wait_for_delivery()
        message_count = len(phone.received_ids)
        emulator.fault_injector = lambda method, _: RATE_LIMITED_FOR_A_MINUTE if method == failing_method else None
        phone.type_text("/mydata")
        await wait_until(lambda: emulator.refusals)
        await bot.wait_for_intake()
    [(content,)] = deployment.fetch_rows("select content from outbox_entries")
    assert b"Gwenllian" not in bytes(content), "it is encrypted"
    emulator.fault_injector = None
    async with running_bot(emulator, emulator_url, deployment) as bot:
        await bot.wait_for_delivery()
    received = [phone.versions[number][-1] for number in phone.received_ids[message_count:]]
    assert [message.kind for message in received] == ["text", "document"]
    assert TYPED in read_data_file(emulator, received[1])
    assert deployment.fetch_rows("select * from outbox_entries") == []


@pytest.mark.deployments(SQLITE)
async def test_after_delivery_the_database_files_do_not_contain_the_chat_id(
    bot: RunningBot, emulator: TelegramEmulator
) -> None:
    """No run is open here, so the chat's number is stored only with the outbox entry."""
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
