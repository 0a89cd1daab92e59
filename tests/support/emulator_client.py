"""A bare client of the look-alike: HTTP and JSON, no library between."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp

Json = dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """An answer that has been read to its end."""

    status: int
    headers: Mapping[str, str]
    text: str


class Api:
    """Calls methods the way a bot does, and gives back what was answered, whole."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str) -> None:
        self.session = session
        self.url = url
        self.token = token

    def address(self, method: str) -> str:
        return f"{self.url}/bot{self.token}/{method}"

    async def answer(self, method: str, **args: Any) -> Json:
        async with self.session.post(self.address(method), json=args) as reply:
            body: Json = await reply.json()
            assert body.get("error_code", 200) == reply.status
            return body

    async def result(self, method: str, **args: Any) -> Any:
        body = await self.answer(method, **args)
        assert body["ok"], body
        return body["result"]

    async def refusal(self, method: str, **args: Any) -> tuple[int, str]:
        body = await self.answer(method, **args)
        assert not body["ok"], body
        return body["error_code"], body["description"]

    async def fetch(self, path: str, method: str = "GET", **more: Any) -> Reply:
        """One of the page's own addresses."""
        async with self.session.request(method, self.url + path, **more) as reply:
            return Reply(reply.status, reply.headers.copy(), await reply.text(errors="replace"))
