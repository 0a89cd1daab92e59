"""Keyboards: which buttons Telegram takes."""

import re
from typing import NoReturn
from urllib.parse import urlsplit

from bot.emulator.errors import LONGEST_DATA, MOST_BUTTONS, Json, bad_request

ACTIONS = (
    "url",
    "callback_data",
    "copy_text",
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "callback_game",
    "pay",
)
LONGEST_COPY = 256
_HOST = re.compile(r"[^\s.]+(\.[^\s.]+)+|localhost|\d+(\.\d+){3}|\[[0-9a-f:]+\]", re.IGNORECASE)


def checked_markup(markup: object) -> Json | None:
    """The keyboard as it will stand under the message; none where it holds no button."""
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup
    rows = checked_rows(markup["inline_keyboard"])
    return {"inline_keyboard": rows} if rows else None


def checked_rows(rows: object) -> list[list[Json]]:
    if not isinstance(rows, list):
        bad_request('field "inline_keyboard" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        bad_request('field "inline_keyboard" must be an Array of Arrays')
    if sum(len(row) for row in rows) > MOST_BUTTONS:
        bad_request("reply markup is too long")
    return [[checked_button(button) for button in row] for row in rows if row]


def checked_button(button: object) -> Json:
    if not isinstance(button, dict):
        refuse_button("InlineKeyboardButton must be an Object")
    if "text" not in button:
        refuse_button('Can\'t find field "text"')
    if not isinstance(button["text"], str):
        refuse_button('Field "text" must be of type String')
    if not button["text"].strip():
        bad_request("inline keyboard button text must be non-empty")
    check_action(button)
    return button


def check_action(button: Json) -> None:
    actions = [name for name in ACTIONS if button.get(name) not in (None, "", False)]
    if not actions:
        refuse_button("Text buttons are unallowed in the inline keyboard")
    if len(actions) > 1:  # Telegram takes the first and drops the rest in silence: nobody means that
        refuse_button(f"exactly one action is allowed, found {' and '.join(actions)}")
    if "url" in button:
        check_url(button["url"])
    if len(str(button.get("callback_data", "")).encode()) > LONGEST_DATA:
        bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 0 < len(button["copy_text"].get("text", "")) <= LONGEST_COPY:
        bad_request("BUTTON_COPY_TEXT_INVALID")
    if "pay" in button or "callback_game" in button:
        bad_request("BUTTON_TYPE_INVALID")


def check_url(url: str) -> None:
    fault = url_fault(url)
    if fault:
        bad_request(f"inline keyboard button URL '{url}' is invalid: {fault}")


def url_fault(url: str) -> str | None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme == "tg":
        return None
    if parts.scheme not in {"http", "https"}:
        return "Unsupported URL protocol"
    if not parts.hostname:
        return "URL host is empty"
    return None if _HOST.fullmatch(parts.hostname) and not re.search(r"\s", url) else "Wrong HTTP URL"


def refuse_button(text: str) -> NoReturn:
    bad_request(f"can't parse inline keyboard button: {text}")
