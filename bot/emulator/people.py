"""The other side of the chat: what people do on their phones, as plain synchronous calls."""

import re
import secrets
import time
from collections.abc import Callable
from itertools import count

from bot.emulator.bot_profile import BotProfile
from bot.emulator.errors import Json
from bot.emulator.files import FileStore
from bot.emulator.html import add_detected_entities
from bot.emulator.state import SAMPLE_ATTACHMENTS, CallbackQueries, Chat, Chats
from bot.emulator.updates import UpdateQueue, first_id

CHAT_RIGHTS = (
    *("send_messages", "send_audios", "send_documents", "send_photos", "send_videos", "send_video_notes"),
    *("send_voice_notes", "send_polls", "send_other_messages", "add_web_page_previews", "change_info"),
    *("invite_users", "pin_messages", "manage_topics", "edit_tag", "react_to_messages"),
)
RESTRICTED_MEMBER = {"is_member": True, **{f"can_{right}": False for right in CHAT_RIGHTS}}
SERVICE_MESSAGE_FIELDS = ("new_chat_members", "migrate_to_chat_id", "migrate_from_chat_id")


class EmulatedPeople:
    """Everything a person can do. A private chat has its person's id; a group's is below 0."""

    def __init__(self, *, bot_name: str, username: str, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.epoch = secrets.token_hex(4)  # a page that remembers another one begins anew
        self.bot_id = bot_id
        self.profile = BotProfile(bot_name, username)
        self.chats = Chats()
        self.files = FileStore()
        self.callback_queries = CallbackQueries(clock)
        self.updates = UpdateQueue(clock)
        self.webhook: Json = {}
        self.has_privacy_mode = True  # in groups, a bot hears commands, mentions and replies to itself only
        # Higher after each restart: an edit meant for a message of before then finds none.
        self.message_ids = count(first_id(clock))

    def bot_user_json(self) -> Json:
        name = self.profile.find_text("name")
        return {"id": self.bot_id, "is_bot": True, "first_name": name, "username": self.profile.username}

    def type_text(
        self,
        chat_id: int,
        text: str,
        *,
        user_id: int | None = None,
        reply_to_message_id: int | None = None,
        **extra_fields: object,
    ) -> Json:
        """A typed message; in a group, say by whom. `more` is added to the message."""
        entities = add_detected_entities(text, [])
        content = {"text": text, **({"entities": entities} if entities else {}), **extra_fields}
        return self.post_message(chat_id, content, user_id, reply_to_message_id)

    def send_attachment(self, chat_id: int, kind: str, *, user_id: int | None = None, **extra_fields: object) -> Json:
        """Something that is not words: a photo, a sticker, a voice note … `more` is added to the message."""
        return self.post_message(chat_id, {**SAMPLE_ATTACHMENTS[kind], **extra_fields}, user_id)

    def post_message(
        self, chat_id: int, content: Json, user_id: int | None = None, reply_to_message_id: int | None = None
    ) -> Json:
        chat = self.enter_chat(chat_id)
        message = {
            "message_id": next(self.message_ids),
            "from": self.chats[user_id or chat_id].user_json(),
            "chat": chat.as_json(),
            "date": int(self.clock()),
            **content,
        }
        if reply_to_message_id in chat.messages:
            message["reply_to_message"] = chat.messages[reply_to_message_id]
        chat.put_message(message)
        if chat.is_private or self.is_for_bot(message):
            self.updates.push("message", message)
        return message

    def is_for_bot(self, message: Json) -> bool:
        text = message.get("text", "")
        command = re.match(r"/\w+(@(\w+))?", text)
        if command and command[2]:
            return command[2].lower() == self.profile.username.lower()
        replied_user_id = message.get("reply_to_message", {}).get("from", {}).get("id")
        is_mentioned = f"@{self.profile.username}".lower() in text.lower()
        is_service_message = any(name in message for name in SERVICE_MESSAGE_FIELDS)
        return (
            not self.has_privacy_mode
            or is_service_message
            or bool(command)
            or is_mentioned
            or replied_user_id == self.bot_id
        )

    def edit_text(self, chat_id: int, message_id: int, text: str) -> Json:
        """The person changes a message of their own."""
        chat = self.enter_chat(chat_id)
        current = chat.messages[message_id]
        if current["from"]["is_bot"] or "text" not in current:
            raise ValueError("only own typed messages can be edited")
        entities = add_detected_entities(text, [])
        unchanged = {name: value for name, value in current.items() if name != "entities"}
        message = {
            **unchanged,
            "text": text,
            "edit_date": int(self.clock()),
            **({"entities": entities} if entities else {}),
        }
        chat.put_message(message)
        if chat.is_private or self.is_for_bot(message):
            self.updates.push("edited_message", message)
        return message

    def tap_button(self, chat_id: int, message_id: int, data: str, *, user_id: int | None = None) -> str:
        """A tap on a button of any message, new, old, or gone. The answer comes by the returned id."""
        chat = self.enter_chat(chat_id)
        query_id = self.callback_queries.create(chat_id, message_id)
        missing_message = {"chat": chat.as_json(), "message_id": message_id, "date": 0}
        query = {
            "id": query_id,
            "from": self.chats[user_id or chat_id].user_json(),
            "chat_instance": str(chat_id),
            "message": chat.messages.get(message_id, missing_message),
            "data": data,
        }
        self.updates.push("callback_query", query)
        return query_id

    def enter_chat(self, chat_id: int) -> Chat:
        chat = self.chats[chat_id]
        if chat.is_blocked:
            raise ValueError(f"person {chat_id} has blocked the bot: unblock it first")
        if chat.is_private:
            chat.is_reachable = True
        return chat

    def block_bot(self, chat_id: int) -> None:
        chat = self.enter_chat(chat_id)
        chat.is_blocked = True
        chat.record_event("blocked", {})
        self.push_membership(chat, chat_id, "member", "kicked")

    def unblock_bot(self, chat_id: int) -> None:
        chat = self.chats[chat_id]
        chat.is_blocked = False
        chat.record_event("unblocked", {})
        self.push_membership(chat, chat_id, "kicked", "member")

    def set_language(self, chat_id: int, language: str) -> None:
        """Sets the language of the person's app."""
        self.chats[chat_id].language = language
        self.chats[chat_id].record_event("profile", {})

    def notify_profile_change(self) -> None:
        """The bot has changed how it presents itself."""
        for chat in self.chats.values():
            chat.record_event("profile", {})

    def push_membership(self, chat: Chat, user_id: int, old_status: str, new_status: str) -> None:
        def member_json(status: str) -> Json:
            until = {"until_date": 0} if status in {"kicked", "restricted"} else {}
            rights = RESTRICTED_MEMBER if status == "restricted" else {}
            return {"user": self.bot_user_json(), "status": status, **until, **rights}

        change = {
            "chat": chat.as_json(),
            "from": self.chats[user_id].user_json(),
            "date": int(self.clock()),
            "old_chat_member": member_json(old_status),
            "new_chat_member": member_json(new_status),
        }
        self.updates.push("my_chat_member", change)

    def push_raw(self, update: Json) -> Json:
        """Any update at all, also a malformed one; it gets a number if it has none."""
        return self.updates.push_raw(update)
