"""The HTTP client of python-telegram-bot, built on aiohttp.

It implements the library's `BaseRequest` at about a fifth of the CPU of the library's own client
(benchmarks/http_client.py). Error responses become the library's exceptions in `BaseRequest.post`.
"""

import json
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies

import orjson
from aiohttp import ClientError, ClientSession, ClientTimeout, FormData, TCPConnector
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.runtime import measure_clock_offset, read_steady_clock

CALL_TIMEOUT_SECONDS = 20.0
HTTP_OK = 200
MAX_CONNECTIONS = 64
LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})
SUCCESS_PREFIX = b'{"ok":true,'  # the first bytes of Telegram's successful responses
FORM_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}
JSON_HEADERS = {"Content-Type": "application/json"}
DEFAULT_MEDIA_TYPE = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class JsonBody:
    """The arguments of a call, as JSON."""

    content: bytes

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any]) -> Self:
        return cls(orjson.dumps(arguments))


@dataclass(frozen=True, slots=True)
class FileUpload:
    """A file to send. `timeout_seconds` covers the whole call."""

    file_name: str
    content: bytes
    timeout_seconds: float = CALL_TIMEOUT_SECONDS


@dataclass(frozen=True, slots=True)
class UploadBody:
    """The arguments of a call that carries a file. The attributes are those of python-telegram-bot's `RequestData`."""

    json_parameters: Mapping[str, str]
    multipart_data: Mapping[str, tuple[str, bytes, str]]  # file name, content, media type

    @classmethod
    def from_arguments(cls, arguments: Mapping[str, Any], field: str, upload: FileUpload) -> Self:
        """`field` is the argument that takes the file: `photo` or `document`."""
        media_type = mimetypes.guess_type(upload.file_name)[0] or DEFAULT_MEDIA_TYPE
        parameters = {
            name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in arguments.items()
        }
        return cls(parameters, {field: (upload.file_name, upload.content, media_type)})


RequestBody = RequestData | JsonBody | UploadBody


class AiohttpRequest(BaseRequest):
    """Sends requests for python-telegram-bot.

    Raises the library's `TimedOut` and `NetworkError`. Their texts contain no address, as that contains the token.
    """

    def __init__(self, *, should_use_proxy: bool = True) -> None:
        """`should_use_proxy`: use the HTTP proxy of the environment, if there is one."""
        self._should_use_proxy = should_use_proxy and bool(getproxies())
        self._session: ClientSession | None = None
        self._last_date: tuple[str | None, float] = (None, 0.0)  # of the newest response: Date header, arrival

    @property
    def clock_offset_seconds(self) -> float | None:
        """Seconds that this machine's clock is ahead of Telegram's; None before the first response."""
        http_date, received_at = self._last_date
        return measure_clock_offset(http_date, read_steady_clock() - received_at)

    @property
    def read_timeout(self) -> float:
        return CALL_TIMEOUT_SECONDS

    async def initialize(self) -> None:
        if self._session is None:
            # Proxies are looked up once: with trust_env, aiohttp reads the environment and ~/.netrc for every call.
            self._session = ClientSession(
                connector=TCPConnector(limit=MAX_CONNECTIONS), trust_env=self._should_use_proxy
            )

    async def shutdown(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def do_request(  # noqa: PLR0913, PLR0917 - the signature is python-telegram-bot's
        self,
        url: str,
        method: str,
        request_data: RequestBody | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - as above
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - as above
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - as above
    ) -> tuple[int, bytes]:
        """Returns the status and the body. Of the four timeouts only `read_timeout` is used, for the whole call."""
        assert self._session is not None
        timeout_seconds = CALL_TIMEOUT_SECONDS if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
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
        """Parses a response. Raises `TelegramError`."""
        try:
            response: dict[str, Any] = orjson.loads(payload)
        except orjson.JSONDecodeError:
            # orjson is stricter than Telegram, for example about half of a UTF-16 pair in a text.
            return BaseRequest.parse_json_payload(payload)
        return response


def can_use_proxy(url: str) -> bool:
    """Whether requests to this address may go through the environment's proxy: not those to this machine."""
    return urlsplit(url).hostname not in LOOPBACK_HOSTS


def _is_from_telegram(status: int, body: bytes) -> bool:
    """Whether the response comes from Telegram, and not from a proxy or a login page."""
    if status == HTTP_OK and body.startswith(SUCCESS_PREFIX):  # the usual case, without parsing the body twice
        return True
    try:
        response = json.loads(body)
    except (ValueError, RecursionError):  # RecursionError: brackets nested without end
        return False
    return isinstance(response, dict) and response.get("ok") is (status == HTTP_OK)


@lru_cache(maxsize=16)
def _make_timeout(seconds: float) -> ClientTimeout:
    return ClientTimeout(total=seconds)


def _encode_body(body: RequestBody | None) -> tuple[FormData | bytes | None, dict[str, str] | None]:
    """Returns what aiohttp sends, and its headers. A multipart form costs a third of a call: only files get one."""
    if body is None:
        return None, None
    if isinstance(body, JsonBody):
        return body.content, JSON_HEADERS
    if not body.multipart_data:
        return urlencode(body.json_parameters).encode(), FORM_HEADERS
    form = FormData()
    for name, value in body.json_parameters.items():
        form.add_field(name, value)
    for name, (file_name, content, media_type) in body.multipart_data.items():
        form.add_field(name, content, filename=file_name, content_type=media_type)
    return form, None
