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

from bot.runtime import measure_clock_offset, read_steady_clock

TIMEOUT_SECONDS = 20.0
HTTP_OK = 200
MAX_CONNECTIONS = 64
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
SUCCESS_PREFIX = b'{"ok":true,'  # how Telegram begins
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
JSON_HEADERS = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class JsonBody:
    """A call's arguments, as JSON."""

    content: bytes

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> Self:
        return cls(orjson.dumps(arguments))


class AiohttpRequest(BaseRequest):
    """Sends what python-telegram-bot asks for. Raises its `TimedOut` and `NetworkError`, which name no address."""

    def __init__(self, *, should_use_proxy: bool = True) -> None:
        """`by_proxy`: whether the environment's HTTP proxy is used, if there is one."""
        self._should_use_proxy = should_use_proxy and bool(getproxies())
        self._session: ClientSession | None = None
        self._last_date: tuple[str | None, float] = (None, 0.0)  # the newest answer's date, and when it came

    @property
    def clock_offset_seconds(self) -> float | None:
        """Seconds that our clock is ahead of Telegram's. None: it never told the time."""
        http_date, received_at = self._last_date
        return measure_clock_offset(http_date, read_steady_clock() - received_at)

    @property
    def read_timeout(self) -> float:
        return TIMEOUT_SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            # Looked up once: aiohttp reads the environment and ~/.netrc anew for every single call.
            self._session = ClientSession(
                connector=TCPConnector(limit=MAX_CONNECTIONS), trust_env=self._should_use_proxy
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | JsonBody | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - the signature is python-telegram-bot's
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """The status and the body. Of the four timeouts only the one for reading is used: it covers the whole call."""
        assert self._session is not None
        timeout_seconds = TIMEOUT_SECONDS if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        request_body, headers = _encode_body(request_data)
        try:
            async with self._session.request(
                method, url, data=request_body, headers=headers, timeout=_make_timeout(timeout_seconds)
            ) as response:
                response_body = await response.read()
        except TimeoutError as error:
            raise TimedOut from error
        except ClientError as error:
            raise NetworkError(type(error).__name__) from error
        if not _is_from_telegram(response.status, response_body):
            raise NetworkError(f"status {response.status} from something between us and Telegram")
        self._last_date = response.headers.get("Date"), read_steady_clock()
        return response.status, response_body

    @staticmethod
    def parse_json_payload(payload: bytes) -> dict[str, Any]:
        """Telegram's answer. Raises `TelegramError`.

        orjson is stricter than Telegram (half of a pair of UTF-16 in a text): what it doesn't take, the library reads.
        """
        try:
            response: dict[str, Any] = orjson.loads(payload)
        except orjson.JSONDecodeError:
            return BaseRequest.parse_json_payload(payload)
        return response


def can_use_proxy(url: str) -> bool:
    """Whether the way there goes through the environment's proxy, where there is one: not on this machine."""
    return urlsplit(url).hostname not in LOOPBACK_HOSTS


def _is_from_telegram(status: int, body: bytes) -> bool:
    """Whether Telegram says this, and nobody between us. All being well, it is parsed only once, and not here."""
    if status == HTTP_OK and body.startswith(SUCCESS_PREFIX):
        return True
    try:
        response = json.loads(body)
    except (ValueError, RecursionError):  # the last: brackets within brackets without end
        return False
    return isinstance(response, dict) and response.get("ok") is (status == HTTP_OK)


@cache
def _make_timeout(seconds: float) -> ClientTimeout:
    return ClientTimeout(total=seconds)


def _encode_body(data: RequestData | JsonBody | None) -> tuple[FormData | bytes | None, dict[str, str] | None]:
    """What is sent, and what it is. Files need a multipart form, which costs a third of a call."""
    if data is None:
        return None, None
    if isinstance(data, JsonBody):
        return data.content, JSON_HEADERS
    if not data.multipart_data:
        return urlencode(data.json_parameters).encode(), FORM_HEADERS
    form = FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, content_type) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=content_type)
    return form, None
