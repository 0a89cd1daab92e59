"""Update → what it means to us. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

from telegram import Bot, CallbackQuery, ChatMember, ChatMemberRestricted, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.render.buttons import code_in
from flows.callback_data import read
from flows.loader import DEFAULT
from flows.models import Commanded, Edited, Reply, Tapped, Typed, Unreadable
from storage.conversations.outbox import Tap

# @@DOC What an update of a group means to us. Pure. Talk that is not meant for the bot means nothing.
GROUPS = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
OURS = frozenset({"start", "help", "results"})  # other commands there may be other bots'
HERE = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER})


@dataclass(frozen=True, slots=True)
class GroupJoined:
    """The bot was added to the group."""


@dataclass(frozen=True, slots=True)
class GroupLeft:
    """The bot is in the group no more."""


@dataclass(frozen=True, slots=True)
class GroupMoved:
    """The group has another number now: it became a supergroup. Either of the two chats tells so."""

    old: int
    new: int


@dataclass(frozen=True, slots=True)
class GroupCommanded:
    """A command was typed at this time (seconds since 1970), in this topic of a forum."""

    command: str
    words: str
    at: int
    topic: int | None = None


@dataclass(frozen=True, slots=True)
class GroupAddressed:
    """Words were said to the bot: under a message of its own, or with its name. In this topic of a forum."""

    topic: int | None = None


@dataclass(frozen=True, slots=True)
class GroupTapped:
    """A button was tapped where nobody is asked anything."""


GroupNews = GroupJoined | GroupLeft | GroupMoved | GroupCommanded | GroupAddressed | GroupTapped
Talk = GroupMoved | GroupCommanded | GroupAddressed


def heard_in_group(message: Message, command: str | None, me: str) -> Talk | None:
    """What a message in a group means. `command`: it is one, and it may be for us; `me`: the bot's username."""
    if message.migrate_to_chat_id:
        return GroupMoved(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        return GroupMoved(message.migrate_from_chat_id, message.chat.id)
    if message.forward_origin or message.via_bot or _is_of_a_bot(message):
        return None
    topic = message.message_thread_id if message.is_topic_message else None
    if command is None:
        return GroupAddressed(topic) if _is_for(message, me) else None
    first, *words = (message.text or "").split(maxsplit=1)
    if command not in OURS and not first.casefold().endswith(f"@{me.casefold()}"):
        return None
    return GroupCommanded(command, "".join(words).strip(), int(message.date.timestamp()), topic)


def joined_or_left(news: ChatMemberUpdated) -> GroupJoined | GroupLeft | None:
    """What became of the bot in a group; None where that is nothing new, or it is a channel."""
    if news.chat.type not in GROUPS:
        return None
    if not _is_here(news.new_chat_member):
        return GroupLeft()
    return None if _is_here(news.old_chat_member) else GroupJoined()


def _is_here(member: ChatMember) -> bool:
    return member.is_member if isinstance(member, ChatMemberRestricted) else member.status in HERE


def _is_for(message: Message, me: str) -> bool:
    """Words with the bot's name in them, or under a message of its own; but not a command for another bot."""
    words = message.text or ""
    if not words or words.startswith("/"):
        return False
    under = message.reply_to_message and message.reply_to_message.from_user
    named = re.search(rf"@{re.escape(me)}\b", words, re.IGNORECASE)
    return bool(named or (under and (under.username or "").casefold() == me.casefold()))


def _is_of_a_bot(message: Message) -> bool:
    """Admins who write unnamed, and channels, have a bot of Telegram's for a sender: `sender_chat` tells."""
    return bool(message.from_user and message.from_user.is_bot and not message.sender_chat)


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


# @@DOC Raw updates → what they mean to us.
Raw = dict[str, Any]
LARGEST_CHAT = 2**62  # Telegram's have 52 bits at most


def parse_update(raw: Raw, bot: Bot | None, me: str, coordinators: Collection[int] = ()) -> Incoming | None:
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
