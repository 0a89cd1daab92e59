"""Checks inline keyboards: which buttons Telegram accepts, and how it refuses the others."""

import re
from typing import NoReturn
from urllib.parse import urlsplit

from bot.emulator.errors import MAX_BUTTONS, MAX_CALLBACK_DATA_BYTES, Json, raise_bad_request

BUTTON_ACTIONS = (
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
MAX_COPY_TEXT_LENGTH = 256
_HOST_PATTERN = re.compile(r"[^\s.]+(\.[^\s.]+)+|localhost|\d+(\.\d+){3}|\[[0-9a-f:]+\]", re.IGNORECASE)


def validate_markup(markup: object) -> Json | None:
    """The inline keyboard to show under the message; `None` if it has no buttons.

    Other kinds of markup are returned unchecked. Raises `BotApiError` for an invalid keyboard.
    """
    if markup is None or markup == "":
        return None
    if not isinstance(markup, dict):
        raise_bad_request("object expected as reply markup")
    if "inline_keyboard" not in markup:
        return markup
    rows = _validate_rows(markup["inline_keyboard"])
    return {"inline_keyboard": rows} if rows else None


def _validate_rows(rows: object) -> list[list[Json]]:
    if not isinstance(rows, list):
        raise_bad_request('field "inline_keyboard" must be of type Array')
    if not all(isinstance(row, list) for row in rows):
        raise_bad_request('field "inline_keyboard" must be an Array of Arrays')
    if sum(len(row) for row in rows) > MAX_BUTTONS:
        raise_bad_request("reply markup is too long")
    return [[_validate_button(button) for button in row] for row in rows if row]


def _validate_button(button: object) -> Json:
    if not isinstance(button, dict):
        _raise_button_error("InlineKeyboardButton must be an Object")
    if "text" not in button:
        _raise_button_error('Can\'t find field "text"')
    if not isinstance(button["text"], str):
        _raise_button_error('Field "text" must be of type String')
    if not button["text"].strip():
        raise_bad_request("inline keyboard button text must be non-empty")
    _check_action(button)
    return button


def _check_action(button: Json) -> None:
    actions = [name for name in BUTTON_ACTIONS if button.get(name) not in (None, "", False)]
    if not actions:
        _raise_button_error("Text buttons are unallowed in the inline keyboard")
    # Telegram accepts several actions and silently uses the first. That is always a mistake, so it is refused here.
    if len(actions) > 1:
        _raise_button_error(f"exactly one action is allowed, found {' and '.join(actions)}")
    if "url" in button:
        _check_url(button["url"])
    if len(str(button.get("callback_data", "")).encode()) > MAX_CALLBACK_DATA_BYTES:
        raise_bad_request("BUTTON_DATA_INVALID")
    if "copy_text" in button and not 0 < len(button["copy_text"].get("text", "")) <= MAX_COPY_TEXT_LENGTH:
        raise_bad_request("BUTTON_COPY_TEXT_INVALID")
    if "pay" in button or "callback_game" in button:
        raise_bad_request("BUTTON_TYPE_INVALID")


def _check_url(url: str) -> None:
    if reason := _find_url_error(url):
        raise_bad_request(f"inline keyboard button URL '{url}' is invalid: {reason}")


def _find_url_error(url: str) -> str | None:
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme == "tg":
        return None
    if parts.scheme not in {"http", "https"}:
        return "Unsupported URL protocol"
    if not parts.hostname:
        return "URL host is empty"
    is_valid = _HOST_PATTERN.fullmatch(parts.hostname) and not re.search(r"\s", url)
    return None if is_valid else "Wrong HTTP URL"


def _raise_button_error(text: str) -> NoReturn:
    raise_bad_request(f"can't parse inline keyboard button: {text}")
