"""The HTTP client under python-telegram-bot: aiohttp, at about a fifth of the CPU (benchmarks/http_client.py)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, FormData, TCPConnector
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.runtime import ahead_of, steady

SECONDS = 20.0
OK = 200
AT_ONCE = 64
HERE = frozenset({"127.0.0.1", "::1", "localhost"})
ALL_WELL = b'{"ok":true,'  # how Telegram begins
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Json:
    """A call's arguments, as JSON."""

    content: bytes

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> Self:
        return cls(orjson.dumps(arguments))


class AioRequest(BaseRequest):
    """Sends what python-telegram-bot asks for. Raises its `TimedOut` and `NetworkError`, which name no address."""

    def __init__(self, *, by_proxy: bool = True) -> None:
        """`by_proxy`: whether the environment's HTTP proxy is used, if there is one."""
        self._by_proxy = by_proxy and bool(getproxies())
        self._session: ClientSession | None = None
        self._dated: tuple[str | None, float] = (None, 0.0)  # the newest answer's date, and when it came

    @property
    def clock_ahead(self) -> float | None:
        """Seconds that our clock is ahead of Telegram's. None: it never told the time."""
        date, at = self._dated
        return ahead_of(date, steady() - at)

    @property
    def read_timeout(self) -> float:
        return SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            # Looked up once: aiohttp reads the environment and ~/.netrc anew for every single call.
            self._session = ClientSession(connector=TCPConnector(limit=AT_ONCE), trust_env=self._by_proxy)

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | Json | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - the signature is python-telegram-bot's
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """The status and the body. Of the four timeouts only the one for reading is used: it covers the whole call."""
        assert self._session is not None
        seconds = SECONDS if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        given, headers = _body(request_data)
        try:
            async with self._session.request(
                method, url, data=given, headers=headers, timeout=_timeout(seconds)
            ) as answer:
                body = await answer.read()
        except TimeoutError as fault:
            raise TimedOut from fault
        except ClientError as fault:
            raise NetworkError(type(fault).__name__) from fault
        if not _is_telegram_s(answer.status, body):
            raise NetworkError(f"status {answer.status} from something between us and Telegram")
        self._dated = answer.headers.get("Date"), steady()
        return answer.status, body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Telegram's answer. Raises `TelegramError`.

        orjson is stricter than Telegram (half of a pair of UTF-16 in a text): what it doesn't take, the library reads.
        """
        try:
            said: dict[str, Any] = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return BaseRequest.parse_json_payload(payload)
        return said


def goes_by_proxy(address: str) -> bool:
    """Whether the way there goes through the environment's proxy, where there is one: not on this machine."""
    return urlsplit(address).hostname not in HERE


def _is_telegram_s(status: int, body: bytes) -> bool:
    """Whether Telegram says this, and nobody between us. All being well, it is parsed only once, and not here."""
    if status == OK and body.startswith(ALL_WELL):
        return True
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):  # the last: brackets within brackets without end
        return False
    return isinstance(said, dict) and said.get("ok") is (status == OK)


@cache
def _timeout(seconds: float) -> ClientTimeout:
    return ClientTimeout(total=seconds)


def _body(data: RequestData | Json | None) -> tuple[FormData | bytes | None, dict[str, str] | None]:
    """What is sent, and what it is. Files need a multipart form, which costs a third of a call."""
    if data is None:
        return None, None
    if isinstance(data, Json):
        return data.content, JSON
    if not data.multipart_data:
        return urlencode(data.json_parameters).encode(), FORM
    form = FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form, None
