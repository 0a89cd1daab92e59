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

from bot.delivery.export_worker import ExportWorker
from bot.delivery.sender import Sender
from bot.health import Health
from bot.intake.dispatcher import AnyApplication, Dispatcher
from bot.intake.polling import Poller, UpdateFetcher, wait_for_intake_lock
from bot.intake.webhook import Webhook, keep_webhook_registered
from bot.jobs.scheduler import Scheduler
from bot.render.localization import PromiseSettings
from bot.runtime import freeze_garbage_collector, run_in_background, run_until_stopped
from bot.settings import MALFORMED_TOKEN_TEXT, Settings, SettingsError, is_token_format
from bot.telegram.api import call_with_retry
from bot.telegram.bot_profile import publish_bot_profile
from bot.telegram.http_client import AiohttpRequest, can_use_proxy
from bot.web.server import serve_routes
from flows.loader import load_walk
from storage.conversations.locks import Locks, create_locks
from storage.db.database import Database, open_database
from storage.db.url import format_safe_url, parse_url

log = structlog.get_logger()
UNKNOWN_TOKEN_TEXT = "TELEGRAM_BOT_TOKEN: Telegram does not know this token: copy it anew from @BotFather."  # noqa: S105 - a text


async def run_bot(settings: Settings, stop_event: asyncio.Event, *, should_serve_pages: bool | None = None) -> None:
    """Runs the bot until `stopping` is set. `pages`: whether it serves pages of its own; as the settings say, unless
    told. Raises `Unset`, `StorageFault` or `FlowFault`: what can't be used.
    """
    if not is_token_format(settings.token):
        raise SettingsError(MALFORMED_TOKEN_TEXT)
    load_walk()
    should_serve_pages = settings.should_serve_pages if should_serve_pages is None else should_serve_pages
    locks = create_locks(settings.database_url)
    try:
        if not locks.is_shared:  # one process on one file: before it is touched
            await run_until_stopped(stop_event, wait_for_intake_lock(locks))
        if not stop_event.is_set():
            await _run_worker(settings, locks, stop_event, should_serve_pages=should_serve_pages)
    except InvalidToken as error:
        raise SettingsError(UNKNOWN_TOKEN_TEXT) from error
    finally:
        await locks.close()


def build_application(settings: Settings) -> AnyApplication:
    """The Application, without an updater of its own, with our HTTP client."""
    api_url = settings.telegram_api_url.rstrip("/")
    builder = ApplicationBuilder().token(settings.token or "").updater(None).job_queue(None)
    builder = builder.base_url(f"{api_url}/bot").base_file_url(f"{api_url}/file/bot")
    return builder.request(_make_http_client(settings)).get_updates_request(_make_http_client(settings)).build()


def _make_http_client(settings: Settings) -> AiohttpRequest:
    return AiohttpRequest(should_use_proxy=can_use_proxy(settings.telegram_api_url))


async def _run_worker(settings: Settings, locks: Locks, stop_event: asyncio.Event, *, should_serve_pages: bool) -> None:
    application = build_application(settings)
    database = open_database(settings.database_url, settings.secret)
    if database.is_new:
        log.warning("a new database is begun", where=format_safe_url(parse_url(settings.database_url)))
    try:
        async with Worker(settings, application, database, locks) as worker:
            await worker.run(stop_event, should_serve_pages=should_serve_pages)
    finally:
        database.close()


class Worker:
    """One process of the bot, from the first word with Telegram to the last."""

    def __init__(self, settings: Settings, application: AnyApplication, database: Database, locks: Locks) -> None:
        self._settings = settings
        self._application = application
        self._database = database
        self._locks = locks
        self._health = Health(database)
        configured_coordinators = settings.coordinator_ids
        promise_settings = PromiseSettings(settings.retention_days, settings.release_size)
        export_worker = ExportWorker(
            settings.database_url, settings.secret, settings.release_size, configured_coordinators
        )
        self._sender = Sender(application.bot, database, locks, promise_settings, export_worker)
        self._dispatcher = Dispatcher(
            application, database, self._sender, self._health.database_outage, configured_coordinators
        )
        self._webhook = Webhook(self._dispatcher, database.cipher.webhook_secret)
        self._polling_client = _make_http_client(
            settings
        )  # the intake's own way to Telegram: sends that are slow don't hold it up

    async def __aenter__(self) -> Self:
        await self._polling_client.initialize()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sender.stop()
        await self._application.shutdown()
        await self._polling_client.shutdown()
        await self._application.bot.shutdown()  # where Telegram was away, the application got no further than this

    async def run(self, stop_event: asyncio.Event, *, should_serve_pages: bool) -> None:
        """Takes updates in and says what follows, until `stopping` is set."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            if should_serve_pages:
                await stack.enter_async_context(serve_routes(self._make_routes(), settings.host, settings.port))
            await run_until_stopped(stop_event, self._start())
            if not stop_event.is_set():
                stack.enter_context(freeze_garbage_collector())
                await stack.enter_async_context(run_in_background(self._make_scheduler().run()))
                await self._receive_updates(stop_event)

    def _make_scheduler(self) -> Scheduler:
        retention, release_size = timedelta(days=self._settings.retention_days), self._settings.release_size
        client = self._application.bot.request
        assert isinstance(client, AiohttpRequest)  # `build` gave it
        return Scheduler(
            self._database, self._sender, self._health, client, retention=retention, release_size=release_size
        )

    def _make_routes(self) -> list[Route]:
        path = urlsplit(self._settings.webhook_url or "").path
        return [*self._health.make_routes(), *([self._webhook.make_route(path)] if path else [])]

    async def _start(self) -> None:
        bot = self._application.bot
        if not self._settings.webhook_url:
            await wait_for_intake_lock(self._locks, self._health)
        await call_with_retry(self._application.initialize)
        await publish_bot_profile(bot)
        log.info("the bot is there", name=bot.username)

    async def _receive_updates(self, stop_event: asyncio.Event) -> None:
        url, bot = self._settings.webhook_url, self._application.bot
        if url is None:
            await call_with_retry(bot.delete_webhook)
            await Poller(UpdateFetcher(self._polling_client, bot), self._dispatcher, self._locks, self._health).run(
                stop_event
            )
        else:
            self._webhook.start_accepting()
            await run_until_stopped(
                stop_event, keep_webhook_registered(bot, url, self._database.cipher.webhook_secret, self._health)
            )
