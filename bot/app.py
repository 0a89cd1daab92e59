"""Wires the bot together: settings, database, python-telegram-bot's `Bot`, intake, sender and scheduler."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Self
from urllib.parse import urlsplit

import structlog
from starlette.routing import Route
from telegram import Bot
from telegram.error import InvalidToken

from bot.delivery.export_worker import ExportWorker
from bot.delivery.sender import Sender
from bot.health import Health
from bot.intake.dispatcher import Dispatcher
from bot.intake.polling import Poller, UpdateFetcher, wait_for_intake_lock
from bot.intake.webhook import Webhook, keep_webhook_registered
from bot.jobs.scheduler import Scheduler
from bot.render.localization import PromiseSettings
from bot.runtime import freeze_garbage_collector, run_in_background, run_until_stopped
from bot.settings import MALFORMED_TOKEN_TEXT, Settings, SettingsError, is_token_format
from bot.telegram.api import ApiClient
from bot.telegram.bot_profile import publish_bot_profile
from bot.telegram.http_client import AiohttpRequest, can_use_proxy
from flows.loader import load_walk
from storage.conversations.locks import Locks, create_locks
from storage.db.database import Database, open_database
from storage.db.url import format_safe_url, parse_url

log = structlog.get_logger()
UNKNOWN_TOKEN_TEXT = (  # a text, and no password as S105 suspects
    "TELEGRAM_BOT_TOKEN: Telegram does not know this token: copy it again from @BotFather."  # noqa: S105
)


async def run_bot(settings: Settings, stop_event: asyncio.Event, *, should_serve_pages: bool | None = None) -> None:
    """Runs the bot until `stop_event` is set.

    `should_serve_pages`: whether it serves HTTP pages; None: as the settings say.

    Raises `SettingsError`, `StorageError` or `FlowError` for what cannot be used.
    """
    if not is_token_format(settings.token):
        raise SettingsError(MALFORMED_TOKEN_TEXT)
    load_walk()
    should_serve_pages = settings.should_serve_pages if should_serve_pages is None else should_serve_pages
    locks = create_locks(settings.database_url)
    try:
        if not locks.is_shared:  # the only process on an SQLite file holds the lock before it touches the file
            await run_until_stopped(stop_event, wait_for_intake_lock(locks))
        if not stop_event.is_set():
            await _run_worker(settings, locks, stop_event, should_serve_pages=should_serve_pages)
    except InvalidToken as error:
        raise SettingsError(UNKNOWN_TOKEN_TEXT) from error
    finally:
        await locks.close()


def build_bot(settings: Settings) -> Bot:
    """python-telegram-bot's `Bot` with our HTTP client."""
    api_url = settings.telegram_api_url.rstrip("/")
    return Bot(
        settings.token or "",
        base_url=f"{api_url}/bot",
        base_file_url=f"{api_url}/file/bot",
        request=_make_http_client(settings),
        get_updates_request=_make_http_client(settings),
    )


class Worker:
    """One process of the bot, from its first call to Telegram to the last."""

    def __init__(self, settings: Settings, bot: Bot, database: Database, locks: Locks) -> None:
        self._settings = settings
        self._bot = bot
        self._database = database
        self._locks = locks
        self._health = Health(database)
        self._sender = _make_sender(settings, bot, database, locks)
        self._dispatcher = Dispatcher(
            bot, database, self._sender, self._health.database_outage, settings.coordinator_ids
        )
        self._webhook = Webhook(self._dispatcher, database.cipher.webhook_secret)
        self._polling_client = _make_http_client(settings)  # with connections that slow sends cannot take up

    async def __aenter__(self) -> Self:
        await self._polling_client.initialize()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sender.stop()
        await self._polling_client.shutdown()
        await self._bot.shutdown()

    async def run(self, stop_event: asyncio.Event, *, should_serve_pages: bool) -> None:
        """Takes updates in and delivers replies until `stop_event` is set."""
        settings = self._settings
        async with AsyncExitStack() as stack:
            if should_serve_pages:
                from bot.web.server import serve_routes  # noqa: PLC0415 - a bot without pages saves uvicorn's memory

                await stack.enter_async_context(serve_routes(self._make_routes(), settings.host, settings.port))
            await run_until_stopped(stop_event, self._start())
            if not stop_event.is_set():
                stack.enter_context(freeze_garbage_collector())
                await stack.enter_async_context(run_in_background(self._make_scheduler().run()))
                await self._receive_updates(stop_event)

    def _make_scheduler(self) -> Scheduler:
        retention, release_size = timedelta(days=self._settings.retention_days), self._settings.release_size
        client = self._bot.request
        assert isinstance(client, AiohttpRequest)  # set by build_bot
        return Scheduler(
            self._database, self._sender, self._health, client, retention=retention, release_size=release_size
        )

    def _make_routes(self) -> list[Route]:
        path = urlsplit(self._settings.webhook_url or "").path
        return [*self._health.make_routes(), *([self._webhook.make_route(path)] if path else [])]

    async def _start(self) -> None:
        bot = self._bot
        if not self._settings.webhook_url:
            await wait_for_intake_lock(self._locks, self._health)
        await ApiClient.retry(self._bot.initialize)
        await publish_bot_profile(bot)
        log.info("the bot has started", name=bot.username)

    async def _receive_updates(self, stop_event: asyncio.Event) -> None:
        if self._settings.webhook_url is None:
            await self._poll(stop_event)
        else:
            await self._run_webhook(self._settings.webhook_url, stop_event)

    async def _poll(self, stop_event: asyncio.Event) -> None:
        bot = self._bot
        await ApiClient.retry(bot.delete_webhook)
        fetcher = UpdateFetcher(self._polling_client, bot)
        await Poller(fetcher, self._dispatcher, self._locks, self._health).run(stop_event)

    async def _run_webhook(self, url: str, stop_event: asyncio.Event) -> None:
        self._webhook.start_accepting()
        bot, secret = self._bot, self._database.cipher.webhook_secret
        await run_until_stopped(stop_event, keep_webhook_registered(bot, url, secret, self._health))


async def _run_worker(settings: Settings, locks: Locks, stop_event: asyncio.Event, *, should_serve_pages: bool) -> None:
    bot = build_bot(settings)
    database = open_database(settings.database_url, settings.secret)
    if database.is_new:
        log.warning("a new database was created", where=format_safe_url(parse_url(settings.database_url)))
    try:
        async with Worker(settings, bot, database, locks) as worker:
            await worker.run(stop_event, should_serve_pages=should_serve_pages)
    finally:
        database.close()


def _make_sender(settings: Settings, bot: Bot, database: Database, locks: Locks) -> Sender:
    promise_settings = PromiseSettings(settings.retention_days, settings.release_size)
    export_worker = ExportWorker(
        settings.database_url, settings.secret, settings.release_size, settings.coordinator_ids
    )
    return Sender(bot, database, locks, promise_settings, export_worker)


def _make_http_client(settings: Settings) -> AiohttpRequest:
    return AiohttpRequest(should_use_proxy=can_use_proxy(settings.telegram_api_url))
