"""The phone-like page: its files, what a chat looks like now, what happens in it, what its person does."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.emulator.errors import Json
from bot.emulator.fake import TelegramEmulator
from bot.emulator.state import Chat, ChatEvent

STATIC_FOLDER = files("bot.emulator") / "static"
MEDIA_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
HEARTBEAT_SECONDS = 1.0
AWAY_AFTER_SECONDS = 5.0
RESPONSE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def page_routes() -> list[Route]:
    return [
        Route("/", serve_page),
        Route("/page/{name}", serve_static_file),
        Route("/chat/{chat_id:int}", serve_chat),
        Route("/chat/{chat_id:int}/live", serve_events),
        Route("/chat/{chat_id:int}/{deed}", handle_action, methods=["POST"]),
        Route("/sent/{file_id}", serve_sent_file),
    ]


async def serve_page(_: Request) -> Response:
    return static_response("index.html")


async def serve_static_file(request: Request) -> Response:
    return static_response(request.path_params["name"])


def static_response(name: str) -> Response:
    file = STATIC_FOLDER / name
    if "/" in name or name.startswith(".") or not file.is_file():
        return Response(status_code=404)
    return Response(file.read_bytes(), media_type=MEDIA_TYPES[name.rpartition(".")[2]], headers=RESPONSE_HEADERS)


async def serve_sent_file(request: Request) -> Response:
    stored_file = emulator_of(request).files.by_id.get(request.path_params["file_id"])
    if stored_file is None:
        return Response(status_code=404)
    # A sent file never becomes a page of this origin: pictures are shown, all else is downloaded.
    is_photo = stored_file.kind == "photo"
    name = stored_file.name.encode("ascii", "replace").decode().replace('"', "'")
    disposition = "inline" if is_photo else f'attachment; filename="{name}"'
    media_type = stored_file.media_type if is_photo else "application/octet-stream"
    return Response(
        stored_file.content, media_type=media_type, headers={**RESPONSE_HEADERS, "Content-Disposition": disposition}
    )


async def serve_chat(request: Request) -> Response:
    emulator = emulator_of(request)
    chat = chat_of(request)
    return JSONResponse(
        {
            "epoch": emulator.epoch,
            "number": len(chat.events),
            "messages": list(chat.messages.values()),
            **profile_json(emulator, chat),
        },
        headers=RESPONSE_HEADERS,
    )


def profile_json(emulator: TelegramEmulator, chat: Chat) -> Json:
    profile = emulator.profile
    return {
        "name": profile.find_text("name", chat.language),
        "description": profile.find_text("description", chat.language),
        "commands": profile.find_menu_commands(chat.id, chat.language),
        "language": chat.language,
        "blocked": chat.is_blocked,
        "bot": find_bot_status(emulator),
    }


def find_bot_status(emulator: TelegramEmulator) -> str:
    if emulator.webhook:
        return "here" if emulator.is_webhook_working() else "webhook"
    return "here" if emulator.updates.seconds_since_poll() < AWAY_AFTER_SECONDS else "away"


async def serve_events(request: Request) -> Response:
    after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    epoch, _, number = after.rpartition("-")
    is_resumable = epoch in {emulator_of(request).epoch, ""} and number.isdigit()
    return StreamingResponse(
        stream_events(request, int(number) if is_resumable else -1),
        media_type="text/event-stream",
        headers=RESPONSE_HEADERS,
    )


async def stream_events(request: Request, after: int) -> AsyncIterator[str]:
    """Everything after this number, then whatever happens; all from the start where the past is another one."""
    emulator, chat, stopping = emulator_of(request), chat_of(request), request.app.state.stopping
    has_news = asyncio.Event()

    def notify(_: ChatEvent) -> None:
        has_news.set()

    if not 0 <= after <= len(chat.events):
        yield format_event("reload", {})
        return
    yield "retry: 500\n\n"
    chat.listeners.add(notify)
    reported_status = ""
    try:
        while not stopping.is_set():
            has_news.clear()
            for event in chat.events[after:]:
                content = profile_json(emulator, chat) if event.kind in PROFILE_EVENT_KINDS else event.content
                yield format_event(event.kind, content, f"{emulator.epoch}-{event.number}")
                after = event.number
            if (status := find_bot_status(emulator)) != reported_status:
                yield format_event("bot", {"bot": status})
                reported_status = status
            await wait_for_either(has_news, stopping)
    finally:
        chat.listeners.discard(notify)


PROFILE_EVENT_KINDS = {"profile", "blocked", "unblocked"}


async def wait_for_either(has_news: asyncio.Event, stopping: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(has_news.wait()), asyncio.ensure_future(stopping.wait())]
    try:
        await asyncio.wait(waits, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def format_event(kind: str, content: Json, number: str = "") -> str:
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {kind}\ndata: {json.dumps(content)}\n\n"


async def handle_action(request: Request) -> Response:
    """What the person does, from the page."""
    action = ACTIONS.get(request.path_params["deed"])
    if action is None:
        return Response(status_code=404)
    with suppress(KeyError, ValueError, TypeError):
        body = await request.json()
        return JSONResponse(
            action(emulator_of(request), request.path_params["chat_id"], body) or {}, headers=RESPONSE_HEADERS
        )
    return JSONResponse({"fault": "That can't be done."}, 400, headers=RESPONSE_HEADERS)


ACTIONS: dict[str, Callable[[TelegramEmulator, int, Json], object]] = {
    "type": lambda people, chat, given: people.type_text(chat, str(given["text"])[:4096]),
    "edit": lambda people, chat, given: people.edit_text(chat, int(given["message_id"]), str(given["text"])[:4096]),
    "tap": lambda people, chat, given: {"id": people.tap_button(chat, int(given["message_id"]), str(given["data"]))},
    "send": lambda people, chat, given: people.send_attachment(chat, str(given["kind"])),
    "block": lambda people, chat, _: people.block_bot(chat),
    "unblock": lambda people, chat, _: people.unblock_bot(chat),
    "language": lambda people, chat, given: people.set_language(chat, str(given["language"])),
}


def emulator_of(request: Request) -> TelegramEmulator:
    emulator: TelegramEmulator = request.app.state.lookalike
    return emulator


def chat_of(request: Request) -> Chat:
    return emulator_of(request).chats[request.path_params["chat_id"]]
