"""What the doctor sees of Telegram: the token, the way there, its rights, the clock; and what waits to be said."""

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

from bot.cli.doctor.findings import Finding, counted, mend, note, skipped, span, well
from bot.runtime import ahead_of
from bot.settings import MALFORMED, Settings, looks_like_token
from bot.telegram.http_client import goes_by_proxy

# @@DOC One question to Telegram, asked over the same way as the bot's; what is in the way is said with the fix.
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


NOT_ASKED = "not looked at: Telegram must answer first."
NOT_KNOWN = "not looked at: Telegram must know the token first."
CLOCK = 30.0  # seconds
RECENT = 600.0  # seconds
PRIVACY = (
    "privacy mode is off: in groups Telegram hands the bot everything anybody writes. In @BotFather: /setprivacy, this "
    "bot, Enable; then take the bot out of its groups and add it again."
)
JOINING = "the bot can't be added to groups. In @BotFather: /setjoingroups, this bot, Enable."


def about_token(settings: Settings, met: Answer | Unreachable) -> Finding:
    if settings.token is None:
        return mend("token", "TELEGRAM_BOT_TOKEN is not set, so `run` is the preview: @BotFather gives one.")
    if not looks_like_token(settings.token):
        return mend("token", MALFORMED)
    if isinstance(met, Unreachable):
        return skipped("token", NOT_ASKED)
    if not met.knows_token:
        return mend("token", "TELEGRAM_BOT_TOKEN: Telegram does not know it: copy it anew from @BotFather.")
    if not isinstance(met.result, dict):
        return mend("token", f"Telegram refuses just now ({met.code} {met.said}): look again in a minute.")
    return well("token", f"the bot is @{met.result.get('username')}, {met.result.get('first_name')}.")


def about_telegram(settings: Settings, met: Answer | Unreachable) -> Finding:
    if isinstance(met, Unreachable):
        return mend("Telegram", str(met))
    return well("Telegram", f"{urlsplit(settings.telegram_api_url).hostname} answers.")


def about_groups(met: Answer | Unreachable) -> Iterator[Finding]:
    me = known(met)
    if me is None:
        yield skipped("groups", why_not(met))
        return
    if not me.get("can_join_groups"):
        yield note("groups", JOINING)
    if me.get("can_read_all_group_messages"):
        yield note("groups", PRIVACY)
    elif me.get("can_join_groups"):
        yield well("groups", "the bot can be added, and is told only what is meant for it.")


def about_clock(met: Answer | Unreachable) -> Finding:
    if isinstance(met, Unreachable) or met.ahead is None:
        return skipped("clock", "not looked at: only an answer of Telegram's tells the time.")
    if abs(met.ahead) <= CLOCK:
        return well("clock", "goes with Telegram's.")
    way = "ahead" if met.ahead > 0 else "behind"
    return mend("clock", f"is {span(abs(met.ahead))} {way}: turn time synchronisation on (`timedatectl set-ntp true`).")


def known(answer: Answer | Unreachable) -> dict[str, Any] | None:
    """What Telegram told of us, where it knows us."""
    found = None if isinstance(answer, Unreachable) else answer.result
    return found if isinstance(found, dict) else None


def why_not(answer: Answer | Unreachable) -> str:
    """Why something that only Telegram knows was not looked at."""
    return NOT_ASKED if isinstance(answer, Unreachable) or answer.knows_token else NOT_KNOWN


def about_waiting(many: int, oldest: float | None) -> Finding:
    """The outbox: how many wait, and since how many seconds somebody waits for the oldest."""
    if oldest is not None and oldest > RECENT / 2:
        return mend(
            "outbox", f"somebody has waited for {span(oldest)}, and {many} wait: start the bot, or see its log."
        )
    return well(
        "outbox", f"{counted(many, 'message waits', 'messages wait')} to be said." if many else "nothing waits."
    )
