"""A person blocks the bot: it sends nothing more to that chat, and erases unsent messages."""

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


async def test_a_message_refused_by_a_block_is_erased_and_the_place_kept(
    bot: RunningBot, emulator: TelegramEmulator, phone: Phone
) -> None:
    """Telegram answers 403 before it reports the block, so the person's place is kept."""
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


async def test_a_block_update_ends_the_run_and_erases_its_outbox_entries(
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


async def test_a_blocked_chat_does_not_delay_others(bot: RunningBot, emulator: TelegramEmulator, phone: Phone) -> None:
    other = Phone(emulator, 8)
    await Walker(phone).walk_to("viewpoint")
    phone.tap("My family")
    phone.block()
    await Walker(other).walk_to("viewpoint")
    await bot.wait_for_delivery()


def test_a_repeated_block_update_erases_nothing_after_the_person_returned(database_file: Path) -> None:
    """Killed before it confirmed the batch, the bot receives an earlier block again, with an entry still to send."""
    database = open_database(f"sqlite:///{database_file}")
    block_update, start = IncomingUpdate(1, 7, "blocked"), Command("start")
    try:
        assert take_update(database, block_update, datetime.now(UTC))
        assert take_update(database, IncomingUpdate(2, 7, start), datetime.now(UTC))
        assert not take_update(database, block_update, datetime.now(UTC))
        assert load_next_entry(database, 7)
    finally:
        database.close()
