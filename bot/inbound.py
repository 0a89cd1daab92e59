"""Update → what it means to us. Pure."""

import re
from dataclasses import dataclass
from typing import Literal

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.linking import code_in
from bot.together.heard import GROUPS, GroupNews, GroupTapped, heard_in_group, joined_or_left
from flows.buttons import read
from flows.loading import DEFAULT
from flows.run import Commanded, Edited, Reply, Tapped, Typed, Unreadable
from storage.outbox import Tap

STAYING = frozenset({"withdraw", "results", "page"})  # acts whose message keeps its buttons: they may be needed again
KINDS = {
    "voice": "voice",
    "audio": "voice",
    "photo": "photo",
    "video": "video",
    "video_note": "video",
    "animation": "sticker",
    "sticker": "sticker",
    "document": "document",
    "location": "location",
    "venue": "location",
    "contact": "contact",
    "poll": "other",
    "dice": "other",
    "game": "other",
    "story": "other",
}


@dataclass(frozen=True, slots=True)
class Incoming:
    """One update that concerns us: its number, its chat, and a reply or news: of a group, or that the bot was blocked.

    `named`: the operator names this chat as a coordinator's.
    """

    update: int
    chat: int
    about: Reply | GroupNews | Literal["blocked"]
    language: str | None = None
    tap: Tap | None = None
    flow: str = DEFAULT
    named: bool = False

    @property
    def person(self) -> int | None:
        """The chat's number, where one person talks with the bot."""
        return None if isinstance(self.about, GroupNews) else self.chat

    @property
    def words(self) -> str:
        """What was typed, or put in the place of what was typed; a command may be somebody's words, too."""
        match self.about:
            case Typed(words=str(words)) | Edited(words=str(words)):  # the library hands on whatever stood there
                return words
            case Commanded(name, words):
                return f"{name} {words}"
        return ""


def inbound(update: Update, me: str) -> Incoming | None:
    """What this update means; None where it means nothing to us. `me` is the bot's own username."""
    if update.callback_query:
        return _tapped(update.update_id, update.callback_query)
    if update.my_chat_member:
        return _membership(update.update_id, update.my_chat_member)
    if update.edited_message:
        return _edited(update.update_id, update.edited_message)
    if update.message:
        return _said(update.update_id, update.message, me)
    return None


def tapped(number: int, name: str, chat: int, message: int, data: str, language: str | None) -> Incoming:
    """A tap in a private chat: its update's number and its own name, where it was, what the button carried."""
    reply = read(data) or Tapped("", 0, "", "")
    return Incoming(number, chat, reply, language, Tap(name, message, reply.ask or None, stays=reply.act in STAYING))


def _tapped(number: int, query: CallbackQuery) -> Incoming | None:
    if query.message is None:
        return None
    chat, language = query.message.chat, query.from_user.language_code
    if chat.type != ChatType.PRIVATE:
        return Incoming(number, chat.id, GroupTapped(), language, Tap(query.id, None, stays=True))
    return tapped(number, query.id, chat.id, query.message.message_id, query.data or "", language)


def _membership(number: int, news: ChatMemberUpdated) -> Incoming | None:
    status = news.new_chat_member.status
    if news.chat.type == ChatType.PRIVATE:
        return Incoming(number, news.chat.id, "blocked") if status == ChatMemberStatus.BANNED else None
    about = joined_or_left(news)
    return Incoming(number, news.chat.id, about, news.from_user.language_code) if about else None


def _edited(number: int, message: Message) -> Incoming | None:
    if message.chat.type != ChatType.PRIVATE or not message.text:
        return None
    return Incoming(number, message.chat.id, Edited(message.text, message.message_id), _language(message))


def _said(number: int, message: Message, me: str) -> Incoming | None:
    about: Reply | GroupNews | None = None
    if message.chat.type in GROUPS:
        about = heard_in_group(message, _command(message, me), me)
    elif message.chat.type == ChatType.PRIVATE:
        about = _reply(message, me)
    return Incoming(number, message.chat.id, about, _language(message)) if about else None


def _reply(message: Message, me: str) -> Reply | None:
    command = _command(message, me)
    if command:
        words = "".join((message.text or "").split(maxsplit=1)[1:]).strip()
        return Commanded(command, code_in(words) or words)
    if message.text:
        return Typed(message.text, message.message_id, message.date)
    kind = next((KINDS[name] for name in KINDS if getattr(message, name, None)), None)
    return Unreadable(kind) if kind else None


def _command(message: Message, me: str) -> str | None:
    """The command's name, if the message is one and it is meant for us: `/start@somebody_else` is not."""
    found = re.match(r"/(\w{1,32})(?:@(\w+))?(?:\s|$)", message.text or "")
    if not found or (found[2] and found[2].casefold() != me.casefold()):
        return None
    return found[1].casefold()


def _language(message: Message) -> str | None:
    return message.from_user.language_code if message.from_user else None
