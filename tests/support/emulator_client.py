"""A client of the emulator on plain HTTP and JSON, without a Telegram library."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]


@dataclass(frozen=True)
class ApiResponse:
    """A response that has been read completely."""

    status: int
    headers: Mapping[str, str]
    text: str


class EmulatorClient:
    """Calls API methods as a bot does, and opens the routes of the page."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.token = token

    def build_url(self, method: str) -> str:
        return f"{self.url}/bot{self.token}/{method}"

    async def call(self, method: str, **args: Any) -> Json:
        """Returns the whole answer, for example `{"ok": True, "result": …}`."""
        async with self.session.post(self.build_url(method), json=args) as response:
            body: Json = await response.json()
            assert body.get("error_code", 200) == response.status
            return body

    async def call_for_result(self, method: str, **args: Any) -> Any:
        body = await self.call(method, **args)
        assert body["ok"], body
        return body["result"]

    async def call_for_refusal(self, method: str, **args: Any) -> tuple[int, str]:
        """Returns the code and the description of the error."""
        body = await self.call(method, **args)
        assert not body["ok"], body
        return body["error_code"], body["description"]

    async def fetch_page(self, path: str, method: str = "GET", **options: Any) -> ApiResponse:
        """Requests any path of the emulator; `options` are those of aiohttp."""
        async with self.session.request(method, self.url + path, **options) as response:
            return ApiResponse(response.status, response.headers.copy(), await response.text(errors="replace"))
