"""The baseline, aiohttp and a dictionary: it costs what receiving updates and sending messages cost, and no more."""

import asyncio
import json
import os
from pathlib import Path
from typing import Any

from aiohttp import ClientSession

API = f"{os.environ['API']}/bot{os.environ['TOKEN']}"
WALK = json.loads(Path("walk.json").read_text("utf-8"))
END = Path("end.txt").read_text("utf-8")
CURRENT_STEPS: dict[int, int] = {}
ANSWERS: dict[int, dict[int, str]] = {}


def keyboard(step: int) -> dict[str, Any]:
    rows = [[{"text": label, "callback_data": f"{step}:{index}"}] for index, label in enumerate(WALK[step]["buttons"])]
    return {"inline_keyboard": rows}


async def call_api(http: ClientSession, method: str, **arguments: Any) -> Any:
    async with http.post(f"{API}/{method}", json=arguments) as response:
        return (await response.json())["result"]


async def send_prompt(http: ClientSession, chat_id: int, step: int) -> None:
    CURRENT_STEPS[chat_id] = step
    text = WALK[step]["text"]
    await call_api(http, "sendMessage", chat_id=chat_id, text=text, parse_mode="HTML", reply_markup=keyboard(step))


async def handle_update(http: ClientSession, update: dict[str, Any]) -> None:
    if "message" in update:
        ANSWERS[update["message"]["chat"]["id"]] = {}
        await send_prompt(http, update["message"]["chat"]["id"], 0)
    else:
        await handle_tap(http, update["callback_query"])


async def handle_tap(http: ClientSession, query: dict[str, Any]) -> None:
    chat_id, message_id = query["message"]["chat"]["id"], query["message"]["message_id"]
    step, button = map(int, query["data"].split(":"))
    await call_api(http, "answerCallbackQuery", callback_query_id=query["id"])
    if step != CURRENT_STEPS.get(chat_id):
        return
    label = WALK[step]["buttons"][button]
    ANSWERS[chat_id][step] = label
    text = f"{WALK[step]['text']}\n\n✓ {label}"
    await call_api(http, "editMessageText", chat_id=chat_id, message_id=message_id, text=text, parse_mode="HTML")
    if step + 1 < len(WALK):
        await send_prompt(http, chat_id, step + 1)
    else:
        del CURRENT_STEPS[chat_id], ANSWERS[chat_id]
        await call_api(http, "sendMessage", chat_id=chat_id, text=END, parse_mode="HTML")


async def main() -> None:
    tasks: set[asyncio.Task[None]] = set()
    async with ClientSession() as http:
        offset = 0
        while True:
            for update in await call_api(http, "getUpdates", offset=offset, timeout=30):
                offset = update["update_id"] + 1
                task = asyncio.create_task(handle_update(http, update))
                tasks.add(task)
                task.add_done_callback(tasks.discard)


if __name__ == "__main__":
    asyncio.run(main())
