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
from tests.support.deployments import WEBHOOK_PATH, Deployment
from tests.support.postgresql import TEST_SECRET_KEY, connect_directly
from tests.support.running_bot import RunningBot, wait_until

Json = dict[str, Any]
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"
WEBHOOK_SECRET = Cipher(TEST_SECRET_KEY).webhook_secret


@dataclass(frozen=True, slots=True)
class WebhookResponse:
    """What the bot answered."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


@dataclass(slots=True)
class WebhookClient:
    """`post` sends what it is given, `update` numbers it first."""

    session: aiohttp.ClientSession
    url: str
    update_ids: Iterator[int] = field(default_factory=lambda: count(1))

    async def post(self, body: object, secret: str | None = WEBHOOK_SECRET) -> WebhookResponse:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {} if secret is None else {SECRET_HEADER: secret}
        async with self.session.post(self.url, data=io.BytesIO(sent), headers=headers) as answer:
            return WebhookResponse(answer.status, answer.headers, await answer.read())

    async def post_update(self, content: Json) -> WebhookResponse:
        return await self.post({"update_id": next(self.update_ids), **content})

    def with_port(self, port: int) -> "WebhookClient":
        """Posts to the worker that listens there."""
        return replace(self, url=f"http://127.0.0.1:{port}{WEBHOOK_PATH}")


@asynccontextmanager
async def open_webhook_client(bot: RunningBot) -> AsyncIterator[WebhookClient]:
    """Once the bot takes updates in."""
    await wait_until(lambda: bot.emulator.webhook)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:
        yield WebhookClient(session, bot.deployment.webhook_url)


def make_user(chat_id: int) -> Json:
    return {"id": chat_id, "is_bot": False, "first_name": "Person", "language_code": "en"}


def make_private_chat(chat_id: int) -> Json:
    return {"id": chat_id, "type": "private", "first_name": "Person"}


def make_text_update(chat_id: int, text: str, message_id: int = 1) -> Json:
    """Typed words, as an update without its number."""
    message_json = {
        "message_id": message_id,
        "date": 2_000_000_000,
        "chat": make_private_chat(chat_id),
        "from": make_user(chat_id),
        "text": text,
    }
    return {"message": message_json}


def make_tap_update(chat_id: int, data: str, message_id: int = 1) -> Json:
    """A tap on a button."""
    message_json = {"message_id": message_id, "date": 2_000_000_000, "chat": make_private_chat(chat_id), "text": "?"}
    tap = {"id": str(chat_id), "from": make_user(chat_id), "chat_instance": "1", "message": message_json, "data": data}
    return {"callback_query": tap}


@contextmanager
def hold_chat_row(deployment: Deployment, chat_id: int) -> Iterator[None]:
    """No turn of this chat can be kept meanwhile: somebody else is writing there."""
    with connect_directly(deployment.database_url) as connection, connection.transaction():
        connection.execute("select 1 from chats where chat_id = %s for update", [chat_id])
        yield
