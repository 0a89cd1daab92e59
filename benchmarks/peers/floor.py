"""No framework and no database: aiohttp and a dictionary. What it costs to hear and to say, and nothing else."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

API = f"{os.environ['API']}/bot{os.environ['TOKEN']}"
WALK = json.loads(Path("walk.json").read_text("utf-8"))
END = Path("end.txt").read_text("utf-8")
AT: dict[int, int] = {}
ANSWERS: dict[int, dict[int, str]] = {}


def keyboard(place: int) -> dict[str, Any]:
    rows = [[{"text": label, "callback_data": f"{place}:{at}"}] for at, label in enumerate(WALK[place]["buttons"])]
    return {"inline_keyboard": rows}


async def call(http: ClientSession, method: str, **given: Any) -> Any:
    async with http.post(f"{API}/{method}", json=given) as answer:
        return (await answer.json())["result"]


async def ask(http: ClientSession, chat: int, place: int) -> None:
    AT[chat] = place
    text = WALK[place]["text"]
    await call(http, "sendMessage", chat_id=chat, text=text, parse_mode="HTML", reply_markup=keyboard(place))


async def take(http: ClientSession, update: dict[str, Any]) -> None:
    query = update.get("callback_query")
    if query is None:
        ANSWERS[update["message"]["chat"]["id"]] = {}
        await ask(http, update["message"]["chat"]["id"], 0)
        return
    chat, message = query["message"]["chat"]["id"], query["message"]["message_id"]
    place, button = map(int, query["data"].split(":"))
    await call(http, "answerCallbackQuery", callback_query_id=query["id"])
    if place != AT.get(chat):
        return
    label = WALK[place]["buttons"][button]
    ANSWERS[chat][place] = label
    text = f"{WALK[place]['text']}\n\n✓ {label}"
    await call(http, "editMessageText", chat_id=chat, message_id=message, text=text, parse_mode="HTML")
    if place + 1 < len(WALK):
        await ask(http, chat, place + 1)
    else:
        del AT[chat], ANSWERS[chat]
        await call(http, "sendMessage", chat_id=chat, text=END, parse_mode="HTML")


async def main() -> None:
    tasks: set[asyncio.Task[None]] = set()
    async with ClientSession() as http:
        offset = 0
        while True:
            for update in await call(http, "getUpdates", offset=offset, timeout=30):
                offset = update["update_id"] + 1
                task = asyncio.create_task(take(http, update))
                tasks.add(task)
                task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
