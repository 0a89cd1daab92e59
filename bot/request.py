"""The HTTP client under python-telegram-bot: aiohttp, at about a fifth of the CPU (benchmarks/http_client.py)."""

import json
from typing import Any
from urllib.parse import urlencode, urlsplit
from urllib.request import getproxies

from aiohttp import ClientError, ClientSession, ClientTimeout, FormData, TCPConnector
from telegram.error import NetworkError, TimedOut
from telegram.request import BaseRequest, RequestData

from bot.clock import ahead_of, steady

SECONDS = 20.0
OK = 200
AT_ONCE = 64
HERE = frozenset({"127.0.0.1", "::1", "localhost"})
ALL_WELL = b'{"ok":true,'  # how Telegram begins
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


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
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002 - the signature is python-telegram-bot's
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,  # noqa: ARG002
    ) -> tuple[int, bytes]:
        """The status and the body. Of the four timeouts only the one for reading is used: it covers the whole call."""
        assert self._session is not None
        seconds = SECONDS if read_timeout is BaseRequest.DEFAULT_NONE else read_timeout
        body = _body(request_data)
        headers = FORM if isinstance(body, bytes) else None
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, timeout=ClientTimeout(total=seconds)
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


def _body(data: RequestData | None) -> FormData | bytes | None:
    """Files need a multipart form, which costs a third of a call; without files it is done without."""
    if data is None:
        return None
    if not data.multipart_data:
        return urlencode(data.json_parameters).encode()
    form = FormData()
    for name, value in data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, kind) in data.multipart_data.items():
        form.add_field(name, content, filename=filename, content_type=kind)
    return form
