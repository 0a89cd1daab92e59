"""The bot's profile on Telegram: its commands and descriptions, published at startup."""

import structlog
from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats

from bot.render.localization import DEFAULT_LANGUAGE, load_bot_texts
from bot.telegram.api import ApiClient, CallRejectedError

log = structlog.get_logger()
PRIVATE_CHAT_COMMANDS = ("start", "stop", "results", "mydata", "delete", "about", "help")
GROUP_COMMANDS = ("results", "help")


async def publish_bot_profile(bot: Bot) -> None:
    """Registers commands and descriptions with Telegram, which keeps them.

    If Telegram rejects any of it, the bot starts all the same.
    """
    try:
        await _publish_commands(bot)
        await _publish_descriptions(bot)
    except CallRejectedError as error:
        log.warning("Telegram rejected the bot's profile", reason=str(error))


async def _publish_commands(bot: Bot) -> None:
    private_commands, group_commands = map(_make_commands, (PRIVATE_CHAT_COMMANDS, GROUP_COMMANDS))
    await ApiClient.retry(lambda: bot.set_my_commands(private_commands, scope=BotCommandScopeAllPrivateChats()))
    await ApiClient.retry(lambda: bot.set_my_commands(group_commands, scope=BotCommandScopeAllGroupChats()))


def _make_commands(names: tuple[str, ...]) -> list[BotCommand]:
    texts = load_bot_texts(DEFAULT_LANGUAGE)
    return [BotCommand(name, texts.format_text(f"command_{name}")) for name in names]


async def _publish_descriptions(bot: Bot) -> None:
    texts = load_bot_texts(DEFAULT_LANGUAGE)
    await ApiClient.retry(lambda: bot.set_my_description(texts.format_text("description")))
    await ApiClient.retry(lambda: bot.set_my_short_description(texts.format_text("short_description")))
