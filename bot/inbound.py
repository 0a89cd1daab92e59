"""Update → what it means to us. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Literal

from telegram import CallbackQuery, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from flows.buttons import read
from flows.loading import DEFAULT
from flows.run import Commanded, Edited, Reply, Tapped, Typed, Unreadable
from storage.outbox import Tap

IN_GROUPS = frozenset({"start", "help"})  # other commands there may be other bots'
STAYING = frozenset({"withdraw", "results", "page"})  # acts whose message keeps its buttons: they may be needed again
HERE = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER})
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
    """One update that concerns us: its number, its chat, and either a reply or news about the chat itself.

    `named`: the operator names this chat as a coordinator's.
    """

    update: int
    chat: int
    about: Reply | Literal["blocked", "group"]
    language: str | None = None
    tap: Tap | None = None
    flow: str = DEFAULT
    named: bool = False


def inbound(update: Update, me: str, coordinators: Collection[int] = ()) -> Incoming | None:
    """What this update means; None where it means nothing to us. `me` is the bot's own username; `coordinators` are the
    chats that the operator names.
    """
    incoming = _meant(update, me)
    return replace(incoming, named=True) if incoming and incoming.chat in coordinators else incoming


def _meant(update: Update, me: str) -> Incoming | None:
    if update.callback_query:
        return _tapped(update.update_id, update.callback_query)
    if update.my_chat_member:
        return _membership(update.update_id, update.my_chat_member)
    if update.edited_message:
        return _edited(update.update_id, update.edited_message)
    if update.message:
        return _said(update.update_id, update.message, me)
    return None


def private_chat(update: Update) -> int | None:
    """The chat's number, where one person talks with the bot."""
    chat = update.effective_chat
    return chat.id if chat and chat.type == ChatType.PRIVATE else None


def _tapped(number: int, query: CallbackQuery) -> Incoming | None:
    if query.message is None or query.message.chat.type != ChatType.PRIVATE:
        return None
    reply = read(query.data or "") or Tapped("", 0, "", "")
    tap = Tap(query.id, query.message.message_id, reply.ask or None, stays=reply.act in STAYING)
    return Incoming(number, query.message.chat.id, reply, query.from_user.language_code, tap)


def _membership(number: int, news: ChatMemberUpdated) -> Incoming | None:
    status = news.new_chat_member.status
    if news.chat.type == ChatType.PRIVATE:
        return Incoming(number, news.chat.id, "blocked") if status == ChatMemberStatus.BANNED else None
    joined = status in HERE and news.old_chat_member.status not in HERE
    in_group = news.chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}
    return Incoming(number, news.chat.id, "group", news.from_user.language_code) if joined and in_group else None


def _edited(number: int, message: Message) -> Incoming | None:
    if message.chat.type != ChatType.PRIVATE or not message.text:
        return None
    return Incoming(number, message.chat.id, Edited(message.text, message.message_id), _language(message))


def _said(number: int, message: Message, me: str) -> Incoming | None:
    if message.chat.type in {ChatType.GROUP, ChatType.SUPERGROUP}:
        return Incoming(number, message.chat.id, "group", _language(message)) if _for_us(message, me) else None
    reply = _reply(message, me) if message.chat.type == ChatType.PRIVATE else None
    return Incoming(number, message.chat.id, reply, _language(message)) if reply else None


def _reply(message: Message, me: str) -> Reply | None:
    command = _command(message, me)
    if command:
        return Commanded(command, (message.text or "").partition(" ")[2].strip())
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


def _for_us(message: Message, me: str) -> bool:
    """In a group: /start or /help, or any command that names us."""
    command = _command(message, me)
    first = (message.text or "").split(maxsplit=1)[:1]
    return command in IN_GROUPS or (command is not None and first[0].casefold().endswith(f"@{me.casefold()}"))


def _language(message: Message) -> str | None:
    return message.from_user.language_code if message.from_user else None
