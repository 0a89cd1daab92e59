"""A bare client of the look-alike: HTTP and JSON, no library between."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]


@dataclass(frozen=True)
class ApiResponse:
    """An answer that has been read to its end."""

    status: int
    headers: Mapping[str, str]
    text: str


class EmulatorClient:
    """Calls methods the way a bot does, and gives back what was answered, whole."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.token = token

    def build_url(self, method: str) -> str:
        return f"{self.url}/bot{self.token}/{method}"

    async def call(self, method: str, **args: Any) -> Json:
        async with self.session.post(self.build_url(method), json=args) as reply:
            body: Json = await reply.json()
            assert body.get("error_code", 200) == reply.status
            return body

    async def call_for_result(self, method: str, **args: Any) -> Any:
        body = await self.call(method, **args)
        assert body["ok"], body
        return body["result"]

    async def call_for_refusal(self, method: str, **args: Any) -> tuple[int, str]:
        body = await self.call(method, **args)
        assert not body["ok"], body
        return body["error_code"], body["description"]

    async def fetch_page(self, path: str, method: str = "GET", **more: Any) -> ApiResponse:
        """One of the page's own addresses."""
        async with self.session.request(method, self.url + path, **more) as reply:
            return ApiResponse(reply.status, reply.headers.copy(), await reply.text(errors="replace"))
