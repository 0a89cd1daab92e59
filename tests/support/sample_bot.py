"""A small bot for tests of the page, on python-telegram-bot's Application. It sends all that the page can show."""

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from PIL import Image, ImageDraw
from telegram import BotCommand, CopyTextButton, InlineKeyboardButton, InlineKeyboardMarkup, Message, Update
from telegram.ext import Application, CallbackContext, CallbackQueryHandler, CommandHandler, MessageHandler, filters

from bot.emulator import TelegramEmulator

Context = CallbackContext[Any, Any, Any, Any]
ANSWER_LABELS = ("Much better", "A bit better", "About the same", "A bit worse", "Lost in jargon and forms", "Not sure")
QUESTION_HTML = "<b>1 of 3.</b> Since this service came in, how well do you know what is going on and what you can do?"


def make_keyboard(*rows: list[tuple[str, str]]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=data) for label, data in row] for row in rows]
    )


def draw_picture() -> bytes:
    image = Image.new("RGB", (640, 400), "white")
    ImageDraw.Draw(image).rectangle((60, 60, 580, 340), outline="black", width=12)
    buffer = io.BytesIO()
    image.save(buffer, "PNG")
    return buffer.getvalue()


def get_message(update: Update) -> Message:
    assert update.effective_message
    return update.effective_message


async def handle_start(update: Update, _: Context) -> None:
    text = (
        "<b>Hello.</b> This chat asks how a health or care service works for you and the people around you.\n"
        "About three minutes, mostly taps. No names. Stop any time: your place is kept."
    )
    markup = make_keyboard(
        [("Let's start", "ask")], [("How are my answers kept?", "why")], [("Language · Easy Read", "language")]
    )
    await get_message(update).reply_text(text, parse_mode="HTML", reply_markup=markup)


async def handle_tap(update: Update, context: Context) -> None:
    query = update.callback_query
    assert query
    assert query.data
    await TAP_HANDLERS.get(query.data, confirm_answer)(update, context)


async def ask_question(update: Update, _: Context) -> None:
    assert update.callback_query
    await update.callback_query.answer()
    await update.callback_query.edit_message_reply_markup()
    rows = [[(label, f"a{index}")] for index, label in enumerate(ANSWER_LABELS)]
    markup = make_keyboard(*rows, [("‹ Back", "why"), ("Skip", "a9"), ("Why ask?", "why")])
    await get_message(update).reply_text(QUESTION_HTML, parse_mode="HTML", reply_markup=markup)


async def explain(update: Update, _: Context) -> None:
    assert update.callback_query
    await update.callback_query.answer("Nobody can find out what you said, not even us.", show_alert=True)


async def confirm_answer(update: Update, _: Context) -> None:
    query = update.callback_query
    assert query
    assert query.data
    await query.answer("Saved")
    index = query.data.removeprefix("a")  # "a0" to "a5" choose an answer, "a9" skips the question
    if index.isdigit():
        label = ANSWER_LABELS[int(index)] if int(index) < len(ANSWER_LABELS) else "skipped"
    else:
        label = query.data
    await query.edit_message_text(f"{QUESTION_HTML}\n✓ {label}", parse_mode="HTML")
    await get_message(update).reply_text(
        "What made the difference? Type a few words, or /skip. Please leave names out."
    )


async def handle_message(update: Update, _: Context) -> None:
    message = get_message(update)
    if message.text is None:
        await message.reply_text("Thank you. I can't keep that without keeping who you are. Could you type it?")
        return
    await message.reply_photo(draw_picture(), caption="Knowing: passes. Coping: does not yet. Connected: can't say.")
    await message.reply_document(b"role,informed\n", filename="answers.csv", caption="The same as a file")
    row = [
        InlineKeyboardButton("Read about it", url="https://example.org/about"),
        InlineKeyboardButton("Copy the link", copy_text=CopyTextButton("https://example.org/join")),
    ]
    await message.reply_text(f"You wrote: {message.text}", reply_markup=InlineKeyboardMarkup([row]))


TAP_HANDLERS = {"ask": ask_question, "why": explain}


@asynccontextmanager
async def run_sample_bot(
    emulator: TelegramEmulator, url: str
) -> AsyncIterator[Application[Any, Any, Any, Any, Any, Any]]:
    """Runs the bot against an emulator at `url` until the block ends."""
    builder = Application.builder().token(emulator.token)
    app = builder.base_url(f"{url}/bot").base_file_url(f"{url}/file/bot").build()
    app.add_handler(CommandHandler("start", handle_start))
    app.add_handler(CallbackQueryHandler(handle_tap))
    app.add_handler(MessageHandler(filters.UpdateType.MESSAGE, handle_message))
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
