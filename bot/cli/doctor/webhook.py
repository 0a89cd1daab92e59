"""The doctor's checks of the webhook: what Telegram knows, what a call from here meets, and the bot's own pages."""

import errno
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientSession,
    ClientTimeout,
    ConnectionTimeoutError,
)
from yarl import URL

from bot.cli.doctor.findings import Finding, format_duration, ok, problem, seconds_since, skipped, warning
from bot.cli.doctor.telegram import (
    RECENT_FAILURE_SECONDS,
    TELEGRAM_TIMEOUT_SECONDS,
    BotApiResponse,
    TelegramUnreachableError,
    find_result,
    find_skip_reason,
)
from bot.settings import Settings
from bot.web.server import open_socket

MAX_ERROR_AGE_SECONDS = 86_400.0  # older delivery errors are ignored
MANY_PENDING_UPDATES = 100
PAGES_TIMEOUT_SECONDS = 5.0
REFUSED_STATUS = "403"
OWN_NAME_HINT = "(Some servers can't call their own public name: then this says nothing.)"
FIXES_BY_CAUSE = {
    "certificate": "the web server's certificate is not accepted: serve the whole chain (fullchain.pem), not expired.",
    "ssl": "the web server's certificate is not accepted: serve the whole chain (fullchain.pem), not expired.",
    "resolve": "the name in WEBHOOK_URL can't be looked up: see its DNS entry.",
    "refused": "nothing listens there: see the web server and the firewall.",
    "timed out": "nothing answers there: see the firewall.",
    "timeout": "it takes too long to answer: see the bot's log and the database.",
    "502": "the web server does not reach the bot: see that it runs, and HOST and PORT.",
    "503": "the bot can't keep updates just now: see the database, and the bot's log.",
    "404": "the web server does not pass this path on to the bot: see its configuration.",
    "403": "another bot answers at this address, or this bot with another key: see SECRET_KEY.",
}


def check_webhook(url: str | None, response: BotApiResponse | TelegramUnreachableError) -> Iterator[Finding]:
    """Yields findings about the webhook. `url` is WEBHOOK_URL; it is shown without its path, which may be secret."""
    info = find_result(response)
    if info is None:
        yield skipped("webhook", find_skip_reason(response))
        return
    yield _check_registration(url, str(info.get("url", "")))
    pending_count = int(info.get("pending_update_count", 0))
    if pending_count > MANY_PENDING_UPDATES:
        yield warning(
            "webhook", f"{pending_count} updates wait with Telegram: see that the bot runs; after an outage it passes."
        )
    if url and info.get("last_error_date"):
        yield from _check_last_error(
            seconds_since(info["last_error_date"]), str(info.get("last_error_message", "")), pending_count
        )


def _check_registration(url: str | None, registered_url: str) -> Finding:
    host = urlsplit(registered_url).hostname
    if url is None and registered_url:
        return problem(
            "webhook",
            f"Telegram sends the updates to {host}, though WEBHOOK_URL is not set: stop what uses this token there, or "
            "set WEBHOOK_URL. The next start of this bot fetches them itself.",
        )
    if url is None:
        return ok("webhook", "none, as intended: the bot fetches updates from Telegram.")
    if not registered_url:
        return problem("webhook", "Telegram knows of none: start the bot, which registers it; if it runs, see its log.")
    if registered_url != url:
        return problem(
            "webhook", f"Telegram knows another one, at {host}: stop what uses this token there, or restart."
        )
    return ok("webhook", f"Telegram sends the updates to {host}.")


def _check_last_error(seconds_ago: float, error_text: str, pending_count: int) -> Iterator[Finding]:
    if seconds_ago > MAX_ERROR_AGE_SECONDS:
        return
    text = f"{format_duration(seconds_ago)} ago Telegram could not deliver ({error_text}): {_find_fix(error_text)}"
    is_over = seconds_ago >= RECENT_FAILURE_SECONDS or not pending_count  # Telegram goes on reporting the last error
    yield warning("webhook", text) if is_over else problem("webhook", text)


async def check_webhook_call(url: str) -> Finding:
    """Calls WEBHOOK_URL as Telegram does, but without the secret, which a bot refuses with 403."""
    host = urlsplit(url).hostname
    outcome = await _call_webhook(url)
    if outcome == REFUSED_STATUS:
        return ok("webhook", f"a call to {host} reaches a bot.")
    return warning(
        "webhook",
        f"a call to {host} from here does not reach the bot ({outcome}): {_find_fix(outcome)} {OWN_NAME_HINT}",
    )


async def _call_webhook(url: str) -> str:
    """Returns the answer's status, or the cause of a failure as `FIXES_BY_CAUSE` knows it."""
    timeout = ClientTimeout(total=TELEGRAM_TIMEOUT_SECONDS, sock_connect=TELEGRAM_TIMEOUT_SECONDS / 2)
    try:
        async with (
            ClientSession(timeout=timeout) as session,
            session.post(url, json={}, allow_redirects=False) as response,
        ):
            return str(response.status)
    except (TimeoutError, ClientError, ValueError) as error:
        return _describe_error(error)


def _describe_error(error: Exception) -> str:
    match error:
        case ConnectionTimeoutError():
            return "timed out"
        case TimeoutError():
            return "timeout"
        case ClientConnectorDNSError():
            return "the name does not resolve"
        case ClientConnectorCertificateError():
            return "certificate not trusted"
        case ClientConnectorSSLError():
            return "SSL error"
        case ClientConnectorError():
            return os.strerror(error.errno) if error.errno else "no connection"
    return type(error).__name__


def _find_fix(error_text: str) -> str:
    return next(
        (fix for cause, fix in FIXES_BY_CAUSE.items() if cause in error_text.casefold()),
        "see the web server and the bot.",
    )


async def check_pages(settings: Settings) -> Finding:
    """Listens on HOST and PORT for a moment. If the port is taken, asks whether the bot serves it."""
    host, port = settings.host, settings.port
    if not settings.should_serve_pages:
        return ok("pages", "none, and none are wanted: set PORT for /healthz, /readyz and /metrics.")
    try:
        open_socket(host, port).close()
    except OSError as error:
        if error.errno == errno.EADDRINUSE and await _is_served_by_bot(host, port):
            return ok("pages", f"the bot serves them on {host}:{port}.")
        return problem("pages", f"{error.strerror}.")
    return ok("pages", f"{host}:{port} is free for them.")


async def _is_served_by_bot(host: str, port: int) -> bool:
    address = URL.build(scheme="http", host=host, port=port, path="/healthz")
    try:
        async with (
            ClientSession(timeout=ClientTimeout(PAGES_TIMEOUT_SECONDS)) as session,
            session.get(address) as response,
        ):
            return bool(await response.json() == {"alive": True})
    except (TimeoutError, ClientError, ValueError):
        return False
