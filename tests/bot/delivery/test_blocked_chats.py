"""Somebody blocks the bot: nothing more is said there, and what was not sent is erased."""

from datetime import UTC, datetime
from pathlib import Path

from bot.emulator import BotApiError, TelegramEmulator
from bot.handlers.turn import take_update
from bot.telegram.updates import IncomingUpdate
from flows.models import Command
from storage.conversations.outbox import load_next_entry
from storage.db.database import open_database
from tests.support.phone import Phone
from tests.support.running_bot import RunningBot
from tests.support.walkers import Walker, get_step

BLOCKED = BotApiError(403, "Forbidden: bot was blocked by the user")


async def test_blocked_while_something_was_to_be_said(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    """Telegram's 403 comes first; without the news of the block, the place is kept."""
    await Walker(phone).walk_to("viewpoint")
    await bot.wait_for_delivery()
    emulator.fault_injector = lambda method, _: BLOCKED if method in {"sendMessage", "editMessageText"} else None
    phone.tap("My family")
    await bot.wait_for_delivery()
    emulator.fault_injector = None
    assert bot.fetch_rows("select is_blocked from chats") == [(1,)]
    assert bot.fetch_rows("select step from runs") == [("informed",)]
    phone.type_text("/start")
    assert get_step(await phone.receive()) == "informed"
    await bot.wait_for_delivery()
    assert bot.fetch_rows("select is_blocked from chats") == [(0,)]


async def test_news_of_a_block_ends_the_run_and_empties_what_was_to_be_said(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    await Walker(phone).walk_to("viewpoint")
    await bot.wait_for_delivery()
    emulator.fault_injector = lambda method, _: (
        BotApiError(429, "Too Many Requests", 1) if method == "sendMessage" else None
    )
    phone.tap("My family")
    phone.block()
    await bot.wait_for_delivery()
    emulator.fault_injector = None
    assert bot.fetch_rows("select * from runs") == bot.fetch_rows("select * from chats") == []
    phone.unblock()
    phone.type_text("/start")
    assert get_step(await phone.receive()) == "welcome"


async def test_a_blocked_chat_does_not_hold_up_others(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    other = Phone(emulator, 8)
    await Walker(phone).walk_to("viewpoint")
    phone.tap("My family")
    phone.block()
    await Walker(other).walk_to("viewpoint")
    await bot.wait_for_delivery()


def test_news_of_a_block_that_comes_again_takes_nothing_from_who_came_back(database_file: Path) -> None:
    """Killed before the batch was confirmed, the bot hears again of a block that is over, with words still to say."""
    database = open_database(f"sqlite:///{database_file}")
    news, start = IncomingUpdate(1, 7, "blocked"), Command("start")
    try:
        assert take_update(database, news, datetime.now(UTC))
        assert take_update(database, IncomingUpdate(2, 7, start), datetime.now(UTC))
        assert not take_update(database, news, datetime.now(UTC))
        assert load_next_entry(database, 7)
    finally:
        database.close()
