"""Somebody blocks the bot: nothing more is said there, and what was not sent is erased."""

from datetime import UTC, datetime
from pathlib import Path

from bot.emulator import Lookalike, Refused
from bot.handlers.turn import take
from bot.telegram.updates import Incoming
from flows.models import Commanded
from storage.conversations.outbox import next_due
from storage.db.database import open_database
from tests.support.phone import Phone
from tests.support.running_bot import Running
from tests.support.walkers import Walker, place_of

BLOCKED = Refused(403, "Forbidden: bot was blocked by the user")


async def test_blocked_while_something_was_to_be_said(bot: Running, lookalike: Lookalike, phone: Phone) -> None:
    """Telegram's 403 comes first; without the news of the block, the place is kept."""
    await Walker(phone).to("viewpoint")
    await bot.said_all()
    lookalike.fault = lambda method, _: BLOCKED if method in {"sendMessage", "editMessageText"} else None
    phone.tap("My family")
    await bot.said_all()
    lookalike.fault = None
    assert bot.rows("select blocked from chats") == [(1,)]
    assert bot.rows("select place from runs") == [("informed",)]
    phone.type("/start")
    assert place_of(await phone.hears()) == "informed"
    await bot.said_all()
    assert bot.rows("select blocked from chats") == [(0,)]


async def test_news_of_a_block_ends_the_run_and_empties_what_was_to_be_said(
    bot: Running, lookalike: Lookalike, phone: Phone
) -> None:
    await Walker(phone).to("viewpoint")
    await bot.said_all()
    lookalike.fault = lambda method, _: Refused(429, "Too Many Requests", 1) if method == "sendMessage" else None
    phone.tap("My family")
    phone.block()
    await bot.said_all()
    lookalike.fault = None
    assert bot.rows("select * from runs") == bot.rows("select * from chats") == []
    phone.unblock()
    phone.type("/start")
    assert place_of(await phone.hears()) == "welcome"


async def test_a_blocked_chat_does_not_hold_up_others(bot: Running, lookalike: Lookalike, phone: Phone) -> None:
    other = Phone(lookalike, 8)
    await Walker(phone).to("viewpoint")
    phone.tap("My family")
    phone.block()
    await Walker(other).to("viewpoint")
    await bot.said_all()


def test_news_of_a_block_that_comes_again_takes_nothing_from_who_came_back(file: Path) -> None:
    """Killed before the batch was confirmed, the bot hears again of a block that is over, with words still to say."""
    database = open_database(f"sqlite:///{file}")
    news, start = Incoming(1, 7, "blocked"), Commanded("start")
    try:
        assert take(database, news, datetime.now(UTC))
        assert take(database, Incoming(2, 7, start), datetime.now(UTC))
        assert not take(database, news, datetime.now(UTC))
        assert next_due(database, 7)
    finally:
        database.close()
