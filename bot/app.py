"""The only wiring: settings, database, python-telegram-bot's Application, intake, sender."""

import asyncio
import signal
from urllib.parse import urlsplit

import structlog
from telegram.error import InvalidToken
from telegram.ext import ApplicationBuilder

from bot.calling import call
from bot.intake.polling import Asking, poll, unless
from bot.intake.taking import AnyApplication, Taking
from bot.introducing import introduce
from bot.request import AioRequest
from bot.sender import Sender
from bot.settings import Settings, Unset
from flows.loading import load
from storage.database import Database, open_database

log = structlog.get_logger()
BAD_TOKEN = "TELEGRAM_BOT_TOKEN: Telegram does not know this token: copy it anew from @BotFather."  # noqa: S105 - a text


async def serve(settings: Settings, stopping: asyncio.Event) -> None:
    """Runs the bot until `stopping` is set. Raises `Unset`, `StorageUnusable` or `FlowFault`: what can't be used."""
    load()
    database = open_database(settings.database_url, settings.secret)
    try:
        await _serve(build(settings), _client(settings), database, stopping)
    except InvalidToken as fault:
        raise Unset(BAD_TOKEN) from fault
    finally:
        database.close()


def build(settings: Settings) -> AnyApplication:
    """The Application, without an updater of its own, with our HTTP client. Raises `Unset` for a malformed token."""
    address = settings.telegram_api_url.rstrip("/")
    builder = ApplicationBuilder().token(settings.token or "").updater(None).job_queue(None)
    builder = builder.base_url(f"{address}/bot").base_file_url(f"{address}/file/bot")
    try:
        return builder.request(_client(settings)).get_updates_request(_client(settings)).build()
    except InvalidToken as fault:
        raise Unset(BAD_TOKEN) from fault


def _client(settings: Settings) -> AioRequest:
    host = urlsplit(settings.telegram_api_url).hostname
    return AioRequest(by_proxy=host not in {"127.0.0.1", "::1", "localhost"})


async def _serve(application: AnyApplication, asking: AioRequest, database: Database, stopping: asyncio.Event) -> None:
    """`asking` is the intake's own way to Telegram: sends that are slow don't hold it up."""
    bot = application.bot
    sender = Sender(bot, database)
    taking = Taking(application, database, sender)
    try:
        await asking.initialize()
        await unless(stopping, _begin(application, sender))
        if not stopping.is_set():
            await poll(Asking(asking, bot), taking, stopping, database.show_life)
    finally:
        await sender.stop()
        await application.shutdown()
        await asking.shutdown()
        await bot.shutdown()  # where Telegram was away, the application got no further than this


async def _begin(application: AnyApplication, sender: Sender) -> None:
    await call(application.initialize)
    await introduce(application.bot)
    await sender.catch_up()
    log.info("the bot is there", name=application.bot.username)


def stop_on_signals(stopping: asyncio.Event) -> None:
    """SIGTERM and SIGINT end the bot in order."""
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
