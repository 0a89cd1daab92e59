# mypy: ignore-errors
# Reason: its library is installed in the environment of the peers only.
"""python-telegram-bot as its documentation shows it: ConversationHandler, PicklePersistence, its own HTTP client."""

import json
import logging
import os
from functools import partial
from pathlib import Path

from telegram import InlineKeyboardButton, InlineKeyboardMarkup, Update
from telegram.constants import ParseMode
from telegram.ext import (
    Application,
    CallbackQueryHandler,
    CommandHandler,
    ContextTypes,
    ConversationHandler,
    PicklePersistence,
)

WALK = json.loads(Path("walk.json").read_text("utf-8"))
END = Path("end.txt").read_text("utf-8")
logging.basicConfig(level=logging.WARNING)


def keyboard(step: int) -> InlineKeyboardMarkup:
    buttons = enumerate(WALK[step]["buttons"])
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(label, callback_data=f"{step}:{index}")] for index, label in buttons]
    )


async def start(update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    assert update.message
    assert context.user_data is not None
    context.user_data.clear()
    await update.message.reply_text(WALK[0]["text"], parse_mode=ParseMode.HTML, reply_markup=keyboard(0))
    return 0


async def answer(step: int, update: Update, context: ContextTypes.DEFAULT_TYPE) -> int:
    query = update.callback_query
    assert query
    assert query.data
    assert context.user_data is not None
    label = WALK[step]["buttons"][int(query.data.partition(":")[2])]
    context.user_data[step] = label
    await query.answer()
    await query.edit_message_text(f"{WALK[step]['text']}\n\n✓ {label}", parse_mode=ParseMode.HTML)
    chat = update.effective_chat
    assert chat
    if step + 1 < len(WALK):
        next_text = WALK[step + 1]["text"]
        await chat.send_message(next_text, parse_mode=ParseMode.HTML, reply_markup=keyboard(step + 1))
        return step + 1
    context.user_data.clear()
    await chat.send_message(END, parse_mode=ParseMode.HTML)
    return ConversationHandler.END


def main() -> None:
    conversation = ConversationHandler(
        entry_points=[CommandHandler("start", start)],
        states={
            step: [CallbackQueryHandler(partial(answer, step), pattern=rf"^{step}:\d+$")] for step in range(len(WALK))
        },
        fallbacks=[CommandHandler("start", start)],
        name="walk",
        persistent=True,
    )
    builder = Application.builder().token(os.environ["TOKEN"]).base_url(f"{os.environ['API']}/bot")
    application = builder.persistence(PicklePersistence("kept.pickle")).build()
    application.add_handler(conversation)
    application.run_polling()


if __name__ == "__main__":
    main()
