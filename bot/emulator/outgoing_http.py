"""One POST of one update to a webhook, and what Telegram says of it when it fails."""

import asyncio
import os
import re
import socket
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

import aiohttp

from bot.emulator.errors import Json

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name
TAKEN = range(200, 300)
LONGEST_WAIT = 3600
KEPT_OPEN = 2.0  # seconds: shorter than servers keep a quiet connection, so that none closes while it is taken again


@dataclass(slots=True, frozen=True)
class Undelivered:
    """Why the bot has not taken an update, in Telegram's words; and how long it asked to be left alone."""

    text: str
    retry_after: int = 0


def open_session(webhook: Json) -> aiohttp.ClientSession:
    """Connections for one webhook. How many are open at once is the business of who posts."""
    secret = webhook.get("secret_token")
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, family=socket.AF_INET, keepalive_timeout=KEPT_OPEN, ssl=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Content-Type": "application/json", **({SECRET_HEADER: secret} if secret else {})},
        skip_auto_headers=("User-Agent",),
    )


async def post(session: aiohttp.ClientSession, address: str, body: bytes, patience: float) -> Undelivered | None:
    """None: the webhook acknowledged it. Whatever the answer's body asks for is not carried out."""
    if not is_here(split(address)):  # nothing of the preview leaves this machine
        return Undelivered("Failed to resolve host: Name or service not known")
    try:
        async with (
            asyncio.timeout(patience),
            session.post(address, data=body, allow_redirects=False, timeout=aiohttp.ClientTimeout(None)) as answer,
        ):
            await answer.read()
            return weighed(answer)
    except TimeoutError:
        return Undelivered("Read timeout expired")
    except aiohttp.ClientError as fault:
        number = fault.errno if isinstance(fault, OSError) else None
        return Undelivered(os.strerror(number) if number else "Webhook connection closed")


def weighed(answer: aiohttp.ClientResponse) -> Undelivered | None:
    if answer.status in TAKEN:
        return None
    text = f"Wrong response from the webhook: {answer.status} {answer.reason}"
    wait = answer.headers.get("Retry-After", "")
    return Undelivered(text, min(int(wait), LONGEST_WAIT) if wait.isdecimal() else 0)


def split(address: str) -> SplitResult:
    """Its parts; Telegram takes an address without a scheme for one with https."""
    return urlsplit(address if "://" in address else f"https://{address}")


def is_here(parts: SplitResult) -> bool:
    return bool(re.fullmatch(r"localhost|127(\.\d{1,3}){3}", parts.hostname or ""))
