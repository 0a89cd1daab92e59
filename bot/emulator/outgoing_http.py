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
SUCCESS_STATUSES = range(200, 300)
MAX_RETRY_AFTER_SECONDS = 3600
KEEPALIVE_SECONDS = (
    2.0  # seconds: shorter than servers keep a quiet connection, so that none closes while it is taken again
)


@dataclass(slots=True, frozen=True)
class DeliveryFailure:
    """Why the bot has not taken an update, in Telegram's words; and how long it asked to be left alone."""

    text: str
    retry_after_seconds: int = 0


def open_session(webhook: Json) -> aiohttp.ClientSession:
    """Connections for one webhook. How many are open at once is the business of who posts."""
    secret = webhook.get("secret_token")
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, family=socket.AF_INET, keepalive_timeout=KEEPALIVE_SECONDS, ssl=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"Content-Type": "application/json", **({SECRET_HEADER: secret} if secret else {})},
        skip_auto_headers=("User-Agent",),
    )


async def post_update(
    session: aiohttp.ClientSession, address: str, body: bytes, timeout_seconds: float
) -> DeliveryFailure | None:
    """None: the webhook acknowledged it. Whatever the answer's body asks for is not carried out."""
    if not is_loopback(split_address(address)):  # nothing of the preview leaves this machine
        return DeliveryFailure("Failed to resolve host: Name or service not known")
    try:
        async with (
            asyncio.timeout(timeout_seconds),
            session.post(address, data=body, allow_redirects=False, timeout=aiohttp.ClientTimeout(None)) as response,
        ):
            await response.read()
            return find_failure(response)
    except TimeoutError:
        return DeliveryFailure("Read timeout expired")
    except aiohttp.ClientError as error:
        error_number = error.errno if isinstance(error, OSError) else None
        return DeliveryFailure(os.strerror(error_number) if error_number else "Webhook connection closed")


def find_failure(response: aiohttp.ClientResponse) -> DeliveryFailure | None:
    if response.status in SUCCESS_STATUSES:
        return None
    text = f"Wrong response from the webhook: {response.status} {response.reason}"
    retry_after = response.headers.get("Retry-After", "")
    return DeliveryFailure(text, min(int(retry_after), MAX_RETRY_AFTER_SECONDS) if retry_after.isdecimal() else 0)


def split_address(address: str) -> SplitResult:
    """Its parts; Telegram takes an address without a scheme for one with https."""
    return urlsplit(address if "://" in address else f"https://{address}")


def is_loopback(parts: SplitResult) -> bool:
    return bool(re.fullmatch(r"localhost|127(\.\d{1,3}){3}", parts.hostname or ""))
