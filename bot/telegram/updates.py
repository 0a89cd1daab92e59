"""Updates from Telegram → `IncomingUpdate`: what they mean to the bot. Pure.

Taps are read from the raw JSON, everything else from python-telegram-bot's objects.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any, Literal

from telegram import Bot, ChatMember, ChatMemberRestricted, ChatMemberUpdated, Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from bot.render.buttons import find_start_parameter
from flows.callback_data import parse_callback_data
from flows.loader import DEFAULT_FLOW_ID
from flows.models import Command, Reply, Tap, TextEdit, TextReply, UnreadableReply
from storage.conversations.outbox import TapContext

GROUP_CHAT_TYPES = frozenset({ChatType.GROUP, ChatType.SUPERGROUP})
UNADDRESSED_COMMANDS = frozenset({"start", "help", "results"})  # others in a group may be meant for other bots
MEMBER_STATUSES = frozenset({ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.OWNER})
ACTIONS_KEEPING_BUTTONS = frozenset({"withdraw", "results", "page"})  # their message's buttons may be needed again
MAX_CHAT_ID = 2**62  # Telegram's have at most 52 bits
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

RawUpdate = dict[str, Any]


@dataclass(frozen=True, slots=True)
class GroupJoin:
    """The bot was added to the group."""


@dataclass(frozen=True, slots=True)
class GroupDeparture:
    """The bot was removed from the group."""


@dataclass(frozen=True, slots=True)
class GroupMigration:
    """The group became a supergroup and has a new chat id. Both chats report it."""

    old_chat_id: int
    new_chat_id: int


@dataclass(frozen=True, slots=True)
class GroupCommand:
    """A command typed at `sent_at` (seconds since 1970), in this topic of a forum."""

    command: str
    argument: str
    sent_at: int
    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class GroupMention:
    """Text for the bot: a reply to one of its messages, or with its username. In this topic of a forum."""

    topic_id: int | None = None


@dataclass(frozen=True, slots=True)
class GroupTap:
    """A button was tapped in a group, where the bot asks nothing."""


GroupUpdate = GroupJoin | GroupDeparture | GroupMigration | GroupCommand | GroupMention | GroupTap
GroupMessageUpdate = GroupMigration | GroupCommand | GroupMention


@dataclass(frozen=True, slots=True)
class IncomingUpdate:
    """One update that concerns the bot: a reply, a change in a group, or `"blocked"`: the person blocked the bot.

    `is_configured`: `COORDINATOR_IDS` lists this chat.
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
        """The chat's id if one person talks with the bot there."""
        return None if isinstance(self.content, GroupUpdate) else self.chat_id

    @property
    def text(self) -> str:
        """What was typed or edited, commands included: they may contain words of distress."""
        match self.content:
            case TextReply(text=str(text)) | TextEdit(text=str(text)):  # the library passes on whatever JSON had there
                return text
            case Command(name, text):
                return f"{name} {text}"
        return ""


def parse_raw_update(
    raw: Any, bot: Bot | None, bot_username: str, configured_coordinators: Collection[int] = ()
) -> IncomingUpdate | None:
    """What the JSON of an update, of any shape, means; None if it means nothing to the bot.

    Raises `TypeError` or `ValueError` for a malformed tap, update id or chat id; and any exception that the library
    raises for other malformed updates.
    """
    query = raw.get("callback_query") if isinstance(raw, dict) else None
    update = (
        _parse_callback_query(raw.get("update_id"), query)
        if query
        else _parse_library_update(Update.de_json(raw, bot), bot_username)
    )
    if update is None:
        return None
    if type(update.update_id) is not int:
        raise TypeError("the update id is not an integer")
    if type(update.chat_id) is not int or abs(update.chat_id) > MAX_CHAT_ID:  # `true` is an int, but not to SQL
        raise ValueError("not a chat id")
    return replace(update, is_configured=True) if update.chat_id in configured_coordinators else update


def make_tap_update(
    update_id: int, callback_query_id: str, chat_id: int, message_id: int, callback_data: str, language: str | None
) -> IncomingUpdate:
    """A tap in a private chat, on a button of the message `message_id` that carried `callback_data`."""
    reply = parse_callback_data(callback_data) or Tap("", 0, "", "")
    should_keep_buttons = reply.action in ACTIONS_KEEPING_BUTTONS
    tap = TapContext(callback_query_id, message_id, reply.prompt or None, should_keep_buttons=should_keep_buttons)
    return IncomingUpdate(update_id, chat_id, reply, language, tap)


def _parse_callback_query(update_id: Any, query: Any) -> IncomingUpdate | None:
    """Reads the raw JSON. The library's objects for it, above all for the tapped message, which is the bot's own, cost
    more CPU than the turn.
    """
    match query:
        case {"id": str(query_id), "from": dict(sender)} if isinstance(query.get("data", ""), str | None):
            language = sender.get("language_code")
            language = language if isinstance(language, str) else None
        case _:
            raise ValueError("malformed callback query")
    match query.get("message"):
        case {"chat": {"id": int(chat_id), "type": ChatType.PRIVATE}, "message_id": int(message_id)}:
            return make_tap_update(update_id, query_id, chat_id, message_id, query.get("data") or "", language)
        case {"chat": {"id": int(chat_id), "type": str(chat_type)}} if chat_type != ChatType.PRIVATE:
            tap = TapContext(query_id, None, should_keep_buttons=True)
            return IncomingUpdate(update_id, chat_id, GroupTap(), language, tap)
        case None:  # under a message sent inline, which belongs to no chat
            return None
    raise ValueError("malformed message of a callback query")


def _parse_library_update(update: Update, bot_username: str) -> IncomingUpdate | None:
    if update.my_chat_member:
        return _parse_membership_change(update.update_id, update.my_chat_member)
    if update.edited_message:
        return _parse_edited_message(update.update_id, update.edited_message)
    if update.message:
        return _parse_message(update.update_id, update.message, bot_username)
    return None


def _parse_membership_change(update_id: int, change: ChatMemberUpdated) -> IncomingUpdate | None:
    if change.chat.type == ChatType.PRIVATE:
        is_blocked = change.new_chat_member.status == ChatMemberStatus.BANNED
        return IncomingUpdate(update_id, change.chat.id, "blocked") if is_blocked else None
    content = _parse_group_membership(change)
    return IncomingUpdate(update_id, change.chat.id, content, change.from_user.language_code) if content else None


def _parse_group_membership(change: ChatMemberUpdated) -> GroupJoin | GroupDeparture | None:
    """None for a channel, or where the bot's membership is unchanged."""
    if change.chat.type not in GROUP_CHAT_TYPES:
        return None
    if not _is_member(change.new_chat_member):
        return GroupDeparture()
    return None if _is_member(change.old_chat_member) else GroupJoin()


def _is_member(member: ChatMember) -> bool:
    return member.is_member if isinstance(member, ChatMemberRestricted) else member.status in MEMBER_STATUSES


def _parse_edited_message(update_id: int, message: Message) -> IncomingUpdate | None:
    if message.chat.type != ChatType.PRIVATE or not message.text:
        return None
    edit = TextEdit(message.text, message.message_id)
    return IncomingUpdate(update_id, message.chat.id, edit, _get_language(message))


def _parse_message(update_id: int, message: Message, bot_username: str) -> IncomingUpdate | None:
    content: Reply | GroupUpdate | None = None
    if message.chat.type in GROUP_CHAT_TYPES:
        content = _parse_group_message(message, bot_username)
    elif message.chat.type == ChatType.PRIVATE:
        content = _parse_private_message(message, bot_username)
    return IncomingUpdate(update_id, message.chat.id, content, _get_language(message)) if content else None


def _parse_private_message(message: Message, bot_username: str) -> Reply | None:
    command = _parse_command(message, bot_username)
    if command:
        argument = _get_argument(message)
        return Command(command, find_start_parameter(argument) or argument)
    if message.text:
        return TextReply(message.text, message.message_id, message.date)
    kind = next((kind for name, kind in ATTACHMENT_KINDS.items() if getattr(message, name, None)), None)
    return UnreadableReply(kind) if kind else None


def _parse_group_message(message: Message, bot_username: str) -> GroupMessageUpdate | None:
    """None where the message is not meant for the bot."""
    if message.migrate_to_chat_id:
        return GroupMigration(message.chat.id, message.migrate_to_chat_id)
    if message.migrate_from_chat_id:
        return GroupMigration(message.migrate_from_chat_id, message.chat.id)
    if message.forward_origin or message.via_bot or _is_from_bot(message):
        return None
    topic_id = message.message_thread_id if message.is_topic_message else None
    command = _parse_command(message, bot_username)
    if command is None:
        return GroupMention(topic_id) if _is_addressed_to(message, bot_username) else None
    is_addressed = (message.text or "").split()[0].casefold().endswith(f"@{bot_username.casefold()}")
    if not is_addressed and command not in UNADDRESSED_COMMANDS:
        return None
    return GroupCommand(command, _get_argument(message), int(message.date.timestamp()), topic_id)


def _is_addressed_to(message: Message, bot_username: str) -> bool:
    """Whether the text mentions the bot or replies to it. A command here is one for another bot."""
    text = message.text or ""
    if not text or text.startswith("/"):
        return False
    replied_user = message.reply_to_message and message.reply_to_message.from_user
    is_reply = bool(replied_user and (replied_user.username or "").casefold() == bot_username.casefold())
    return is_reply or bool(re.search(rf"@{re.escape(bot_username)}\b", text, re.IGNORECASE))


def _is_from_bot(message: Message) -> bool:
    """Anonymous admins and channels also have a bot of Telegram's as sender; `sender_chat` tells them apart."""
    return bool(message.from_user and message.from_user.is_bot and not message.sender_chat)


def _parse_command(message: Message, bot_username: str) -> str | None:
    """The command's name in lower case. None for other text, and for `/start@another_bot`."""
    match = re.match(r"/(\w{1,32})(?:@(\w+))?(?:\s|$)", message.text or "")
    if not match or (match[2] and match[2].casefold() != bot_username.casefold()):
        return None
    return match[1].casefold()


def _get_argument(message: Message) -> str:
    """What follows the command."""
    return "".join((message.text or "").split(maxsplit=1)[1:]).strip()


def _get_language(message: Message) -> str | None:
    return message.from_user.language_code if message.from_user else None
