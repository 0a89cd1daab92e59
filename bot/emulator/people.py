"""The other side of the chat: what people do on their phones, as plain synchronous calls."""

import re
import secrets
import time
from collections.abc import Callable
from itertools import count

from bot.emulator.bot_profile import Profile
from bot.emulator.errors import Json
from bot.emulator.files import Files
from bot.emulator.html import with_found
from bot.emulator.state import THINGS, Chat, Chats, Taps
from bot.emulator.updates import Updates, first_number

RIGHTS = (
    *("send_messages", "send_audios", "send_documents", "send_photos", "send_videos", "send_video_notes"),
    *("send_voice_notes", "send_polls", "send_other_messages", "add_web_page_previews", "change_info"),
    *("invite_users", "pin_messages", "manage_topics", "edit_tag", "react_to_messages"),
)
RESTRICTED = {"is_member": True, **{f"can_{right}": False for right in RIGHTS}}
SERVICE = ("new_chat_members", "migrate_to_chat_id", "migrate_from_chat_id")


class People:
    """Everything a person can do. A private chat has its person's id; a group's is below 0."""

    def __init__(self, *, bot_name: str, username: str, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.epoch = secrets.token_hex(4)  # a page that remembers another one begins anew
        self.bot_id = bot_id
        self.profile = Profile(bot_name, username)
        self.chats = Chats()
        self.files = Files()
        self.taps_made = Taps(clock)
        self.updates = Updates(clock)
        self.webhook: Json = {}
        self.privacy = True  # in groups, a bot hears commands, mentions and replies to itself only
        # Higher after each restart: an edit meant for a message of before then finds none.
        self.message_ids = count(first_number(clock))

    def bot_as_user(self) -> Json:
        name = self.profile.text("name")
        return {"id": self.bot_id, "is_bot": True, "first_name": name, "username": self.profile.username}

    def types(
        self, chat_id: int, text: str, *, by: int | None = None, reply_to: int | None = None, **more: object
    ) -> Json:
        """A typed message; in a group, say by whom. `more` is added to the message."""
        entities = with_found(text, [])
        content = {"text": text, **({"entities": entities} if entities else {}), **more}
        return self.posts(chat_id, content, by, reply_to)

    def sends(self, chat_id: int, kind: str, *, by: int | None = None, **more: object) -> Json:
        """Something that is not words: a photo, a sticker, a voice note … `more` is added to the message."""
        return self.posts(chat_id, {**THINGS[kind], **more}, by)

    def posts(self, chat_id: int, content: Json, by: int | None = None, reply_to: int | None = None) -> Json:
        chat = self.entered(chat_id)
        message = {
            "message_id": next(self.message_ids),
            "from": self.chats[by or chat_id].person(),
            "chat": chat.as_json(),
            "date": int(self.clock()),
            **content,
        }
        if reply_to in chat.messages:
            message["reply_to_message"] = chat.messages[reply_to]
        chat.put(message)
        if chat.is_private or self.is_for_bot(message):
            self.updates.push("message", message)
        return message

    def is_for_bot(self, message: Json) -> bool:
        text = message.get("text", "")
        addressed = re.match(r"/\w+(@(\w+))?", text)
        if addressed and addressed[2]:
            return addressed[2].lower() == self.profile.username.lower()
        replied = message.get("reply_to_message", {}).get("from", {}).get("id")
        named = f"@{self.profile.username}".lower() in text.lower()
        service = any(name in message for name in SERVICE)
        return not self.privacy or service or bool(addressed) or named or replied == self.bot_id

    def edits(self, chat_id: int, message_id: int, text: str) -> Json:
        """The person changes a message of their own."""
        chat = self.entered(chat_id)
        old = chat.messages[message_id]
        if old["from"]["is_bot"] or "text" not in old:
            raise ValueError("only own typed messages can be edited")
        entities = with_found(text, [])
        kept = {name: value for name, value in old.items() if name != "entities"}
        message = {**kept, "text": text, "edit_date": int(self.clock()), **({"entities": entities} if entities else {})}
        chat.put(message)
        if chat.is_private or self.is_for_bot(message):
            self.updates.push("edited_message", message)
        return message

    def taps(self, chat_id: int, message_id: int, data: str, *, by: int | None = None) -> str:
        """A tap on a button of any message, new, old, or gone. The answer comes by the returned id."""
        chat = self.entered(chat_id)
        tap = self.taps_made.make(chat_id, message_id)
        gone = {"chat": chat.as_json(), "message_id": message_id, "date": 0}
        query = {
            "id": tap,
            "from": self.chats[by or chat_id].person(),
            "chat_instance": str(chat_id),
            "message": chat.messages.get(message_id, gone),
            "data": data,
        }
        self.updates.push("callback_query", query)
        return tap

    def entered(self, chat_id: int) -> Chat:
        chat = self.chats[chat_id]
        if chat.blocked:
            raise ValueError(f"person {chat_id} has blocked the bot: unblock it first")
        if chat.is_private:
            chat.reachable = True
        return chat

    def blocks(self, chat_id: int) -> None:
        chat = self.entered(chat_id)
        chat.blocked = True
        chat.tell("blocked", {})
        self.tell_membership(chat, chat_id, "member", "kicked")

    def unblocks(self, chat_id: int) -> None:
        chat = self.chats[chat_id]
        chat.blocked = False
        chat.tell("unblocked", {})
        self.tell_membership(chat, chat_id, "kicked", "member")

    def speaks(self, chat_id: int, language: str) -> None:
        """Sets the language of the person's app."""
        self.chats[chat_id].language = language
        self.chats[chat_id].tell("profile", {})

    def tell_everyone(self) -> None:
        """The bot has changed how it presents itself."""
        for chat in self.chats.values():
            chat.tell("profile", {})

    def tell_membership(self, chat: Chat, by: int, old: str, new: str) -> None:
        def member(status: str) -> Json:
            until = {"until_date": 0} if status in {"kicked", "restricted"} else {}
            rights = RESTRICTED if status == "restricted" else {}
            return {"user": self.bot_as_user(), "status": status, **until, **rights}

        change = {
            "chat": chat.as_json(),
            "from": self.chats[by].person(),
            "date": int(self.clock()),
            "old_chat_member": member(old),
            "new_chat_member": member(new),
        }
        self.updates.push("my_chat_member", change)

    def push_raw(self, update: Json) -> Json:
        """Any update at all, also a malformed one; it gets a number if it has none."""
        return self.updates.push_raw(update)
