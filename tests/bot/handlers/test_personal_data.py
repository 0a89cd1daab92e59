"""`/mydata`: all that is kept is told in a message, and then given as a file of plain text."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.emulator import Lookalike, Refused
from tests.bot.delivery.test_receipt import DELETE
from tests.bot.delivery.test_undeliverable_entries import BUSY, PATIENCE
from tests.bot.intake.test_dead_letters import EVERYWHERE
from tests.storage.db.test_erasure import every_byte
from tests.support.deployments import SQLITE, Way
from tests.support.phone import Message, Phone
from tests.support.running_bot import Running, running, until
from tests.support.walkers import Walker

TYPED, KEPT = "Gwenllian rang <us> back", "[name] rang <us> back"
CHAT = 5_123_456_789


async def asks(bot: Running, phone: Phone) -> list[Message]:
    """Types /mydata; what comes then."""
    before = len(phone.heard)
    phone.type("/mydata")
    await bot.said_all()
    return [phone.versions[number][-1] for number in phone.heard[before:]]


def read(lookalike: Lookalike, message: Message) -> str:
    """The text in the file of a message."""
    stored = lookalike.files.by_id[message.raw["document"]["file_id"]]
    assert (stored.name, stored.media_type) == ("my-data.txt", "text/plain")
    assert stored.content.startswith("\ufeff".encode()), "else some phones read it as something else than UTF-8"
    return stored.content.decode("utf-8-sig")


def day(days: int) -> str:
    at = datetime.now(UTC) + timedelta(days=days)
    return f"{at.day} {at:%B %Y}"


async def half_way(phone: Phone) -> Message:
    """Somebody who is asked what shall be taken out of what they typed."""
    await Walker(phone).to("informed_why")
    phone.type(TYPED)
    return await phone.hears()


@EVERYWHERE
async def test_all_that_is_kept_comes_as_a_message_and_as_a_file(bot: Running, lookalike: Lookalike) -> None:
    phone = Phone(lookalike, CHAT)
    asked = await half_way(phone)
    await bot.said_all()
    typed = next(message for message in phone.messages if message.text == TYPED)
    told, given = await asks(bot, phone)
    assert ("not sent yet" in told.text, KEPT in told.text, TYPED in told.text) == (True, True, False)
    assert told.buttons == ["‹ Back to where I was"]
    assert (given.kind, given.text) == (
        "document",
        "All that is kept about you, as a file. Whoever has the file can read it.",
    )
    text = read(lookalike, given)
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
    [(taken,)] = bot.rows("select taken from chats")
    assert f"nothing counts twice: {', '.join(taken.split())}" in text
    assert not any(tag in text for tag in ("<b>", "</b>", "<i>", "&lt;"))
    assert not any(hidden in repr(bot.log) for hidden in (TYPED, "Gwenllian", str(CHAT), "rang"))


async def test_words_that_wait_for_a_decision_of_where_they_belong_are_in_the_file(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    await Walker(phone).to("viewpoint")
    phone.type("well it depends on the day")
    await phone.hears()
    _, given = await asks(bot, phone)
    assert "You have not said yet where they belong:\n“well it depends on the day”" in read(lookalike, given)


async def test_where_nothing_at_all_is_kept_no_file_comes(bot: Running, phone: Phone) -> None:
    [told] = await asks(bot, phone)
    assert "Nothing: no answers, not the number of this chat" in told.text
    assert "I can't find them" in told.text
    assert told.buttons == []
    assert bot.rows("select * from chats") == bot.rows("select * from runs") == []


async def test_who_has_sent_is_told_of_the_mark_and_that_nobody_can_find_the_answers(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    await Walker(phone).to("check")
    summary = await Walker(phone).send()
    await bot.said_all()
    told, given = await asks(bot, phone)
    text = read(lookalike, given)
    assert "A mark that you have sent answers" in told.text
    assert "You have sent answers, and did not take them back." in text
    assert "Nobody can find answers once they are sent, and neither can I." in text
    assert "I don't keep the number of this chat." in text
    assert "family" not in text
    phone.tap_on(summary, DELETE)
    await phone.hears()
    phone.tap("Yes, delete what I sent")
    await phone.hears()
    [told] = await asks(bot, phone)
    assert "no mark that you have sent any" in told.text


async def test_a_file_that_telegram_does_not_take_loses_nothing_else(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("Telegram refused a call for good")
    await half_way(phone)
    refuse = Refused(400, "Bad Request: something of next year")
    lookalike.fault = lambda method, _: refuse if method == "sendDocument" else None
    [told] = await asks(bot, phone)
    assert KEPT in told.text
    phone.type("/help")
    assert "How this works" in (await phone.hears()).text
    assert "Gwenllian" not in repr(bot.log)


@EVERYWHERE
@pytest.mark.parametrize("at", ["sendMessage", "sendDocument"])
async def test_a_bot_that_ends_before_all_is_said_says_the_rest_the_next_time(
    lookalike: Lookalike, url: str, way: Way, phone: Phone, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    monkeypatch.setattr("bot.delivery.sender.PATIENCE", 0.1)
    async with running(lookalike, url, way) as bot:
        await half_way(phone)
        await bot.said_all()
        heard = len(phone.heard)
        lookalike.fault = lambda method, _: PATIENCE if method == at else None
        phone.type("/mydata")
        await until(lambda: lookalike.refusals)
        await bot.took_in()
    [(saying,)] = way.rows("select saying from outbox")
    assert b"Gwenllian" not in bytes(saying), "it is locked"
    lookalike.fault = None
    async with running(lookalike, url, way) as bot:
        await bot.said_all()
    came = [phone.versions[number][-1] for number in phone.heard[heard:]]
    assert [message.kind for message in came] == ["text", "document"]
    assert TYPED in read(lookalike, came[1])
    assert way.rows("select * from outbox") == []


@pytest.mark.ways(SQLITE)
async def test_once_it_was_said_nothing_of_it_stands_in_the_files(bot: Running, lookalike: Lookalike) -> None:
    """Nothing is unfinished here: the chat's number stood beside what was to be said, and nowhere else."""
    phone = Phone(lookalike, CHAT)
    await Walker(phone).to("check")
    await Walker(phone).send()
    await until(lambda: CHAT.to_bytes(6, "big") not in every_byte(bot.way.file))
    lookalike.fault = lambda method, _: BUSY if method == "sendDocument" and not lookalike.refusals else None
    phone.type("/mydata")
    await until(lambda: lookalike.refusals)
    assert CHAT.to_bytes(6, "big") in every_byte(bot.way.file)
    await bot.said_all()
    assert phone.shown.kind == "document"
    await until(lambda: CHAT.to_bytes(6, "big") not in every_byte(bot.way.file))
