"""One question to Telegram, asked over the same way as the bot's; what is in the way is said with the fix."""

import json
import os
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

from bot.clock import ahead_of
from bot.request import goes_by_proxy
from bot.settings import Settings, looks_like_token

PATIENCE = 10.0  # seconds
NOBODY = "1:nobody"  # asked as by nobody where there is no token: Telegram answers that too
PROXY = "the proxy of the environment (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY)"


class Unreachable(Exception):
    """Telegram did not answer. Its text says what is in the way, and what to do."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What Telegram answered: a result, or a refusal's number and words."""

    code: int
    result: Any
    said: str
    ahead: float | None  # seconds that our clock is ahead of the answer's date; None: it has none

    @property
    def knows_token(self) -> bool:
        return self.code not in {401, 404}


async def ask(settings: Settings, method: str) -> Answer:
    """Telegram's answer to a method without arguments. Raises `Unreachable`."""
    token = settings.token if looks_like_token(settings.token) else NOBODY
    base, host = settings.telegram_api_url.rstrip("/"), urlsplit(settings.telegram_api_url).hostname or "?"
    by_proxy = goes_by_proxy(base) and bool(getproxies())
    try:
        address = URL(f"{base}/bot{token}/{method}")
        async with (
            ClientSession(trust_env=by_proxy, timeout=ClientTimeout(total=PATIENCE)) as session,
            session.get(address, allow_redirects=False) as answer,
        ):
            body = await answer.read()
    except (TimeoutError, ClientError, ValueError) as fault:
        raise Unreachable(_why(fault, host)) from fault
    return _answer(answer.status, body, answer.headers.get("Date"), host)


def _answer(status: int, body: bytes, date: str | None, host: str) -> Answer:
    try:
        told = json.loads(body)
        code = 200 if told["ok"] else int(told["error_code"])
    except (ValueError, KeyError, TypeError):
        raise Unreachable(
            f"what answers at {host} is not Telegram (status {status}): a proxy or a login page of the network is in "
            "between, or TELEGRAM_API_URL is wrong."
        ) from None
    return Answer(code, told.get("result"), str(told.get("description", "")), ahead_of(date))


def _why(fault: Exception, host: str) -> str:
    match fault:
        case ClientProxyConnectionError() | ClientHttpProxyError():
            return f"{PROXY} refuses the way to {host}: mend it, or unset it where none is needed."
        case ClientConnectorDNSError():
            return f"the name {host} can't be looked up: see TELEGRAM_API_URL, the network and its name server."
        case ClientConnectorCertificateError() | ClientConnectorSSLError():
            return (
                f"{host} shows a certificate that this machine does not trust: see its clock, install ca-certificates, "
                "or something in between is reading along."
            )
        case TimeoutError():
            return f"{host} does not answer within {PATIENCE:.0f} seconds: see the firewall and the network."
        case ClientConnectorError():
            why = os.strerror(fault.errno) if fault.errno else "no connection"
            return f"{host} can't be reached ({why}): see the network, the firewall and TELEGRAM_API_URL."
        case InvalidURL() | ValueError():
            return "TELEGRAM_API_URL is no address: take the setting out, or give https://api.telegram.org."
        case ClientConnectionError():
            return f"{host} cuts the connection: see the network, proxies and firewall."
    return f"{host} can't be asked ({type(fault).__name__}): see TELEGRAM_API_URL and the network."
