"""Update → what it means to us. Pure."""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

from telegram import Bot, CallbackQuery, ChatMember, ChatMemberRestricted, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.render.buttons import find_start_parameter
from flows.callback_data import parse_callback_data
from flows.loader import DEFAULT_FLOW_ID
from flows.models import Command, Reply, Tap, TextEdit, TextReply, UnreadableReply
from storage.conversations.outbox import TapContext

# @@DOC What an update of a group means to us. Pure. Talk that is not meant for the bot means nothing.
GROUP_CHAT_TYPES = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
UNADDRESSED_COMMANDS = frozenset({"start", "help", "results"})  # other commands there may be other bots'
MEMBER_STATUSES = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER})


@dataclass(frozen=True, slots=True)
class GroupJoin:
    """The bot was added to the group."""


@dataclass(frozen=True, slots=True)
class GroupDeparture:
    """The bot is in the group no more."""


@dataclass(frozen=True, slots=True)
class GroupMigration:
    """The group has another number now: it became a supergroup. Either of the two chats tells so."""

    old_chat_id: int
    new_chat_id: int


@dataclass(frozen=True, slots=True)
class GroupCommand:
    """A command was typed at this time (seconds since 1970), in this topic of a forum."""

    command: str
    argument: str
    sent_at: int
    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class GroupMention:
    """Words were said to the bot: under a message of its own, or with its name. In this topic of a forum."""

    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class GroupTap:
    """A button was tapped where nobody is asked anything."""


GroupUpdate = GroupJoin | GroupDeparture | GroupMigration | GroupCommand | GroupMention | GroupTap
GroupMessageUpdate = GroupMigration | GroupCommand | GroupMention


def parse_group_message(message: Message, command: str | None, bot_username: str) -> GroupMessageUpdate | None:
    """What a message in a group means. `command`: it is one, and it may be for us; `me`: the bot's username."""
    if message.migrate_to_chat_id:
        return GroupMigration(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        return GroupMigration(message.migrate_from_chat_id, message.chat.id)
    if message.forward_origin or message.via_bot or _is_from_bot(message):
        return None
    topic_id = message.message_thread_id if message.is_topic_message else None
    if command is None:
        return GroupMention(topic_id) if _is_addressed_to(message, bot_username) else None
    first, *arguments = (message.text or "").split(maxsplit=1)
    if command not in UNADDRESSED_COMMANDS and not first.casefold().endswith(f"@{bot_username.casefold()}"):
        return None
    return GroupCommand(command, "".join(arguments).strip(), int(message.date.timestamp()), topic_id)


def parse_group_membership(change: ChatMemberUpdated) -> GroupJoin | GroupDeparture | None:
    """What became of the bot in a group; None where that is nothing new, or it is a channel."""
    if change.chat.type not in GROUP_CHAT_TYPES:
        return None
    if not _is_member(change.new_chat_member):
        return GroupDeparture()
    return None if _is_member(change.old_chat_member) else GroupJoin()


def _is_member(member: ChatMember) -> bool:
    return member.is_member if isinstance(member, ChatMemberRestricted) else member.status in MEMBER_STATUSES


def _is_addressed_to(message: Message, bot_username: str) -> bool:
    """Words with the bot's name in them, or under a message of its own; but not a command for another bot."""
    text = message.text or ""
    if not text or text.startswith("/"):
        return False
    replied_user = message.reply_to_message and message.reply_to_message.from_user
    is_mentioned = re.search(rf"@{re.escape(bot_username)}\b", text, re.IGNORECASE)
    return bool(is_mentioned or (replied_user and (replied_user.username or "").casefold() == bot_username.casefold()))


def _is_from_bot(message: Message) -> bool:
    """Admins who write unnamed, and channels, have a bot of Telegram's for a sender: `sender_chat` tells."""
    return bool(message.from_user and message.from_user.is_bot and not message.sender_chat)


ACTIONS_KEEPING_BUTTONS = frozenset(
    {"withdraw", "results", "page"}
)  # acts whose message keeps its buttons: they may be needed again
ATTACHMENT_KINDS = {
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
class IncomingUpdate:
    """One update that concerns us: its number, its chat, and a reply or news: of a group, or that the bot was blocked.

    `named`: the operator names this chat as a coordinator's.
    """

    update_id: int
    chat_id: int
    content: Reply | GroupUpdate | Literal["blocked"]
    language: str | None = None
    tap: TapContext | None = None
    flow: str = DEFAULT_FLOW_ID
    is_configured: bool = False

    @property
    def private_chat_id(self) -> int | None:
        """The chat's number, where one person talks with the bot."""
        return None if isinstance(self.content, GroupUpdate) else self.chat_id

    @property
    def text(self) -> str:
        """What was typed, or put in the place of what was typed; a command may be somebody's words, too."""
        match self.content:
            case TextReply(text=str(text)) | TextEdit(text=str(text)):  # the library hands on whatever stood there
                return text
            case Command(name, text):
                return f"{name} {text}"
        return ""


def parse_update(update: Update, bot_username: str) -> IncomingUpdate | None:
    """What this update means; None where it means nothing to us. `me` is the bot's own username."""
    if update.callback_query:
        return _parse_callback_query(update.update_id, update.callback_query)
    if update.my_chat_member:
        return _parse_membership_change(update.update_id, update.my_chat_member)
    if update.edited_message:
        return _parse_edited_message(update.update_id, update.edited_message)
    if update.message:
        return _parse_message(update.update_id, update.message, bot_username)
    return None


def make_tap_update(
    update_id: int, callback_query_id: str, chat_id: int, message_id: int, callback_data: str, language: str | None
) -> IncomingUpdate:
    """A tap in a private chat: its update's number and its own name, where it was, what the button carried."""
    reply = parse_callback_data(callback_data) or Tap("", 0, "", "")
    return IncomingUpdate(
        update_id,
        chat_id,
        reply,
        language,
        TapContext(
            callback_query_id, message_id, reply.prompt or None, keeps_buttons=reply.action in ACTIONS_KEEPING_BUTTONS
        ),
    )


def _parse_callback_query(update_id: int, query: CallbackQuery) -> IncomingUpdate | None:
    if query.message is None:
        return None
    telegram_chat, language = query.message.chat, query.from_user.language_code
    if telegram_chat.type != ChatType.PRIVATE:
        return IncomingUpdate(
            update_id, telegram_chat.id, GroupTap(), language, TapContext(query.id, None, keeps_buttons=True)
        )
    return make_tap_update(update_id, query.id, telegram_chat.id, query.message.message_id, query.data or "", language)


def _parse_membership_change(update_id: int, change: ChatMemberUpdated) -> IncomingUpdate | None:
    status = change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE:
        return IncomingUpdate(update_id, change.chat.id, "blocked") if status == ChatMemberStatus.BANNED else None
    content = parse_group_membership(change)
    return IncomingUpdate(update_id, change.chat.id, content, change.from_user.language_code) if content else None


def _parse_edited_message(update_id: int, message: Message) -> IncomingUpdate | None:
    if message.chat.type != ChatType.PRIVATE or not message.text:
        return None
    return IncomingUpdate(
        update_id, message.chat.id, TextEdit(message.text, message.message_id), _get_language(message)
    )


def _parse_message(update_id: int, message: Message, bot_username: str) -> IncomingUpdate | None:
    content: Reply | GroupUpdate | None = None
    if message.chat.type in GROUP_CHAT_TYPES:
        content = parse_group_message(message, _parse_command(message, bot_username), bot_username)
    elif message.chat.type == ChatType.PRIVATE:
        content = _parse_private_message(message, bot_username)
    return IncomingUpdate(update_id, message.chat.id, content, _get_language(message)) if content else None


def _parse_private_message(message: Message, bot_username: str) -> Reply | None:
    command = _parse_command(message, bot_username)
    if command:
        argument = "".join((message.text or "").split(maxsplit=1)[1:]).strip()
        return Command(command, find_start_parameter(argument) or argument)
    if message.text:
        return TextReply(message.text, message.message_id, message.date)
    kind = next((ATTACHMENT_KINDS[name] for name in ATTACHMENT_KINDS if getattr(message, name, None)), None)
    return UnreadableReply(kind) if kind else None


def _parse_command(message: Message, bot_username: str) -> str | None:
    """The command's name, if the message is one and it is meant for us: `/start@somebody_else` is not."""
    match = re.match(r"/(\w{1,32})(?:@(\w+))?(?:\s|$)", message.text or "")
    if not match or (match[2] and match[2].casefold() != bot_username.casefold()):
        return None
    return match[1].casefold()


def _get_language(message: Message) -> str | None:
    return message.from_user.language_code if message.from_user else None


# @@DOC Raw updates → what they mean to us.
RawUpdate = dict[str, Any]
MAX_CHAT_ID = 2**62  # Telegram's have 52 bits at most


def parse_raw_update(
    raw: RawUpdate, bot: Bot | None, bot_username: str, configured_coordinators: Collection[int] = ()
) -> IncomingUpdate | None:
    """What the update means; None where it means nothing to us. Raises whatever its shape does to the library.

    `me` is the bot's own username; `coordinators` are the chats that the operator names.
    """
    update = _parse_raw_tap(raw) or parse_update(Update.de_json(raw, bot), bot_username)
    if update is None:
        return None
    if type(update.update_id) is not int:
        raise TypeError("an update's number is a whole one")
    if type(update.chat_id) is not int or abs(update.chat_id) > MAX_CHAT_ID:  # true is a number, but not to SQL
        raise ValueError("no chat has this number")
    return replace(update, is_configured=True) if update.chat_id in configured_coordinators else update


def _parse_raw_tap(raw: RawUpdate) -> IncomingUpdate | None:
    """A tap in a private chat, without the library's objects: to build them costs more than a turn, most of all those
    of the message that was tapped, which is our own. None: it is something else, or not of the shape that we know.
    """
    match raw:
        case {
            "update_id": update_id,
            "callback_query": {
                "id": str(callback_query_id),
                "from": {"id": int(), "first_name": str(), **about},
                "message": {"message_id": int(message_id), "chat": {"id": int(chat), "type": "private"}},
                "data": str(callback_data),
            },
        }:
            language = about.get("language_code")
            return make_tap_update(
                update_id,
                callback_query_id,
                chat,
                message_id,
                callback_data,
                language if isinstance(language, str) else None,
            )
    return None
