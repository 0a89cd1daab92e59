# mypy: ignore-errors
# Reason: its library is installed in the environment of the peers only.
"""aiogram 3 with its FSM in memory, or (STORAGE=sqlite) in SQLite with aiogram-sqlite-storage."""

import asyncio
import json
import logging
import os
from pathlib import Path
from typing import Any

from aiogram import Bot, Dispatcher, F
from aiogram.client.default import DefaultBotProperties
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.filters import CommandStart
from aiogram.fsm.context import FSMContext
from aiogram.fsm.state import State, StatesGroup
from aiogram.fsm.storage.base import BaseStorage
from aiogram.fsm.storage.memory import MemoryStorage
from aiogram.types import CallbackQuery, InlineKeyboardMarkup, Message
from aiogram.utils.keyboard import InlineKeyboardBuilder

WALK = json.loads(Path("walk.json").read_text("utf-8"))
END = Path("end.txt").read_text("utf-8")
logging.basicConfig(level=logging.WARNING)
dispatcher = Dispatcher()


class WalkStates(StatesGroup):
    """The state of a user; the data of the state have their step and answers."""

    prompted = State()


def keyboard(step: int) -> InlineKeyboardMarkup:
    builder = InlineKeyboardBuilder()
    for index, label in enumerate(WALK[step]["buttons"]):
        builder.button(text=label, callback_data=f"{step}:{index}")
    return builder.adjust(1).as_markup()


@dispatcher.message(CommandStart())
async def start(message: Message, state: FSMContext) -> None:
    await state.set_state(WalkStates.prompted)
    await state.set_data({"step": 0})
    await message.answer(WALK[0]["text"], reply_markup=keyboard(0))


@dispatcher.callback_query(WalkStates.prompted, F.data.contains(":"))
async def answer(query: CallbackQuery, state: FSMContext) -> None:
    assert query.data
    assert isinstance(query.message, Message)
    step, button = map(int, query.data.split(":"))
    await query.answer()
    data: dict[str, Any] = await state.get_data()
    if step != data["step"]:
        return
    label = WALK[step]["buttons"][button]
    await query.message.edit_text(f"{WALK[step]['text']}\n\n✓ {label}")
    if step + 1 < len(WALK):
        await state.update_data({str(step): label, "step": step + 1})
        await query.message.answer(WALK[step + 1]["text"], reply_markup=keyboard(step + 1))
    else:
        await state.clear()
        await query.message.answer(END)


def make_storage() -> BaseStorage:
    if os.environ.get("STORAGE") == "sqlite":
        from aiogram_sqlite_storage.sqlitestore import SQLStorage  # noqa: PLC0415 - needed in this configuration only

        sqlite_storage: BaseStorage = SQLStorage("kept.db", serializing_method="json")
        return sqlite_storage
    return MemoryStorage()


async def main() -> None:
    session = AiohttpSession(api=TelegramAPIServer.from_base(os.environ["API"]))
    bot = Bot(os.environ["TOKEN"], session=session, default=DefaultBotProperties(parse_mode="HTML"))
    dispatcher.fsm.storage = make_storage()
    await dispatcher.start_polling(bot)


if __name__ == "__main__":
    asyncio.run(main())
