# mypy: ignore-errors
# Its library is not ours, and not installed where types are checked.
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


class Walk(StatesGroup):
    """Where somebody is: what they have answered says at which place."""

    asked = State()


def keyboard(place: int) -> InlineKeyboardMarkup:
    markup = InlineKeyboardMarkup()
    for at, label in enumerate(WALK[place]["buttons"]):
        markup.row(InlineKeyboardButton(label, callback_data=f"{place}:{at}"))
    return markup


@bot.message_handler(commands=["start"])
async def start(message: Message, state: StateContext) -> None:
    await state.set(Walk.asked)
    await state.add_data(place=0)
    await bot.send_message(message.chat.id, WALK[0]["text"], reply_markup=keyboard(0))


@bot.callback_query_handler(func=lambda _: True, state=Walk.asked)
async def answer(query: CallbackQuery, state: StateContext) -> None:
    place, button = map(int, query.data.split(":"))
    await bot.answer_callback_query(query.id)
    async with state.data() as data:
        current = data["place"]
    if place != current:
        return
    label, chat = WALK[place]["buttons"][button], query.message.chat.id
    text = f"{WALK[place]['text']}\n\n✓ {label}"
    await bot.edit_message_text(text, chat, query.message.message_id)
    if place + 1 < len(WALK):
        await state.add_data(**{str(place): label, "place": place + 1})
        await bot.send_message(chat, WALK[place + 1]["text"], reply_markup=keyboard(place + 1))
    else:
        await state.delete()
        await bot.send_message(chat, END)


bot.add_custom_filter(asyncio_filters.StateFilter(bot))
bot.setup_middleware(StateMiddleware(bot))

if __name__ == "__main__":
    asyncio.run(bot.infinity_polling())
