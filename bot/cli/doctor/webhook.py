"""What the doctor sees of the webhook: what Telegram knows of it, and what a call to it from here meets."""

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

from bot.cli.doctor.findings import Finding, ago, mend, note, skipped, span, well
from bot.cli.doctor.telegram import PATIENCE, RECENT, Answer, Unreachable, known, why_not
from bot.settings import Settings
from bot.web.server import open_socket

OLD = 86_400.0  # seconds since Telegram could not deliver
MANY = 100  # updates that wait
REFUSED = "403"
OWN_NAME = "(Some servers can't call their own public name: then this says nothing.)"
CAUSES = {
    "certificate": "the web server's certificate is not accepted: serve the whole chain (fullchain.pem), not expired.",
    "ssl": "the web server's certificate is not accepted: serve the whole chain (fullchain.pem), not expired.",
    "resolve": "the name in WEBHOOK_URL can't be looked up: see its DNS entry.",
    "refused": "nothing listens there: see the web server and the firewall.",
    "timed out": "nothing answers there: see the firewall.",
    "timeout": "it takes too long to answer: see the bot's log and the database.",
    "502": "the web server does not reach the bot: see that it runs, and HOST and PORT.",
    "503": "the bot can't keep updates just now: see the database, and the bot's log.",
    "404": "the web server does not pass this path on to the bot: see its configuration.",
    "403": "another bot stands behind the address, or one with another key: see SECRET_KEY.",
}


def about_webhook(url: str | None, told: Answer | Unreachable) -> Iterator[Finding]:
    """`url` is WEBHOOK_URL. Addresses are shown without their path: it may be somebody's secret."""
    info = known(told)
    if info is None:
        yield skipped("webhook", why_not(told))
        return
    yield _registration(url, str(info.get("url", "")))
    waiting = int(info.get("pending_update_count", 0))
    if waiting > MANY:
        yield note(
            "webhook", f"{waiting} updates wait with Telegram: see that the bot runs; after an outage it passes."
        )
    if url and info.get("last_error_date"):
        yield from _failure(ago(info["last_error_date"]), str(info.get("last_error_message", "")), waiting)


def _registration(url: str | None, there: str) -> Finding:
    host = urlsplit(there).hostname
    if url is None and there:
        return mend(
            "webhook",
            f"Telegram sends the updates to {host}, though WEBHOOK_URL is not set: stop what uses this token there, or "
            "set WEBHOOK_URL. The next start of this bot fetches them itself.",
        )
    if url is None:
        return well("webhook", "none, and none is wanted: the bot asks Telegram for updates.")
    if not there:
        return mend("webhook", "Telegram knows of none: start the bot, which registers it; if it runs, see its log.")
    if there != url:
        return mend("webhook", f"Telegram knows another one, at {host}: stop what uses this token there, or restart.")
    return well("webhook", f"Telegram sends the updates to {host}.")


def _failure(since: float, words: str, waiting: int) -> Iterator[Finding]:
    if since > OLD:
        return
    text = f"{span(since)} ago Telegram could not deliver ({words}): {_fix(words)}"
    over = since >= RECENT or not waiting  # Telegram tells of the last error for as long as it likes
    yield note("webhook", text) if over else mend("webhook", text)


async def about_call(url: str) -> Finding:
    """Calls WEBHOOK_URL as Telegram does, but without the secret: a bot refuses that with 403."""
    host = urlsplit(url).hostname
    words = await _called(url)
    if words == REFUSED:
        return well("webhook", f"a call to {host} reaches a bot.")
    return note("webhook", f"a call to {host} from here does not reach the bot ({words}): {_fix(words)} {OWN_NAME}")


async def _called(url: str) -> str:
    """The answer's status; or what is in the way, in words that CAUSES knows."""
    patience = ClientTimeout(total=PATIENCE, sock_connect=PATIENCE / 2)
    try:
        async with (
            ClientSession(timeout=patience) as session,
            session.post(url, json={}, allow_redirects=False) as answer,
        ):
            return str(answer.status)
    except (TimeoutError, ClientError, ValueError) as fault:
        return _words(fault)


def _words(fault: Exception) -> str:
    match fault:
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
            return os.strerror(fault.errno) if fault.errno else "no connection"
    return type(fault).__name__


def _fix(words: str) -> str:
    return next((fix for cause, fix in CAUSES.items() if cause in words.casefold()), "see the web server and the bot.")


# @@DOC What the doctor sees of HOST and PORT: whether the bot's own pages can be there, or are.
PAGE_TIMEOUT_SECONDS = 5.0  # seconds


async def about_pages(settings: Settings) -> Finding:
    """Listens there for a moment. Who does already is asked whether it is the bot."""
    host, port = settings.host, settings.port
    if not settings.serves_pages:
        return well("pages", "none, and none are wanted: set PORT for /healthz, /readyz and /metrics.")
    try:
        open_socket(host, port).close()
    except OSError as fault:
        if fault.errno == errno.EADDRINUSE and await _is_ours(host, port):
            return well("pages", f"the bot serves them on {host}:{port}.")
        return mend("pages", f"{fault.strerror}.")
    return well("pages", f"{host}:{port} is free for them.")


async def _is_ours(host: str, port: int) -> bool:
    address = URL.build(scheme="http", host=host, port=port, path="/healthz")
    try:
        async with (
            ClientSession(timeout=ClientTimeout(PAGE_TIMEOUT_SECONDS)) as session,
            session.get(address) as answer,
        ):
            return bool(await answer.json() == {"alive": True})
    except (TimeoutError, ClientError, ValueError):
        return False
