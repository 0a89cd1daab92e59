"""The buttons under a message, as Telegram takes them."""

from bot.says import Button

Keyboard = dict[str, list[list[dict[str, str]]]]


def keyboard(buttons: tuple[Button, ...]) -> Keyboard | None:
    """The buttons one under the other, but for those that stand beside the one before. None: there are none."""
    rows: list[list[dict[str, str]]] = []
    for button in buttons:
        if button.beside and rows:
            rows[-1].append(_inline(button))
        else:
            rows.append([_inline(button)])
    return {"inline_keyboard": rows} if rows else None


def _inline(button: Button) -> dict[str, str]:
    if button.url:
        return {"text": button.text, "url": button.url}
    return {"text": button.text, "callback_data": button.data}
