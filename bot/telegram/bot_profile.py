"""Tells Telegram, at the start, what the bot is and which commands it knows; in each language it speaks."""

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts
from bot.telegram.api import CallRejectedError, call_with_retry

log = structlog.get_logger()
PRIVATE_CHAT_COMMANDS = ("start", "stop", "results", "mydata", "delete", "about", "help")
GROUP_COMMANDS = ("results", "help")


async def publish_bot_profile(bot: Bot) -> None:
    """Registers commands and descriptions. Telegram keeps them; saying the same again is harmless.

    What is refused is not worth staying away for.
    """
    try:
        await _publish(bot)
    except CallRejectedError as error:
        log.warning("Telegram refused how the bot presents itself", reason=str(error))


async def _publish(bot: Bot) -> None:
    texts = load_bot_texts(DEFAULT_LANGUAGE)
    for command_names, scope in (
        (PRIVATE_CHAT_COMMANDS, BotCommandScopeAllPrivateChats()),
        (GROUP_COMMANDS, BotCommandScopeAllGroupChats()),
    ):
        commands = [BotCommand(name, texts.format_text(f"command_{name}")) for name in command_names]
        await call_with_retry(lambda commands=commands, scope=scope: bot.set_my_commands(commands, scope=scope))  # type: ignore[misc]
    await call_with_retry(lambda: bot.set_my_description(texts.format_text("description")))
    await call_with_retry(lambda: bot.set_my_short_description(texts.format_text("short_description")))
