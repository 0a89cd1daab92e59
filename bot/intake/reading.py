"""Raw updates → python-telegram-bot's own objects."""

from typing import Any

from telegram import Bot, CallbackQuery, Chat, InaccessibleMessage, Update, User

Raw = dict[str, Any]
LARGEST_CHAT = 2**62  # Telegram's have 52 bits at most


def read(raw: Raw, bot: Bot | None) -> tuple[int, Update]:
    """The update, and its chat's number (0: it has none). Raises whatever its shape does to the library."""
    update = _tap(raw) or Update.de_json(raw, bot)
    if type(update.update_id) is not int:
        raise TypeError("an update's number is a whole one")
    chat = update.effective_chat.id if update.effective_chat else 0
    if type(chat) is not int or abs(chat) > LARGEST_CHAT:  # true and false are whole numbers to Python, not to SQL
        raise ValueError("no chat has this number")
    return chat, update


def _tap(raw: Raw) -> Update | None:
    """A tap in a private chat, without the text and the buttons of the message that was tapped: they are our own, and
    to build objects of them costs more than a turn. None: it is something else, or not of the shape that we know.
    """
    match raw:
        case {
            "update_id": number,
            "callback_query": {
                "id": str(name),
                "from": {"id": int(person), "first_name": str(first), **about},
                "message": {"message_id": int(message), "chat": {"id": int(chat), "type": "private"}},
                "data": str(data),
            },
        }:
            language = about.get("language_code")
            sender = User(person, first, is_bot=False, language_code=language if isinstance(language, str) else None)
            tapped = InaccessibleMessage(Chat(chat, Chat.PRIVATE), message)
            return Update(number, callback_query=CallbackQuery(name, sender, "", message=tapped, data=data))
    return None
