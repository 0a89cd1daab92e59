"""Tells Telegram, at the start, what the bot is and which commands it knows; in each language it speaks."""

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from bot.render.localization import FIRST, spoken
from bot.telegram.api import Refused, call

log = structlog.get_logger()
COMMANDS = ("start", "stop", "results", "mydata", "delete", "about", "help")
IN_GROUPS = ("results", "help")


async def introduce(bot: Bot) -> None:
    """Registers commands and descriptions. Telegram keeps them; saying the same again is harmless.

    What is refused is not worth staying away for.
    """
    try:
        await _introduce(bot)
    except Refused as fault:
        log.warning("Telegram refused how the bot presents itself", reason=str(fault))


async def _introduce(bot: Bot) -> None:
    words = spoken(FIRST)
    for names, scope in ((COMMANDS, BotCommandScopeAllPrivateChats()), (IN_GROUPS, BotCommandScopeAllGroupChats())):
        commands = [BotCommand(name, words.text(f"command_{name}")) for name in names]
        await call(lambda commands=commands, scope=scope: bot.set_my_commands(commands, scope=scope))  # type: ignore[misc]
    await call(lambda: bot.set_my_description(words.text("description")))
    await call(lambda: bot.set_my_short_description(words.text("short_description")))
