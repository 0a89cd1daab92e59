"""The buttons under a message, as Telegram takes them."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.says import Button


def keyboard(buttons: tuple[Button, ...]) -> InlineKeyboardMarkup | None:
    """The buttons one under the other, but for those that stand beside the one before. None: there are none."""
    rows: list[list[InlineKeyboardButton]] = []
    for button in buttons:
        if button.beside and rows:
            rows[-1].append(_inline(button))
        else:
            rows.append([_inline(button)])
    return InlineKeyboardMarkup(rows) if rows else None


def _inline(button: Button) -> InlineKeyboardButton:
    if button.url:
        return InlineKeyboardButton(button.text, url=button.url)
    return InlineKeyboardButton(button.text, callback_data=button.data)
