"""A turn that fails, and a database that is away: said plainly, and nobody else is held up."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

from bot.preview import Lookalike, Refused
from tests.bot.running import Running, change, running, until
from tests.bot.walking import Walker, place_of
from tests.phone import Phone

SORRY = "Something went wrong here. What you told me before is safe. Please try that again in a moment."
WORDS = "my mother's name is Blodwen"


async def test_a_turn_that_fails_is_said_in_one_sentence_and_logged_without_a_word(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("a turn failed")
    other = Phone(lookalike, 8)
    await Walker(phone).to("informed_why")
    await bot.said_all()
    change(bot.file, "update runs set held = x'00'")
    heard = len(phone.heard)
    phone.type(WORDS)
    await Walker(other).to("viewpoint")
    assert (await phone.hears()).text == SORRY
    await bot.said_all()
    assert len(phone.heard) == heard + 1
    [line] = bot.said("a turn failed")
    assert line["where"].split(":")[0].endswith(".py")
    assert set(line) == {"event", "log_level", "error", "where"}
    assert not any(word in str(line) for word in (*WORDS.split(), str(phone.chat_id), lookalike.token))


async def test_the_button_of_a_turn_that_fails_stops_waiting(bot: Running, phone: Phone) -> None:
    bot.allow("a turn failed")
    await Walker(phone).to("role")
    await bot.said_all()
    change(bot.file, "update runs set held = x'00'")
    tap = phone.tap("Somebody else")
    assert (await phone.hears()).text == SORRY
    await phone.answered(tap)


async def test_what_cannot_be_said_does_not_hold_up_the_chat(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    bot.allow("something could not be said")
    await Walker(phone).to("role")
    await bot.said_all()
    lookalike.fault = lambda method, _: Refused(429, "Too Many Requests", 1) if method == "sendMessage" else None
    phone.tap("Somebody else")
    await until(lambda: lookalike.refusals)
    phone.type("/help")
    await bot.took_in()
    change(bot.file, "update outbox set saying = x'00' where id = (select max(id) from outbox)")
    lookalike.fault = None
    assert place_of(await phone.hears()) == "viewpoint"
    assert (await phone.hears()).text == SORRY
    await bot.said_all()
    phone.type("/start")
    assert place_of(await phone.hears()) == "viewpoint"
    [line] = bot.said("something could not be said")
    assert set(line) == {"event", "log_level", "error", "where"}


@asynccontextmanager
async def away(file: Path) -> AsyncIterator[None]:
    """A table is gone for a moment: every use of the database fails at once, as on a full or failing disk."""
    change(file, "alter table chats rename to chats_away")
    try:
        yield
    finally:
        change(file, "alter table chats_away rename to chats")


async def test_while_the_database_is_away_nothing_is_acknowledged(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("the database is away: nothing is acknowledged until it is back")
    await Walker(phone).to("role")
    await bot.said_all()
    async with away(bot.file):
        tap = phone.tap("Somebody else")
        await until(lambda: len(bot.said("the database is away")) > 1)
        assert [waiting.update["callback_query"]["id"] for waiting in lookalike.updates.waiting] == [tap]
        assert tap not in phone.answers
    assert place_of(await phone.hears()) == "viewpoint"
    await bot.said_all()
    assert bot.rows("select question, choice from answers") == [("role", "someone_else")]
    assert [message.text for message in phone.messages if message.text == SORRY] == []


async def test_the_bot_stops_when_told_even_if_the_database_is_away(
    lookalike: Lookalike, url: str, file: Path, phone: Phone
) -> None:
    """What was not kept is not confirmed: the next start takes it in."""
    async with running(lookalike, url, file) as bot:
        bot.allow("the database is away: nothing is acknowledged until it is back")
        await Walker(phone).to("role")
        await bot.said_all()
        async with away(file):
            phone.tap("Somebody else")
            await until(lambda: bot.said("the database is away"))
            async with asyncio.timeout(3):
                await bot.stop()
        assert len(lookalike.updates.waiting) == 1
    async with running(lookalike, url, file):
        assert place_of(await phone.hears()) == "viewpoint"


async def test_a_lock_that_is_held_too_long_delays_and_loses_nothing(
    bot: Running, phone: Phone, lookalike: Lookalike
) -> None:
    bot.allow("the database is away: nothing is acknowledged until it is back")
    await Walker(phone).to("role")
    await bot.said_all()
    with closing(sqlite3.connect(bot.file, isolation_level=None)) as other:
        other.execute("begin immediate")
        phone.tap("Somebody else")
        await until(lambda: bot.said("the database is away"))
        assert len(lookalike.updates.waiting) == 1
        other.execute("rollback")
    assert place_of(await phone.hears(timeout=20)) == "viewpoint"
    await bot.said_all()
    assert bot.rows("select question, choice from answers") == [("role", "someone_else")]


async def test_the_sender_waits_for_the_database_too(bot: Running, phone: Phone, lookalike: Lookalike) -> None:
    """Blocked or not: what the sender has to write down waits until it can be."""
    await Walker(phone).to("role")
    await bot.said_all()
    lookalike.fault = lambda method, _: 0.3 if method == "sendMessage" else None
    said = lookalike.calls["sendMessage"]
    phone.tap("Somebody else")
    await until(lambda: lookalike.calls["sendMessage"] > said)
    async with away(bot.file):
        await phone.hears()
        lookalike.fault = lambda *_: Refused(403, "Forbidden: bot was blocked by the user")
    await bot.said_all()
    lookalike.fault = None
