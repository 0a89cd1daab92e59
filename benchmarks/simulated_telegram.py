"""Simulates Telegram's Bot API and its users, for benchmarks: fast, and only as faithful as they need.

It replaces `bot.emulator`, which would be the bottleneck. It runs in the measuring process, the bot in one of its own.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from operator import itemgetter
from random import Random
from typing import Any
from urllib.parse import parse_qsl

import orjson
from aiohttp import web

Json = dict[str, Any]
BENCHMARK_TOKEN = "100001:bench-no-real-token-0000000000000000000"  # noqa: S105 - no real token
BOT_USER = {"id": 100001, "is_bot": True, "first_name": "Bench", "username": "bench_bot"}
FIRST_CHAT_ID = 5_000_000_000  # new accounts have ids of more than 32 bits
MAX_UPDATES_PER_POLL = 100  # the Bot API's own limit


@dataclass(slots=True)
class SimulatedUser:
    """A user on their walk: what they tap, how many buttons they have tapped, and when they did so last."""

    chat_id: int
    labels: Sequence[str]
    tap_count: int = 0
    last_action_at: float = 0.0


@dataclass(slots=True)
class SimulatedTelegram:
    """The users, and the updates on their way to the bot.

    Every user taps one of the buttons in each of `labels`, in order: the first, or with `has_random_answers` any of
    them; each after 0.5 to 1.5 times `tap_delay_seconds`; and stops after `max_taps`. A user whose run is complete is
    replaced by a new one, up to `max_runs`. `wait_seconds` has the time from each tap to the next prompt;
    `unexpected_prompts` counts prompts without the expected button.
    """

    labels: Sequence[Sequence[str]]
    tap_delay_seconds: float = 0.0
    has_random_answers: bool = False
    max_taps: int = 10_000
    max_runs: int = 10_000_000
    wait_seconds: list[float] = field(default_factory=list)
    update_count: int = 0
    started_runs: int = 0
    finished_runs: int = 0
    unexpected_prompts: int = 0
    call_count: int = 0
    poll_received: asyncio.Event = field(default_factory=asyncio.Event)
    _users: dict[int, SimulatedUser] = field(default_factory=dict)
    _pending: deque[Json] = field(default_factory=deque)
    _unconfirmed: deque[Json] = field(default_factory=deque)
    _updates_available: asyncio.Event = field(default_factory=asyncio.Event)
    _message_count: int = 0
    _random: Random = field(default_factory=lambda: Random(1))

    def start_user(self) -> None:
        """Lets a new user send /start."""
        if self.started_runs >= self.max_runs:
            return
        choose = self._random.choice if self.has_random_answers else itemgetter(0)
        user = SimulatedUser(FIRST_CHAT_ID + self.started_runs, [choose(labels) for labels in self.labels])
        self.started_runs += 1
        self._users[user.chat_id] = user
        self._push_update(user, {"message": self._build_message(user.chat_id, "/start", is_from_bot=False)})

    def _push_update(self, user: SimulatedUser, content: Json) -> None:
        user.last_action_at = time.perf_counter()
        self.update_count += 1
        self._pending.append({"update_id": self.update_count, **content})
        self._updates_available.set()

    def _receive_message(self, chat_id: int, message: Json, markup: Json | None) -> None:
        """Lets the user react to a message: the next prompt, or the end of the walk."""
        user = self._users.get(chat_id)
        if user is None:
            return
        if user.tap_count == len(user.labels):
            del self._users[chat_id]
            self._record_wait(user)
            self.finished_runs += 1
            self.start_user()
        elif markup:
            data = _find_callback_data(markup, user.labels[user.tap_count])
            if data is None:
                self.unexpected_prompts += 1
                return
            self._record_wait(user)
            if user.tap_count < self.max_taps:
                delay_seconds = self.tap_delay_seconds * self._random.uniform(0.5, 1.5)  # else all would submit at once
                asyncio.get_running_loop().call_later(delay_seconds, self._tap_button, user, message, data)

    def _record_wait(self, user: SimulatedUser) -> None:
        self.wait_seconds.append(time.perf_counter() - user.last_action_at)

    def _tap_button(self, user: SimulatedUser, message: Json, data: str) -> None:
        user.tap_count += 1
        query = {"id": str(self.update_count), "from": _user_json(user.chat_id), "message": message, "data": data}
        self._push_update(user, {"callback_query": {**query, "chat_instance": "1"}})

    async def handle_call(self, request: web.Request) -> web.Response:
        """Answers a call of any method that this bot or a peer makes."""
        method = request.path.rpartition("/")[2]
        arguments = await _read_arguments(request)
        if method == "getUpdates":
            return _ok_response(
                await self._get_updates(int(arguments.get("offset") or 0), float(arguments.get("timeout") or 0))
            )
        self.call_count += 1
        if method in {"sendMessage", "sendPhoto"}:
            return _ok_response(self._send(method, arguments))
        if method.startswith("edit"):
            return _ok_response(self._edit(arguments))
        return _ok_response(BOT_USER if method == "getMe" else True)

    async def _get_updates(self, offset: int, timeout_seconds: float) -> list[Json]:
        """Returns waiting updates; they are kept until the bot confirms them with a later offset."""
        while self._unconfirmed and self._unconfirmed[0]["update_id"] < offset:
            self._unconfirmed.popleft()
        self.poll_received.set()
        if not self._pending and not self._unconfirmed:
            self._updates_available.clear()
            try:
                await asyncio.wait_for(self._updates_available.wait(), timeout_seconds)
            except TimeoutError:
                return []
        while self._pending and len(self._unconfirmed) < MAX_UPDATES_PER_POLL:
            self._unconfirmed.append(self._pending.popleft())
        return list(self._unconfirmed)

    def _send(self, method: str, arguments: Json) -> Json:
        chat_id = int(arguments["chat_id"])
        message = self._build_message(chat_id, arguments.get("text") or "", is_from_bot=True)
        if method == "sendPhoto":
            message["photo"] = [{"file_id": "drawn", "file_unique_id": "drawn", "width": 9, "height": 9}]
            return message
        markup = _read_markup(arguments)
        if markup:
            message["reply_markup"] = markup
        self._receive_message(chat_id, message, markup)
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
    if request.content_type == "application/x-www-form-urlencoded":  # pyTelegramBotAPI sends it with GET too
        return dict(parse_qsl((await request.read()).decode(), keep_blank_values=True)) | dict(request.query)
    return dict(await request.post()) | dict(request.query)


def _read_markup(arguments: Json) -> Json | None:
    markup = arguments.get("reply_markup")
    keyboard: Json | None = orjson.loads(markup) if isinstance(markup, str) else markup
    return keyboard if keyboard and keyboard.get("inline_keyboard") else None


def _find_callback_data(markup: Json, label: str) -> str | None:
    buttons = (button for row in markup["inline_keyboard"] for button in row if button["text"] == label)
    return next((str(button["callback_data"]) for button in buttons), None)


def _ok_response(result: object) -> web.Response:
    """Returns compact JSON, as Telegram does."""
    return web.Response(body=orjson.dumps({"ok": True, "result": result}), content_type="application/json")


@asynccontextmanager
async def serve_bot_api(telegram: SimulatedTelegram) -> AsyncIterator[str]:
    """Serves the Bot API; yields its address."""
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
