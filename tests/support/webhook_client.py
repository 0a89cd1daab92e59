"""Posts updates to the bot's webhook, past the look-alike: each answer of the bot is seen, and nothing comes again."""

import io
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import aiohttp
from multidict import CIMultiDictProxy

from storage.db.encryption import Cipher
from tests.support.deployments import PATH, Way
from tests.support.postgresql import SECRET, plainly
from tests.support.running_bot import Running, until

Json = dict[str, Any]
HEADER = "X-Telegram-Bot-Api-Secret-Token"
RIGHT = Cipher(SECRET).webhook


@dataclass(frozen=True, slots=True)
class Answer:
    """What the bot answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


@dataclass(slots=True)
class Poster:
    """`post` sends what it is given, `update` numbers it first."""

    session: aiohttp.ClientSession
    address: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    async def post(self, body: object, secret: str | None = RIGHT) -> Answer:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if secret is None else {HEADER: secret}
        async with self.session.post(self.address, data=io.BytesIO(sent), headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.read())

    async def update(self, content: Json) -> Answer:
        return await self.post({"update_id": next(self.numbers), **content})

    def to(self, port: int) -> "Poster":
        """Posts to the worker that listens there."""
        return replace(self, address=f"http://127.0.0.1:{port}{PATH}")


@asynccontextmanager
async def posting(bot: Running) -> AsyncIterator[Poster]:
    """Once the bot takes updates in."""
    await until(lambda: bot.lookalike.webhook)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield Poster(session, bot.way.address_of_webhook)


def person(chat: int) -> Json:
    return {"id": chat, "is_bot": False, "first_name": "Person", "language_code": "en"}


def private(chat: int) -> Json:
    return {"id": chat, "type": "private", "first_name": "Person"}


def typed(chat: int, text: str, message: int = 1) -> Json:
    """Typed words, as an update without its number."""
    said = {"message_id": message, "date": 2_000_000_000, "chat": private(chat), "from": person(chat), "text": text}
    return {"message": said}


def tapped(chat: int, data: str, message: int = 1) -> Json:
    """A tap on a button."""
    on = {"message_id": message, "date": 2_000_000_000, "chat": private(chat), "text": "?"}
    tap = {"id": str(chat), "from": person(chat), "chat_instance": "1", "message": on, "data": data}
    return {"callback_query": tap}


@contextmanager
def held(way: Way, chat: int) -> Iterator[None]:
    """No turn of this chat can be kept meanwhile: somebody else is writing there."""
    with plainly(way.address) as connection, connection.transaction():
        connection.execute("select 1 from chats where chat = %s for update", [chat])
        yield
