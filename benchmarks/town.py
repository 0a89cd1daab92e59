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
BENCHMARK_TOKEN = "100001:bench-no-real-token-0000000000000000000"  # noqa: S105 - it opens nothing
BOT_USER = {"id": 100001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
FIRST_CHAT_ID = 5_000_000_000  # as new accounts have them: more than 32 bits


@dataclass(slots=True)
class SimulatedUser:
    """Somebody on their walk: how many labels they have tapped, and when they did so last."""

    chat_id: int
    tap_count: int = 0
    last_action_at: float = 0.0


@dataclass(slots=True)
class SimulatedTelegram:
    """All the people, and what is on its way to the bot.

    `pause`: seconds between a question and the tap. `stops_at`: so many taps, and then no more. `most`: walks that are
    begun at all. `waits`: seconds from each tap to the next question. `strays`: questions that nobody was due.
    """

    labels: Sequence[str]
    tap_delay_seconds: float = 0.0
    max_taps: int = 10_000
    max_walks: int = 10_000_000
    wait_seconds: list[float] = field(default_factory=list)
    update_count: int = 0
    started_walks: int = 0
    finished_walks: int = 0
    unexpected_prompts: int = 0
    call_count: int = 0
    poll_received: asyncio.Event = field(default_factory=asyncio.Event)
    _users: dict[int, SimulatedUser] = field(default_factory=dict)
    _pending: deque[Json] = field(default_factory=deque)
    _unconfirmed: deque[Json] = field(default_factory=deque)
    _updates_available: asyncio.Event = field(default_factory=asyncio.Event)
    _message_count: int = 0

    # The people

    def start_user(self) -> None:
        """Somebody new opens the chat."""
        if self.started_walks >= self.max_walks:
            return
        user = SimulatedUser(FIRST_CHAT_ID + self.started_walks)
        self.started_walks += 1
        self._users[user.chat_id] = user
        self._push_update(user, {"message": self._build_message(user.chat_id, "/start", is_from_bot=False)})

    def _push_update(self, user: SimulatedUser, content: Json) -> None:
        user.last_action_at = time.perf_counter()
        self.update_count += 1
        self._pending.append({"update_id": self.update_count, **content})
        self._updates_available.set()

    def _receive_message(self, chat_id: int, message: Json, markup: Json | None) -> None:
        """A message came: the next question, or the end of the walk."""
        user = self._users.get(chat_id)
        if user is None:
            return
        if user.tap_count == len(self.labels):
            del self._users[chat_id]
            self._record_wait(user)
            self.finished_walks += 1
            self.start_user()
        elif markup:
            data = _find_callback_data(markup, self.labels[user.tap_count])
            if data is None:
                self.unexpected_prompts += 1
                return
            self._record_wait(user)
            if user.tap_count < self.max_taps:
                asyncio.get_running_loop().call_later(self.tap_delay_seconds, self._tap_button, user, message, data)

    def _record_wait(self, user: SimulatedUser) -> None:
        self.wait_seconds.append(time.perf_counter() - user.last_action_at)

    def _tap_button(self, user: SimulatedUser, message: Json, data: str) -> None:
        user.tap_count += 1
        query = {"id": str(self.update_count), "from": _user_json(user.chat_id), "message": message, "data": data}
        self._push_update(user, {"callback_query": {**query, "chat_instance": "1"}})

    # The Bot API

    async def handle_call(self, request: web.Request) -> web.Response:
        """One call, of any method that a bot of ours or of a peer's makes."""
        method = request.path.rpartition("/")[2]
        arguments = await _read_arguments(request)
        if method == "getUpdates":
            return _ok_response(
                await self._get_updates(int(arguments.get("offset") or 0), float(arguments.get("timeout") or 0))
            )
        self.call_count += 1
        if method in {"sendMessage", "sendPhoto"}:
            return _ok_response(self._send(method, arguments))
        return _ok_response(
            BOT_USER if method == "getMe" else self._edit(arguments) if method.startswith("edit") else True
        )

    async def _get_updates(self, offset: int, timeout_seconds: float) -> list[Json]:
        """Gives what waits, a hundred at the most; what was given is kept until it is confirmed."""
        while self._unconfirmed and self._unconfirmed[0]["update_id"] < offset:
            self._unconfirmed.popleft()
        self.poll_received.set()
        if not self._pending and not self._unconfirmed:
            self._updates_available.clear()
            try:
                await asyncio.wait_for(self._updates_available.wait(), timeout_seconds)
            except TimeoutError:
                return []
        while self._pending and len(self._unconfirmed) < 100:  # noqa: PLR2004 - the Bot API's own limit
            self._unconfirmed.append(self._pending.popleft())
        return list(self._unconfirmed)

    def _send(self, method: str, arguments: Json) -> Json:
        chat = int(arguments["chat_id"])
        message = self._build_message(chat, arguments.get("text") or "", is_from_bot=True)
        if method == "sendPhoto":
            message["photo"] = [{"file_id": "drawn", "file_unique_id": "drawn", "width": 9, "height": 9}]
            return message
        markup = _read_markup(arguments)
        if markup:
            message["reply_markup"] = markup
        self._receive_message(chat, message, markup)
        return message

    def _edit(self, arguments: Json) -> Json:
        message = self._build_message(int(arguments["chat_id"]), arguments.get("text") or "", is_from_bot=True)
        return {**message, "message_id": int(arguments["message_id"]), "edit_date": message["date"]}

    def _build_message(self, chat_id: int, text: str, *, is_from_bot: bool) -> Json:
        self._message_count += 1
        chat_json = {"id": chat_id, "first_name": "Ann", "type": "private"}
        common_fields = {"message_id": self._message_count, "date": int(time.time()), "chat": chat_json}
        command = {"entities": [{"type": "bot_command", "offset": 0, "length": 6}]} if text == "/start" else {}
        return {**common_fields, "from": BOT_USER if is_from_bot else _user_json(chat_id), "text": text, **command}


def _user_json(chat_id: int) -> Json:
    return {"id": chat_id, "is_bot": False, "first_name": "Ann", "language_code": "en"}


async def _read_arguments(request: web.Request) -> Json:
    if request.content_type == "application/json":
        arguments: Json = orjson.loads(await request.read() or b"{}")
        return arguments
    if request.content_type == "application/x-www-form-urlencoded":  # also of a GET, as pyTelegramBotAPI sends it
        return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True)) | dict(request.query)
    return dict(await request.post()) | dict(request.query)


def _read_markup(arguments: Json) -> Json | None:
    markup = arguments.get("reply_markup")
    keyboard: Json | None = orjson.loads(markup) if isinstance(markup, str) else markup
    return keyboard if keyboard and keyboard.get("inline_keyboard") else None


def _find_callback_data(markup: Json, label: str) -> str | None:
    buttons = (button for row in markup["inline_keyboard"] for button in row if button["text"] == label)
    return next((str(one["callback_data"]) for one in buttons), None)


def _ok_response(result: object) -> web.Response:
    """As Telegram writes it: without blanks."""
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")


@asynccontextmanager
async def serve_bot_api(telegram: SimulatedTelegram) -> AsyncIterator[str]:
    """The address of the town's Bot API."""
    application = web.Application(client_max_size=2**24)
    application.router.add_route("*", "/{path:.*}", telegram.handle_call)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()
