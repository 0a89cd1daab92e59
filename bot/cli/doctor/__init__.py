"""The doctor: checks everything that the bot needs, and leaves nothing behind.

It does not ask Telegram for updates, which would take them away from a running bot.
"""

import time
from collections.abc import AsyncIterator, Iterator, Sequence

from bot.cli.doctor.database import NOT_CHECKED_DATABASE, check_database, check_temporary_folder
from bot.cli.doctor.findings import Finding, ok, problem, skipped, warning
from bot.cli.doctor.telegram import (
    BotApiResponse,
    TelegramUnreachableError,
    call_method,
    check_clock,
    check_groups,
    check_outbox,
    check_telegram,
    check_token,
)
from bot.cli.doctor.webhook import check_pages, check_webhook, check_webhook_call
from bot.settings import Settings, UnknownSetting
from storage.conversations.dead_letters import count_dead_letters
from storage.conversations.outbox_backlog import measure_backlog
from storage.db.database import MISSING_KEY_MESSAGE
from storage.db.encryption import Cipher
from storage.db.readonly import open_readonly
from storage.db.url import SQLITE, parse_url
from storage.errors import DatabaseMissingError, StorageError

NOT_CHECKED_NO_DATABASE = "nothing yet: the bot has not been started on this database."
NOT_CHECKED_SETTING = "not checked: fix the setting first."


async def run_checks(
    settings: Settings, setting_errors: dict[str, str], unknown_settings: Sequence[UnknownSetting] = ()
) -> AsyncIterator[Finding]:
    """Yields the findings one after another.

    `setting_errors` has a sentence for each invalid setting, by its name; `unknown_settings` are probable typos.
    """
    setting_errors = setting_errors | _find_storage_setting_errors(settings)
    for finding in _check_settings(setting_errors, unknown_settings):
        yield finding
    bot_info = (
        await _ask_telegram(settings, "getMe")
        if "telegram_api_url" not in setting_errors
        else TelegramUnreachableError(NOT_CHECKED_SETTING)
    )
    yield check_token(settings, bot_info)
    yield (
        check_telegram(settings, bot_info)
        if "telegram_api_url" not in setting_errors
        else skipped("Telegram", NOT_CHECKED_SETTING)
    )
    for finding in check_groups(bot_info):
        yield finding
    is_storage_configured = not {"database_url", "secret_key"} & setting_errors.keys()
    for finding in check_database(settings) if is_storage_configured else _skip_for_settings("database", "key"):
        yield finding
    yield check_temporary_folder()
    yield check_clock(bot_info)
    async for finding in _check_webhook(settings, setting_errors, bot_info):
        yield finding
    yield (
        await check_pages(settings)
        if not {"host", "port"} & setting_errors.keys()
        else skipped("pages", NOT_CHECKED_SETTING)
    )
    for finding in _check_backlog(settings) if is_storage_configured else _skip_for_settings("outbox", "dead letters"):
        yield finding


def _check_settings(setting_errors: dict[str, str], unknown_settings: Sequence[UnknownSetting]) -> Iterator[Finding]:
    for sentence in setting_errors.values():
        yield problem("settings", sentence)
    for unknown_setting in unknown_settings:
        # In the environment it may be another program's; in .env it is ours.
        is_probable_typo = unknown_setting.closest_name and unknown_setting.is_in_env_file
        yield (
            problem("settings", str(unknown_setting)) if is_probable_typo else warning("settings", str(unknown_setting))
        )
    if not (setting_errors or unknown_settings):
        yield ok("settings", "all can be used.")


def _skip_for_settings(*subjects: str) -> list[Finding]:
    return [skipped(subject, NOT_CHECKED_SETTING) for subject in subjects]


def _find_storage_setting_errors(settings: Settings) -> dict[str, str]:
    """Returns storage's own sentences about DATABASE_URL and SECRET_KEY, by setting."""
    try:
        url = parse_url(settings.database_url)
    except StorageError as error:
        return {"database_url": str(error)}
    try:
        if settings.secret:
            Cipher(settings.secret)
        elif url.get_backend_name() != SQLITE:
            return {"secret_key": MISSING_KEY_MESSAGE}
    except StorageError as error:
        return {"secret_key": str(error)}
    return {}


async def _ask_telegram(settings: Settings, method: str) -> BotApiResponse | TelegramUnreachableError:
    try:
        return await call_method(settings, method)
    except TelegramUnreachableError as error:
        return error


async def _check_webhook(
    settings: Settings, setting_errors: dict[str, str], bot_info: BotApiResponse | TelegramUnreachableError
) -> AsyncIterator[Finding]:
    if "webhook_url" in setting_errors:
        yield skipped("webhook", NOT_CHECKED_SETTING)
        return
    is_token_known = isinstance(bot_info, BotApiResponse) and bot_info.is_token_known
    for finding in check_webhook(
        settings.webhook_url, await _ask_telegram(settings, "getWebhookInfo") if is_token_known else bot_info
    ):
        yield finding
    if settings.webhook_url:
        yield await check_webhook_call(settings.webhook_url)


def _check_backlog(settings: Settings) -> Iterator[Finding]:
    """Yields findings about the outbox and dead letters."""
    try:
        with open_readonly(settings.database_url, settings.secret) as database:
            waiting_count, oldest_at = measure_backlog(database)
            dead_letter_count = count_dead_letters(database)
    except StorageError as error:
        reason = NOT_CHECKED_NO_DATABASE if isinstance(error, DatabaseMissingError) else NOT_CHECKED_DATABASE
        yield skipped("outbox", reason)
        yield skipped("dead letters", reason)
        return
    yield check_outbox(waiting_count, time.time() - oldest_at if oldest_at else None)
    yield _check_dead_letters(dead_letter_count)


def _check_dead_letters(dead_letter_count: int) -> Finding:
    if dead_letter_count:
        return warning(
            "dead letters",
            f"{dead_letter_count} could not be processed: `python -m bot dead-letters list` says which.",
        )
    return ok("dead letters", "none.")
