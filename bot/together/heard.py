"""What an update of a group means to us. Pure. Talk that is not meant for the bot means nothing."""

import re
from dataclasses import dataclass

from telegram import ChatMember, ChatMemberRestricted, ChatMemberUpdated, Message
from telegram.constants import ChatMemberStatus, ChatType

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
