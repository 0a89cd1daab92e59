"""The phone-like page: its static files, the state and the events of a chat, and the actions of its person.

Events are server-sent events. The scripts in `static/` use the kinds of `ChatEvent` and the names in `ACTIONS`.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.emulator.emulator import TelegramEmulator
from bot.emulator.errors import MAX_TEXT_LENGTH, Json
from bot.emulator.state import Chat, ChatEvent

STATIC_FOLDER = files("bot.emulator") / "static"
MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
BOT_CHECK_SECONDS = 1.0  # how often an open page learns whether the bot is connected
AWAY_AFTER_SECONDS = 5.0  # without a poll, the bot counts as disconnected
RESPONSE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
PROFILE_EVENT_KINDS = {"profile", "blocked", "unblocked"}  # the page gets the whole profile with these

ACTIONS: dict[str, Callable[[TelegramEmulator, int, Json], object]] = {
    "type": lambda emulator, chat_id, body: emulator.type_text(chat_id, _read_text(body)),
    "edit": lambda emulator, chat_id, body: emulator.edit_text(chat_id, int(body["message_id"]), _read_text(body)),
    "tap": lambda emulator, chat_id, body: {
        "id": emulator.tap_button(chat_id, int(body["message_id"]), str(body["data"]))
    },
    "send": lambda emulator, chat_id, body: emulator.send_attachment(chat_id, str(body["kind"])),
    "block": lambda emulator, chat_id, _: emulator.block_bot(chat_id),
    "unblock": lambda emulator, chat_id, _: emulator.unblock_bot(chat_id),
    "language": lambda emulator, chat_id, body: emulator.set_language(chat_id, str(body["language"])),
}


def page_routes() -> list[Route]:
    """The routes of the page; the app's state must have the `emulator` and the event `stopping`."""
    return [
        Route("/", _serve_page),
        Route("/page/{name}", _serve_static_file),
        Route("/chat/{chat_id:int}", _serve_chat),
        Route("/chat/{chat_id:int}/live", _serve_events),
        Route("/chat/{chat_id:int}/{action}", _handle_action, methods=["POST"]),
        Route("/sent/{file_id}", _serve_sent_file),
    ]


async def _serve_page(_: Request) -> Response:
    return _static_response("index.html")


async def _serve_static_file(request: Request) -> Response:
    return _static_response(request.path_params["name"])


def _static_response(name: str) -> Response:
    file = STATIC_FOLDER / name
    if "/" in name or name.startswith(".") or not file.is_file():
        return Response(status_code=404)
    return Response(file.read_bytes(), media_type=MEDIA_TYPES[name.rpartition(".")[2]], headers=RESPONSE_HEADERS)


async def _serve_sent_file(request: Request) -> Response:
    stored_file = _emulator_of(request).files.by_id.get(request.path_params["file_id"])
    if stored_file is None:
        return Response(status_code=404)
    # A sent file must never open as a page of this origin: photos are shown, all other files are downloaded.
    is_photo = stored_file.kind == "photo"
    name = stored_file.name.encode("ascii", "replace").decode().replace('"', "'")
    disposition = "inline" if is_photo else f'attachment; filename="{name}"'
    media_type = stored_file.media_type if is_photo else "application/octet-stream"
    return Response(
        stored_file.content, media_type=media_type, headers={**RESPONSE_HEADERS, "Content-Disposition": disposition}
    )


async def _serve_chat(request: Request) -> Response:
    emulator = _emulator_of(request)
    chat = _chat_of(request)
    return JSONResponse(
        {
            "epoch": emulator.epoch,
            "number": len(chat.events),
            "messages": list(chat.messages.values()),
            **_profile_json(emulator, chat),
        },
        headers=RESPONSE_HEADERS,
    )


def _profile_json(emulator: TelegramEmulator, chat: Chat) -> Json:
    profile = emulator.profile
    return {
        "name": profile.find_text("name", chat.language),
        "description": profile.find_text("description", chat.language),
        "commands": profile.find_menu_commands(chat.id, chat.language),
        "language": chat.language,
        "blocked": chat.is_blocked,
        "bot": _find_bot_status(emulator),
    }


def _find_bot_status(emulator: TelegramEmulator) -> str:
    """`here`: the bot is connected; `away`: it does not poll; `webhook`: its webhook does not accept updates."""
    if emulator.webhook:
        return "here" if emulator.is_webhook_working() else "webhook"
    return "here" if emulator.updates.seconds_since_poll() < AWAY_AFTER_SECONDS else "away"


async def _serve_events(request: Request) -> Response:
    after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    epoch, _, number = after.rpartition("-")
    is_resumable = epoch in {_emulator_of(request).epoch, ""} and number.isdigit()
    return StreamingResponse(
        _stream_events(request, int(number) if is_resumable else -1),
        media_type="text/event-stream",
        headers=RESPONSE_HEADERS,
    )


async def _stream_events(request: Request, after: int) -> AsyncIterator[str]:
    """The chat's events after this number, then each new one as it happens, with changes of the bot's status.

    Tells the page to reload if the number does not belong to this chat's events.
    """
    emulator, chat, stopping = _emulator_of(request), _chat_of(request), request.app.state.stopping
    has_news = asyncio.Event()

    def notify(_: ChatEvent) -> None:
        has_news.set()

    if not 0 <= after <= len(chat.events):
        yield _format_event("reload", {})
        return
    yield "retry: 500\n\n"
    chat.listeners.add(notify)
    reported_status = ""
    try:
        while not stopping.is_set():
            has_news.clear()
            for event in chat.events[after:]:
                content = _profile_json(emulator, chat) if event.kind in PROFILE_EVENT_KINDS else event.content
                yield _format_event(event.kind, content, f"{emulator.epoch}-{event.number}")
                after = event.number
            if (status := _find_bot_status(emulator)) != reported_status:
                yield _format_event("bot", {"bot": status})
                reported_status = status
            await _wait_for_either(has_news, stopping)
    finally:
        chat.listeners.discard(notify)


async def _wait_for_either(has_news: asyncio.Event, stopping: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(has_news.wait()), asyncio.ensure_future(stopping.wait())]
    try:
        await asyncio.wait(waits, timeout=BOT_CHECK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def _format_event(kind: str, content: Json, number: str = "") -> str:
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {kind}\ndata: {json.dumps(content)}\n\n"


async def _handle_action(request: Request) -> Response:
    """Carries out an action of the person who uses the page."""
    action = ACTIONS.get(request.path_params["action"])
    if action is None:
        return Response(status_code=404)
    with suppress(KeyError, ValueError, TypeError):
        body = await request.json()
        result = action(_emulator_of(request), request.path_params["chat_id"], body)
        return JSONResponse(result or {}, headers=RESPONSE_HEADERS)
    return JSONResponse({"error": "This action isn't possible."}, 400, headers=RESPONSE_HEADERS)


def _read_text(body: Json) -> str:
    return str(body["text"])[:MAX_TEXT_LENGTH]


def _emulator_of(request: Request) -> TelegramEmulator:
    emulator: TelegramEmulator = request.app.state.emulator
    return emulator


def _chat_of(request: Request) -> Chat:
    return _emulator_of(request).chats[request.path_params["chat_id"]]
