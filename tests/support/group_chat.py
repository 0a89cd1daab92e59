"""A Telegram group over HTTP."""

from typing import Any

from tests.support.phone import Phone, PhoneMessage
from tests.support.running_bot import RunningBot


def list_bot_messages(group: Phone) -> list[PhoneMessage]:
    """What stands there of the bot's."""
    return [message for message in group.messages if message.raw["from"]["id"] == group.emulator.bot_id]


def fetch_group_campaigns(bot: RunningBot, group: Phone) -> list[str]:
    return [code for (code,) in bot.fetch_rows("select campaign from groups where chat_id = ?", group.chat_id)]


async def write_in_group(bot: RunningBot, group: Phone, words: str, **more: Any) -> list[PhoneMessage]:
    """Somebody writes this in the group; what the bot says then."""
    await bot.wait_for_delivery()
    group.skip_received()
    bot.emulator.type_text(group.chat_id, words, user_id=8, **more)
    await bot.wait_for_delivery()
    said = (group.versions[number][-1] for number in group.received_ids[group.next_received :])
    return [message for message in said if message.raw["from"]["id"] == bot.emulator.bot_id]
