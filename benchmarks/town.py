"""A town of people on their phones, and the Bot API that they reach a bot by: fast, as faithful as it must be.

It stands in for Telegram where the look-alike (bot/preview) would be the limit. It runs in the process that measures;
the bot runs in one of its own. Everybody takes the same walk: `labels` are what they tap, in order.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

Json = dict[str, Any]
TOKEN = "100001:bench-no-real-token-0000000000000000000"  # noqa: S105 - it opens nothing
ME = {"id": 100001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
FIRST_CHAT = 5_000_000_000  # as new accounts have them: more than 32 bits


@dataclass(slots=True)
class Person:
    """Somebody on their walk: how many labels they have tapped, and when they did so last."""

    chat: int
    tapped: int = 0
    at: float = 0.0


@dataclass(slots=True)
class Town:
    """All the people, and what is on its way to the bot.

    `pause`: seconds between a question and the tap. `stops_at`: so many taps, and then no more. `most`: walks that are
    begun at all. `waits`: seconds from each tap to the next question. `strays`: questions that nobody was due.
    """

    labels: Sequence[str]
    pause: float = 0.0
    stops_at: int = 10_000
    most: int = 10_000_000
    waits: list[float] = field(default_factory=list)
    updates: int = 0
    begun: int = 0
    over: int = 0
    strays: int = 0
    calls: int = 0
    polled: asyncio.Event = field(default_factory=asyncio.Event)
    _people: dict[int, Person] = field(default_factory=dict)
    _waiting: deque[Json] = field(default_factory=deque)
    _given: deque[Json] = field(default_factory=deque)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    _messages: int = 0

    # The people

    def comes(self) -> None:
        """Somebody new opens the chat."""
        if self.begun >= self.most:
            return
        person = Person(FIRST_CHAT + self.begun)
        self.begun += 1
        self._people[person.chat] = person
        self._act(person, {"message": self._message(person.chat, "/start", mine=False)})

    def _act(self, person: Person, what: Json) -> None:
        person.at = time.perf_counter()
        self.updates += 1
        self._waiting.append({"update_id": self.updates, **what})
        self._news.set()

    def _reads(self, chat: int, message: Json, markup: Json | None) -> None:
        """A message came: the next question, or the end of the walk."""
        person = self._people.get(chat)
        if person is None:
            return
        if person.tapped == len(self.labels):
            del self._people[chat]
            self._waited(person)
            self.over += 1
            self.comes()
        elif markup:
            data = _carried(markup, self.labels[person.tapped])
            if data is None:
                self.strays += 1
                return
            self._waited(person)
            if person.tapped < self.stops_at:
                asyncio.get_running_loop().call_later(self.pause, self._taps, person, message, data)

    def _waited(self, person: Person) -> None:
        self.waits.append(time.perf_counter() - person.at)

    def _taps(self, person: Person, message: Json, data: str) -> None:
        person.tapped += 1
        query = {"id": str(self.updates), "from": _user(person.chat), "message": message, "data": data}
        self._act(person, {"callback_query": {**query, "chat_instance": "1"}})

    # The Bot API

    async def answer(self, request: web.Request) -> web.Response:
        """One call, of any method that a bot of ours or of a peer's makes."""
        method = request.path.rpartition("/")[2]
        given = await _parameters(request)
        if method == "getUpdates":
            return _told(await self._updates(int(given.get("offset") or 0), float(given.get("timeout") or 0)))
        self.calls += 1
        if method in {"sendMessage", "sendPhoto"}:
            return _told(self._sent(method, given))
        return _told(ME if method == "getMe" else self._edited(given) if method.startswith("edit") else True)

    async def _updates(self, offset: int, seconds: float) -> list[Json]:
        """Gives what waits, a hundred at the most; what was given is kept until it is confirmed."""
        while self._given and self._given[0]["update_id"] < offset:
            self._given.popleft()
        self.polled.set()
        if not self._waiting and not self._given:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), seconds)
            except TimeoutError:
                return []
        while self._waiting and len(self._given) < 100:  # noqa: PLR2004 - the Bot API's own limit
            self._given.append(self._waiting.popleft())
        return list(self._given)

    def _sent(self, method: str, given: Json) -> Json:
        chat = int(given["chat_id"])
        message = self._message(chat, given.get("text") or "", mine=True)
        if method == "sendPhoto":
            message["photo"] = [{"file_id": "drawn", "file_unique_id": "drawn", "width": 9, "height": 9}]
            return message
        markup = _markup(given)
        if markup:
            message["reply_markup"] = markup
        self._reads(chat, message, markup)
        return message

    def _edited(self, given: Json) -> Json:
        message = self._message(int(given["chat_id"]), given.get("text") or "", mine=True)
        return {**message, "message_id": int(given["message_id"]), "edit_date": message["date"]}

    def _message(self, chat: int, text: str, *, mine: bool) -> Json:
        self._messages += 1
        where = {"id": chat, "first_name": "Ann", "type": "private"}
        about = {"message_id": self._messages, "date": int(time.time()), "chat": where}
        command = {"entities": [{"type": "bot_command", "offset": 0, "length": 6}]} if text == "/start" else {}
        return {**about, "from": ME if mine else _user(chat), "text": text, **command}


def _user(chat: int) -> Json:
    return {"id": chat, "is_bot": False, "first_name": "Ann", "language_code": "en"}


async def _parameters(request: web.Request) -> Json:
    if request.content_type == "application/json":
        given: Json = orjson.loads(await request.read() or b"{}")
        return given
    if request.content_type == "application/x-www-form-urlencoded":  # also of a GET, as pyTelegramBotAPI sends it
        return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True)) | dict(request.query)
    return dict(await request.post()) | dict(request.query)


def _markup(given: Json) -> Json | None:
    markup = given.get("reply_markup")
    found: Json | None = orjson.loads(markup) if isinstance(markup, str) else markup
    return found if found and found.get("inline_keyboard") else None


def _carried(markup: Json, label: str) -> str | None:
    buttons = (one for row in markup["inline_keyboard"] for one in row if one["text"] == label)
    return next((str(one["callback_data"]) for one in buttons), None)


def _told(result: object) -> web.Response:
    """As Telegram writes it: without blanks."""
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")


@asynccontextmanager
async def reached(town: Town) -> AsyncIterator[str]:
    """The address of the town's Bot API."""
    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/{path:.*}", town.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
