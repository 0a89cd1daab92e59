"""Tells Telegram, at the start, what the bot is and which commands it knows; in each language it speaks."""

from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from bot.calling import call
from bot.words import FIRST, spoken

COMMANDS = ("start", "stop", "mydata", "delete", "about", "help")
IN_GROUPS = ("start",)


async def introduce(bot: Bot) -> None:
    """Registers commands and descriptions. Telegram keeps them; saying the same again is harmless."""
    words = spoken(FIRST)
    for names, scope in ((COMMANDS, BotCommandScopeAllPrivateChats()), (IN_GROUPS, BotCommandScopeAllGroupChats())):
        commands = [BotCommand(name, words.text(f"command_{name}")) for name in names]
        await call(lambda commands=commands, scope=scope: bot.set_my_commands(commands, scope=scope))  # type: ignore[misc]
    await call(lambda: bot.set_my_description(words.text("description")))
    await call(lambda: bot.set_my_short_description(words.text("short_description")))
