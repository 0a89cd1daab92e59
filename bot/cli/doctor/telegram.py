"""The doctor's checks of Telegram: the token, the network, groups, the clock; and the outbox.

Telegram is called once, over the same HTTP client and proxy as the bot uses.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from aiohttp import (
    ClientConnectionError,
    ClientConnectorCertificateError,
    ClientConnectorDNSError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientHttpProxyError,
    ClientProxyConnectionError,
    ClientSession,
    ClientTimeout,
    InvalidURL,
)
from yarl import URL

from bot.cli.doctor.findings import Finding, format_count, format_duration, ok, problem, skipped, warning
from bot.runtime import measure_clock_offset
from bot.settings import MALFORMED_TOKEN_TEXT, Settings, is_token_format
from bot.telegram.http_client import can_use_proxy

TELEGRAM_TIMEOUT_SECONDS = 10.0
PLACEHOLDER_TOKEN = "1:nobody"  # noqa: S105 - it opens nothing; Telegram answers requests with a wrong token too
PROXY_DESCRIPTION = "the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)"


class TelegramUnreachableError(Exception):
    """Telegram did not answer. The text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class BotApiResponse:
    """Telegram's answer: a result, or the code and description of an error."""

    code: int
    result: Any
    description: str
    clock_offset_seconds: float | None  # how far our clock is ahead; None: the answer has no date

    @property
    def is_token_known(self) -> bool:
        return self.code not in {401, 404}


async def call_method(settings: Settings, method: str) -> BotApiResponse:
    """Calls a method without arguments. Raises `TelegramUnreachableError`."""
    token = settings.token if is_token_format(settings.token) else PLACEHOLDER_TOKEN
    base, host = settings.telegram_api_url.rstrip("/"), urlsplit(settings.telegram_api_url).hostname or "?"
    should_use_proxy = can_use_proxy(base) and bool(getproxies())
    try:
        address = URL(f"{base}/bot{token}/{method}")
        async with (
            ClientSession(trust_env=should_use_proxy, timeout=ClientTimeout(total=TELEGRAM_TIMEOUT_SECONDS)) as session,
            session.get(address, allow_redirects=False) as response,
        ):
            body = await response.read()
    except (TimeoutError, ClientError, ValueError) as error:
        raise TelegramUnreachableError(_explain_error(error, host)) from error
    return _parse_response(response.status, body, response.headers.get("Date"), host)


def _parse_response(status: int, body: bytes, date: str | None, host: str) -> BotApiResponse:
    try:
        payload = json.loads(body)
        code = 200 if payload["ok"] else int(payload["error_code"])
    except (ValueError, KeyError, TypeError):
        raise TelegramUnreachableError(
            f"what answers at {host} is not Telegram (status {status}): a proxy or a login page of the network is in "
            "between, or TELEGRAM_API_URL is wrong."
        ) from None
    return BotApiResponse(code, payload.get("result"), str(payload.get("description", "")), measure_clock_offset(date))


def _explain_error(error: Exception, host: str) -> str:
    match error:
        case ClientProxyConnectionError() | ClientHttpProxyError():
            return f"{PROXY_DESCRIPTION} refuses the way to {host}: fix it, or unset it where none is needed."
        case ClientConnectorDNSError():
            return f"the name {host} can't be looked up: see TELEGRAM_API_URL, the network and its name server."
        case ClientConnectorCertificateError() | ClientConnectorSSLError():
            return (
                f"{host} shows a certificate that this machine does not trust: see its clock, install ca-certificates, "
                "or something in between is reading along."
            )
        case TimeoutError():
            seconds = f"{TELEGRAM_TIMEOUT_SECONDS:.0f} seconds"
            return f"{host} does not answer within {seconds}: see the firewall and the network."
        case ClientConnectorError():
            reason = os.strerror(error.errno) if error.errno else "no connection"
            return f"{host} can't be reached ({reason}): see the network, the firewall and TELEGRAM_API_URL."
        case InvalidURL() | ValueError():
            return "TELEGRAM_API_URL is not an address: remove the setting, or use https://api.telegram.org."
        case ClientConnectionError():
            return f"{host} cuts the connection: see the network, proxies and firewall."
    return f"{host} can't be asked ({type(error).__name__}): see TELEGRAM_API_URL and the network."


NOT_CHECKED_UNREACHABLE = "not checked: Telegram must answer first."
NOT_CHECKED_TOKEN = "not checked: Telegram must know the token first."  # noqa: S105 - a sentence
MAX_CLOCK_OFFSET_SECONDS = 30.0
RECENT_FAILURE_SECONDS = 600.0  # an older one may be over
PRIVACY_MODE_OFF = (
    "privacy mode is off: in groups, Telegram sends the bot everything that people write. In @BotFather: /setprivacy, "
    "this bot, Enable; then remove the bot from its groups and add it again."
)
GROUPS_NOT_ALLOWED = "the bot can't be added to groups. In @BotFather: /setjoingroups, this bot, Enable."


def check_token(settings: Settings, bot_info: BotApiResponse | TelegramUnreachableError) -> Finding:
    if settings.token is None:
        return problem("token", "TELEGRAM_BOT_TOKEN is not set, so `run` is the preview: @BotFather gives one.")
    if not is_token_format(settings.token):
        return problem("token", MALFORMED_TOKEN_TEXT)
    if isinstance(bot_info, TelegramUnreachableError):
        return skipped("token", NOT_CHECKED_UNREACHABLE)
    if not bot_info.is_token_known:
        return problem("token", "TELEGRAM_BOT_TOKEN: Telegram does not know it: copy it again from @BotFather.")
    if not isinstance(bot_info.result, dict):
        return problem(
            "token", f"Telegram refuses just now ({bot_info.code} {bot_info.description}): try again in a minute."
        )
    return ok("token", f"the bot is @{bot_info.result.get('username')}, {bot_info.result.get('first_name')}.")


def check_telegram(settings: Settings, bot_info: BotApiResponse | TelegramUnreachableError) -> Finding:
    if isinstance(bot_info, TelegramUnreachableError):
        return problem("Telegram", str(bot_info))
    return ok("Telegram", f"{urlsplit(settings.telegram_api_url).hostname} answers.")


def check_groups(bot_info: BotApiResponse | TelegramUnreachableError) -> Iterator[Finding]:
    bot_user = find_result(bot_info)
    if bot_user is None:
        yield skipped("groups", find_skip_reason(bot_info))
        return
    if not bot_user.get("can_join_groups"):
        yield warning("groups", GROUPS_NOT_ALLOWED)
    if bot_user.get("can_read_all_group_messages"):
        yield warning("groups", PRIVACY_MODE_OFF)
    elif bot_user.get("can_join_groups"):
        yield ok("groups", "the bot can be added, and receives only messages meant for it.")


def check_clock(bot_info: BotApiResponse | TelegramUnreachableError) -> Finding:
    if isinstance(bot_info, TelegramUnreachableError) or bot_info.clock_offset_seconds is None:
        return skipped("clock", "not checked: it is compared with an answer from Telegram.")
    if abs(bot_info.clock_offset_seconds) <= MAX_CLOCK_OFFSET_SECONDS:
        return ok("clock", "agrees with Telegram's.")
    offset = format_duration(abs(bot_info.clock_offset_seconds))
    direction = "ahead" if bot_info.clock_offset_seconds > 0 else "behind"
    return problem("clock", f"is {offset} {direction}: turn time synchronisation on (`timedatectl set-ntp true`).")


def find_result(response: BotApiResponse | TelegramUnreachableError) -> dict[str, Any] | None:
    """Returns the result of a successful answer, else None."""
    result = None if isinstance(response, TelegramUnreachableError) else response.result
    return result if isinstance(result, dict) else None


def find_skip_reason(response: BotApiResponse | TelegramUnreachableError) -> str:
    """Returns why a check that needs Telegram was skipped."""
    return (
        NOT_CHECKED_UNREACHABLE
        if isinstance(response, TelegramUnreachableError) or response.is_token_known
        else NOT_CHECKED_TOKEN
    )


def check_outbox(waiting_count: int, oldest_seconds: float | None) -> Finding:
    """Checks the outbox: how many entries wait, and for how many seconds the oldest has."""
    if oldest_seconds is not None and oldest_seconds > RECENT_FAILURE_SECONDS / 2:
        waited = format_duration(oldest_seconds)
        return problem(
            "outbox",
            f"a message has waited for {waited}; {waiting_count} are waiting. Start the bot, or read its log.",
        )
    return ok(
        "outbox",
        f"{format_count(waiting_count, 'message waits', 'messages wait')} to be sent."
        if waiting_count
        else "nothing waits.",
    )
