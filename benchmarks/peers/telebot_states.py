# mypy: ignore-errors
# Reason: its library is installed in the environment of the peers only.
"""pyTelegramBotAPI, asynchronous, with its states in memory."""

import asyncio
import json
import os
from pathlib import Path

from telebot import asyncio_filters, asyncio_helper
from telebot.async_telebot import AsyncTeleBot
from telebot.asyncio_storage import StateMemoryStorage
from telebot.states import State, StatesGroup
from telebot.states.asyncio.context import StateContext
from telebot.states.asyncio.middleware import StateMiddleware
from telebot.types import CallbackQuery, InlineKeyboardButton, InlineKeyboardMarkup, Message

WALK = json.loads(Path("walk.json").read_text("utf-8"))
END = Path("end.txt").read_text("utf-8")
asyncio_helper.API_URL = os.environ["API"] + "/bot{0}/{1}"
bot = AsyncTeleBot(os.environ["TOKEN"], state_storage=StateMemoryStorage(), parse_mode="HTML")


class WalkStates(StatesGroup):
    """The state of a user; the data of the state have their step and answers."""

    prompted = State()


def keyboard(step: int) -> InlineKeyboardMarkup:
    markup = InlineKeyboardMarkup()
    for index, label in enumerate(WALK[step]["buttons"]):
        markup.row(InlineKeyboardButton(label, callback_data=f"{step}:{index}"))
    return markup


@bot.message_handler(commands=["start"])
async def start(message: Message, state: StateContext) -> None:
    await state.set(WalkStates.prompted)
    await state.add_data(step=0)
    await bot.send_message(message.chat.id, WALK[0]["text"], reply_markup=keyboard(0))


@bot.callback_query_handler(func=lambda _: True, state=WalkStates.prompted)
async def answer(query: CallbackQuery, state: StateContext) -> None:
    step, button = map(int, query.data.split(":"))
    await bot.answer_callback_query(query.id)
    async with state.data() as data:
        current_step = data["step"]
    if step != current_step:
        return
    label, chat_id = WALK[step]["buttons"][button], query.message.chat.id
    text = f"{WALK[step]['text']}\n\n✓ {label}"
    await bot.edit_message_text(text, chat_id, query.message.message_id)
    if step + 1 < len(WALK):
        await state.add_data(**{str(step): label, "step": step + 1})
        await bot.send_message(chat_id, WALK[step + 1]["text"], reply_markup=keyboard(step + 1))
    else:
        await state.delete()
        await bot.send_message(chat_id, END)


bot.add_custom_filter(asyncio_filters.StateFilter(bot))
bot.setup_middleware(StateMiddleware(bot))

if __name__ == "__main__":
    asyncio.run(bot.infinity_polling())
