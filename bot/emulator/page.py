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
from bot.emulator.fake import Lookalike
from bot.emulator.state import Chat, Happening

STATIC = files("bot.emulator") / "static"
TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
BEAT = 1.0
QUIET_AFTER = 5.0
HEADERS = {
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
        Route("/", give_page),
        Route("/page/{name}", give_static),
        Route("/chat/{chat_id:int}", give_chat),
        Route("/chat/{chat_id:int}/live", give_live),
        Route("/chat/{chat_id:int}/{deed}", do, methods=["POST"]),
        Route("/sent/{file_id}", give_sent_file),
    ]


async def give_page(_: Request) -> Response:
    return static("index.html")


async def give_static(request: Request) -> Response:
    return static(request.path_params["name"])


def static(name: str) -> Response:
    found = STATIC / name
    if "/" in name or name.startswith(".") or not found.is_file():
        return Response(status_code=404)
    return Response(found.read_bytes(), media_type=TYPES[name.rpartition(".")[2]], headers=HEADERS)


async def give_sent_file(request: Request) -> Response:
    stored = lookalike_of(request).files.by_id.get(request.path_params["file_id"])
    if stored is None:
        return Response(status_code=404)
    # A sent file never becomes a page of this origin: pictures are shown, all else is downloaded.
    shown = stored.kind == "photo"
    name = stored.name.encode("ascii", "replace").decode().replace('"', "'")
    how = "inline" if shown else f'attachment; filename="{name}"'
    media_type = stored.media_type if shown else "application/octet-stream"
    return Response(stored.content, media_type=media_type, headers={**HEADERS, "Content-Disposition": how})


async def give_chat(request: Request) -> Response:
    lookalike = lookalike_of(request)
    chat = chat_of(request)
    return JSONResponse(
        {
            "epoch": lookalike.epoch,
            "number": len(chat.happenings),
            "messages": list(chat.messages.values()),
            **profile_of(lookalike, chat),
        },
        headers=HEADERS,
    )


def profile_of(lookalike: Lookalike, chat: Chat) -> Json:
    profile = lookalike.profile
    return {
        "name": profile.text("name", chat.language),
        "description": profile.text("description", chat.language),
        "commands": profile.commands_for(chat.id, chat.language),
        "language": chat.language,
        "blocked": chat.blocked,
        "bot": bot_state(lookalike),
    }


def bot_state(lookalike: Lookalike) -> str:
    if lookalike.webhook:
        return "here" if lookalike.is_heard() else "webhook"
    return "here" if lookalike.updates.quiet_for() < QUIET_AFTER else "away"


async def give_live(request: Request) -> Response:
    after = request.headers.get("last-event-id") or request.query_params.get("after", "0")
    epoch, _, number = after.rpartition("-")
    known = epoch in {lookalike_of(request).epoch, ""} and number.isdigit()
    return StreamingResponse(
        happenings(request, int(number) if known else -1),
        media_type="text/event-stream",
        headers=HEADERS,
    )


async def happenings(request: Request, after: int) -> AsyncIterator[str]:
    """Everything after this number, then whatever happens; all from the start where the past is another one."""
    lookalike, chat, stopping = lookalike_of(request), chat_of(request), request.app.state.stopping
    news = asyncio.Event()

    def listen(_: Happening) -> None:
        news.set()

    if not 0 <= after <= len(chat.happenings):
        yield as_event("reload", {})
        return
    yield "retry: 500\n\n"
    chat.listeners.add(listen)
    said = ""
    try:
        while not stopping.is_set():
            news.clear()
            for happening in chat.happenings[after:]:
                content = profile_of(lookalike, chat) if happening.kind in PROFILE else happening.content
                yield as_event(happening.kind, content, f"{lookalike.epoch}-{happening.number}")
                after = happening.number
            if (state := bot_state(lookalike)) != said:
                yield as_event("bot", {"bot": state})
                said = state
            await either(news, stopping)
    finally:
        chat.listeners.discard(listen)


PROFILE = {"profile", "blocked", "unblocked"}


async def either(news: asyncio.Event, stopping: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(news.wait()), asyncio.ensure_future(stopping.wait())]
    try:
        await asyncio.wait(waits, timeout=BEAT, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


def as_event(kind: str, content: Json, number: str = "") -> str:
    head = f"id: {number}\n" if number else ""
    return f"{head}event: {kind}\ndata: {json.dumps(content)}\n\n"


async def do(request: Request) -> Response:
    """What the person does, from the page."""
    deed = DEEDS.get(request.path_params["deed"])
    if deed is None:
        return Response(status_code=404)
    with suppress(KeyError, ValueError, TypeError):
        given = await request.json()
        return JSONResponse(deed(lookalike_of(request), request.path_params["chat_id"], given) or {}, headers=HEADERS)
    return JSONResponse({"fault": "That can't be done."}, 400, headers=HEADERS)


DEEDS: dict[str, Callable[[Lookalike, int, Json], object]] = {
    "type": lambda people, chat, given: people.types(chat, str(given["text"])[:4096]),
    "edit": lambda people, chat, given: people.edits(chat, int(given["message_id"]), str(given["text"])[:4096]),
    "tap": lambda people, chat, given: {"id": people.taps(chat, int(given["message_id"]), str(given["data"]))},
    "send": lambda people, chat, given: people.sends(chat, str(given["kind"])),
    "block": lambda people, chat, _: people.blocks(chat),
    "unblock": lambda people, chat, _: people.unblocks(chat),
    "language": lambda people, chat, given: people.speaks(chat, str(given["language"])),
}


def lookalike_of(request: Request) -> Lookalike:
    found: Lookalike = request.app.state.lookalike
    return found


def chat_of(request: Request) -> Chat:
    return lookalike_of(request).chats[request.path_params["chat_id"]]
