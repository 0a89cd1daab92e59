"""The only wiring: settings, database, python-telegram-bot's Application, intake, sender, upkeep."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

import structlog
from starlette.routing import Route
from telegram.error import InvalidToken
from telegram.ext import ApplicationBuilder

from bot.delivery.export_worker import Packing
from bot.delivery.sender import Sender
from bot.health import Health
from bot.intake.dispatcher import AnyApplication, Taking
from bot.intake.polling import Asking, Polling, my_turn
from bot.intake.webhook import Webhook, keep_registered
from bot.jobs.scheduler import Upkeep
from bot.render.localization import Promises
from bot.runtime import at_rest, beside, unless
from bot.settings import MALFORMED, Settings, Unset, looks_like_token
from bot.telegram.api import call
from bot.telegram.bot_profile import introduce
from bot.telegram.http_client import AioRequest, goes_by_proxy
from bot.web.server import listening
from flows.loader import load
from storage.conversations.locks import Claims, claims_on
from storage.db.database import Database, open_database
from storage.db.url import readable, shown

log = structlog.get_logger()
BAD_TOKEN = "TELEGRAM_BOT_TOKEN: Telegram does not know this token: copy it anew from @BotFather."  # noqa: S105 - a text


async def serve(settings: Settings, stopping: asyncio.Event, *, pages: bool | None = None) -> None:
    """Runs the bot until `stopping` is set. `pages`: whether it serves pages of its own; as the settings say, unless
    told. Raises `Unset`, `StorageFault` or `FlowFault`: what can't be used.
    """
    if not looks_like_token(settings.token):
        raise Unset(MALFORMED)
    load()
    pages = settings.serves_pages if pages is None else pages
    claims = claims_on(settings.database_url)
    try:
        if not claims.shared:  # one process on one file: before it is touched
            await unless(stopping, my_turn(claims))
        if not stopping.is_set():
            await _serve(settings, claims, stopping, pages=pages)
    except InvalidToken as fault:
        raise Unset(BAD_TOKEN) from fault
    finally:
        await claims.close()


def build(settings: Settings) -> AnyApplication:
    """The Application, without an updater of its own, with our HTTP client."""
    address = settings.telegram_api_url.rstrip("/")
    builder = ApplicationBuilder().token(settings.token or "").updater(None).job_queue(None)
    builder = builder.base_url(f"{address}/bot").base_file_url(f"{address}/file/bot")
    return builder.request(_client(settings)).get_updates_request(_client(settings)).build()


def _client(settings: Settings) -> AioRequest:
    return AioRequest(by_proxy=goes_by_proxy(settings.telegram_api_url))


async def _serve(settings: Settings, claims: Claims, stopping: asyncio.Event, *, pages: bool) -> None:
    application = build(settings)
    database = open_database(settings.database_url, settings.secret)
    if database.begun:
        log.warning("a new database is begun", where=shown(readable(settings.database_url)))
    try:
        async with Worker(settings, application, database, claims) as worker:
            await worker.work(stopping, pages=pages)
    finally:
        database.close()


class Worker:
    """One process of the bot, from the first word with Telegram to the last."""

    def __init__(self, settings: Settings, application: AnyApplication, database: Database, claims: Claims) -> None:
        self._settings = settings
        self._application = application
        self._database = database
        self._claims = claims
        self._health = Health(database)
        named = settings.coordinator_ids
        promises = Promises(settings.retention_days, settings.release_size)
        packing = Packing(settings.database_url, settings.secret, settings.release_size, named)
        self._sender = Sender(application.bot, database, claims, promises, packing)
        self._taking = Taking(application, database, self._sender, self._health.absence, named)
        self._webhook = Webhook(self._taking, database.cipher.webhook)
        self._asking = _client(settings)  # the intake's own way to Telegram: sends that are slow don't hold it up

    async def __aenter__(self) -> Self:
        await self._asking.initialize()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sender.stop()
        await self._application.shutdown()
        await self._asking.shutdown()
        await self._application.bot.shutdown()  # where Telegram was away, the application got no further than this

    async def work(self, stopping: asyncio.Event, *, pages: bool) -> None:
        """Takes updates in and says what follows, until `stopping` is set."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            if pages:
                await stack.enter_async_context(listening(self._routes(), settings.host, settings.port))
            await unless(stopping, self._begin())
            if not stopping.is_set():
                stack.enter_context(at_rest())
                await stack.enter_async_context(beside(self._upkeep().run()))
                await self._take_updates(stopping)

    def _upkeep(self) -> Upkeep:
        keep, size = timedelta(days=self._settings.retention_days), self._settings.release_size
        client = self._application.bot.request
        assert isinstance(client, AioRequest)  # `build` gave it
        return Upkeep(self._database, self._sender, self._health, client, keep=keep, release_size=size)

    def _routes(self) -> list[Route]:
        path = urlsplit(self._settings.webhook_url or "").path
        return [*self._health.routes(), *([self._webhook.route(path)] if path else [])]

    async def _begin(self) -> None:
        bot = self._application.bot
        if not self._settings.webhook_url:
            await my_turn(self._claims, self._health)
        await call(self._application.initialize)
        await introduce(bot)
        log.info("the bot is there", name=bot.username)

    async def _take_updates(self, stopping: asyncio.Event) -> None:
        url, bot = self._settings.webhook_url, self._application.bot
        if url is None:
            await call(bot.delete_webhook)
            await Polling(Asking(self._asking, bot), self._taking, self._claims, self._health).run(stopping)
        else:
            self._webhook.open()
            await unless(stopping, keep_registered(bot, url, self._database.cipher.webhook, self._health))
