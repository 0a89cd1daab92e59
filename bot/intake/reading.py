"""Raw updates → what they mean to us."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from telegram import Bot, Update

from bot.inbound import Incoming, inbound, tapped

Raw = dict[str, Any]
LARGEST_CHAT = 2**62  # Telegram's have 52 bits at most


def read(raw: Raw, bot: Bot | None, me: str, coordinators: Collection[int] = ()) -> Incoming | None:
    """What the update means; None where it means nothing to us. Raises whatever its shape does to the library.

    `me` is the bot's own username; `coordinators` are the chats that the operator names.
    """
    incoming = _tap(raw) or inbound(Update.de_json(raw, bot), me)
    if incoming is None:
        return None
    if type(incoming.update) is not int:
        raise TypeError("an update's number is a whole one")
    if type(incoming.chat) is not int or abs(incoming.chat) > LARGEST_CHAT:  # true is a number, but not to SQL
        raise ValueError("no chat has this number")
    return replace(incoming, named=True) if incoming.chat in coordinators else incoming


def _tap(raw: Raw) -> Incoming | None:
    """A tap in a private chat, without the library's objects: to build them costs more than a turn, most of all those
    of the message that was tapped, which is our own. None: it is something else, or not of the shape that we know.
    """
    match raw:
        case {
            "update_id": number,
            "callback_query": {
                "id": str(name),
                "from": {"id": int(), "first_name": str(), **about},
                "message": {"message_id": int(message), "chat": {"id": int(chat), "type": "private"}},
                "data": str(data),
            },
        }:
            language = about.get("language_code")
            return tapped(number, name, chat, message, data, language if isinstance(language, str) else None)
    return None
