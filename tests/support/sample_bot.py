"""A small pretend bot, on python-telegram-bot's real Application, that uses all that the page can show."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from PIL import Image, ImageDraw
from telegram import BotCommand, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import Application, CallbackContext, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.emulator import Lookalike

Context = CallbackContext[Any, Any, Any, Any]
LABELS = ("Much better", "A bit better", "About the same", "A bit worse", "Lost in jargon and forms", "Not sure")
QUESTION = "<b>1 of 3.</b> Since this service came in, how well do you know what is going on and what you can do?"


def keyboard(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def picture() -> bytes:
    image = Image.new("RGB", (640, 400), "white")
    ImageDraw.Draw(image).rectangle((60, 60, 580, 340), outline="black", width=12)
    into = io.BytesIO()
    image.save(into, "PNG")
    return into.getvalue()


def message_of(update: Update) -> Message:
    assert update.effective_message
    return update.effective_message


async def welcome(update: Update, _: Context) -> None:
    text = (
        "<b>Hello.</b> This chat asks how a health or care service works for you and the people around you.\n"
        "About three minutes, mostly taps. No names. Stop any time: your place is kept."
    )
    markup = keyboard(
        [("Let's start", "ask")], [("How are my answers kept?", "why")], [("Language · Easy Read", "language")]
    )
    await message_of(update).reply_text(text, parse_mode="HTML", reply_markup=markup)


async def tapped(update: Update, context: Context) -> None:
    query = update.callback_query
    assert query
    assert query.data
    await TAPS.get(query.data, answered)(update, context)


async def ask(update: Update, _: Context) -> None:
    assert update.callback_query
    await update.callback_query.answer()
    await update.callback_query.edit_message_reply_markup()
    rows = [[(label, f"a{index}")] for index, label in enumerate(LABELS)]
    markup = keyboard(*rows, [("‹ Back", "why"), ("Skip", "a9"), ("Why ask?", "why")])
    await message_of(update).reply_text(QUESTION, parse_mode="HTML", reply_markup=markup)


async def why(update: Update, _: Context) -> None:
    assert update.callback_query
    await update.callback_query.answer("Nobody can find out what you said, not even us.", show_alert=True)


async def answered(update: Update, _: Context) -> None:
    query = update.callback_query
    assert query
    assert query.data
    await query.answer("Saved")
    label = (*LABELS, *["skipped"] * 9)[int(query.data[1:])] if query.data[1:].isdigit() else query.data
    await query.edit_message_text(f"{QUESTION}\n✓ {label}", parse_mode="HTML")
    await message_of(update).reply_text("What made the difference? Type a few words, or /skip. Please leave names out.")


async def typed(update: Update, _: Context) -> None:
    message = message_of(update)
    if message.text is None:
        await message.reply_text("Thank you. I can't keep that without keeping who you are. Could you type it?")
        return
    await message.reply_photo(picture(), caption="Knowing: passes. Coping: does not yet. Connected: can't say.")
    await message.reply_document(b"role,informed\n", filename="answers.csv", caption="The same as a file")
    row = [
        InlineKeyboardButton("Read about it", url="https://example.org/about"),
        InlineKeyboardButton("Copy the link", copy_text=CopyTextButton("https://example.org/join")),
    ]
    await message.reply_text(f"You wrote: {message.text}", reply_markup=InlineKeyboardMarkup([row]))


TAPS = {"ask": ask, "why": why}


@asynccontextmanager
async def pretend_bot(lookalike: Lookalike, url: str) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    builder = Application.builder().token(lookalike.token)
    app = builder.base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    app.add_handler(CommandHandler("start", welcome))
    app.add_handler(CallbackQueryHandler(tapped))
    app.add_handler(MessageHandler(filters.UpdateType.MESSAGE, typed))
    async with app:
        await app.bot.set_my_commands(
            [BotCommand("start", "Start, or carry on"), BotCommand("help", "What you can do here")]
        )
        await app.bot.set_my_description("Three minutes, mostly taps, about a service near you. No names.")
        await app.start()
        assert app.updater
        await app.updater.start_polling(timeout=10)
        try:
            yield app
        finally:
            await app.updater.stop()
            await app.stop()
