"""What people do on their phones, in private chats with the bot and in groups, as synchronous calls.

Each action changes the chat and pushes the update that Telegram would send to the bot.
"""

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

ANONYMOUS_ADMIN = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}
CHAT_RIGHTS = (
    *("send_messages", "send_audios", "send_documents", "send_photos", "send_videos", "send_video_notes"),
    *("send_voice_notes", "send_polls", "send_other_messages", "add_web_page_previews", "change_info"),
    *("invite_users", "pin_messages", "manage_topics", "edit_tag", "react_to_messages"),
)
RESTRICTED_MEMBER = {"is_member": True, **{f"can_{right}": False for right in CHAT_RIGHTS}}
SERVICE_MESSAGE_FIELDS = ("new_chat_members", "migrate_to_chat_id", "migrate_from_chat_id")


class EmulatedPeople:
    """Everything that people can do. `clock` gives seconds since 1970.

    A private chat has the id of its person. Groups have ids below 0, supergroups below -1,000,000,000,000.
    A person's action raises `ValueError` if the person has blocked the bot.
    """

    def __init__(self, *, bot_name: str, username: str, bot_id: int, clock: Callable[[], float] = time.time) -> None:
        self.clock = clock
        self.epoch = secrets.token_hex(4)  # tells a page to reload if it was connected to an earlier emulator
        self.bot_id = bot_id
        self.profile = BotProfile(bot_name, username)
        self.chats = Chats()
        self.files = FileStore()
        self.callback_queries = CallbackQueries(clock)
        self.updates = UpdateQueue(clock)
        self.webhook: Json = {}
        self.has_privacy_mode = True  # the bot gets only commands, mentions and replies from groups
        # Ids rise over restarts, so that an edit of a message from before a restart does not hit another message.
        self.message_ids = count(first_id(clock))

    def bot_user_json(self) -> Json:
        name = self.profile.find_text("name")
        return {"id": self.bot_id, "is_bot": True, "first_name": name, "username": self.profile.username}

    # Messages and taps

    def type_text(
        self,
        chat_id: int,
        text: str,
        *,
        user_id: int | None = None,
        reply_to_message_id: int | None = None,
        **extra_fields: object,
    ) -> Json:
        """Sends a typed message; groups need the `user_id` of its sender. Returns it with `extra_fields` as JSON."""
        entities = add_detected_entities(text, [])
        content = {"text": text, **({"entities": entities} if entities else {}), **extra_fields}
        return self.post_message(chat_id, content, user_id, reply_to_message_id)

    def send_attachment(self, chat_id: int, kind: str, *, user_id: int | None = None, **extra_fields: object) -> Json:
        """Sends one of `SAMPLE_ATTACHMENTS`: a photo, a sticker, a voice note. Returns the message as JSON."""
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
        """Whether the bot gets this message of a group."""
        text = message.get("text", "")
        command = re.match(r"/\w+(@(\w+))?", text)
        if command and command[2]:
            return command[2].lower() == self.profile.username.lower()
        replied_user_id = message.get("reply_to_message", {}).get("from", {}).get("id")
        is_mentioned = f"@{self.profile.username}".lower() in text.lower()
        is_service_message = any(field in message for field in SERVICE_MESSAGE_FIELDS)
        return (
            not self.has_privacy_mode
            or is_service_message
            or bool(command)
            or is_mentioned
            or replied_user_id == self.bot_id
        )

    def edit_text(self, chat_id: int, message_id: int, text: str) -> Json:
        """Changes a typed message of the person. Raises `ValueError` for any other message."""
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
        """Taps a button of a message, which may be deleted already. Returns the id of the callback query."""
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
        """The chat in which a person is about to act; from then on the bot can write to a private chat."""
        chat = self.chats[chat_id]
        if chat.is_blocked:
            raise ValueError(f"person {chat_id} has blocked the bot: unblock it first")
        if chat.is_private:
            chat.is_reachable = True
        return chat

    # Settings of a person's app

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
        """Tells all pages that the bot has changed its name, a description or its commands."""
        for chat in self.chats.values():
            chat.record_event("profile", {})

    # Groups

    def add_bot_to_group(self, group_id: int, user_id: int, title: str = "A group", start_parameter: str = "") -> None:
        """The person adds the bot to a group, with `start_parameter` through a link with `startgroup`.

        Their app then sends /start with the parameter to the group.
        """
        chat = self.chats[group_id]
        chat.title, chat.is_reachable, chat.closed_reason = title, True, ""
        self.push_membership(chat, user_id, "left", "member")
        self.post_message(group_id, {"new_chat_members": [self.bot_user_json()]}, user_id)
        if start_parameter:
            self.type_text(group_id, f"/start@{self.profile.username} {start_parameter}", user_id=user_id)

    def remove_bot_from_group(self, group_id: int, user_id: int) -> None:
        chat = self.chats[group_id]
        chat.closed_reason = f"bot was kicked from the {chat.kind} chat"
        self.push_membership(chat, user_id, "member", "kicked")

    def delete_group(self, group_id: int, user_id: int) -> None:
        chat = self.chats[group_id]
        chat.closed_reason = "the group chat was deleted"
        self.push_membership(chat, user_id, "member", "left")

    def restrict_bot(self, group_id: int, user_id: int) -> None:
        """The bot stays in the group and may not write there."""
        chat = self.chats[group_id]
        chat.forbidden_content |= {"text messages", "photos", "documents"}
        self.push_membership(chat, user_id, "member", "restricted")

    def upgrade_group(self, group_id: int, supergroup_id: int, user_id: int) -> None:
        """The group becomes a supergroup. The bot gets no update about leaving the old one, as with Telegram."""
        old, new = self.chats[group_id], self.chats[supergroup_id]
        old.supergroup_id, new.title, new.is_reachable = supergroup_id, old.title, True
        self.push_membership(new, user_id, "left", "member")
        self.post_as_group(old, {"migrate_to_chat_id": supergroup_id})
        self.post_as_group(new, {"migrate_from_chat_id": group_id})

    def post_as_group(self, chat: Chat, content: Json) -> None:
        """Posts a message in the name of the group, as anonymous admins do."""
        self.post_message(chat.id, {"from": ANONYMOUS_ADMIN, "sender_chat": chat.as_json(), **content})

    # Updates

    def push_membership(self, chat: Chat, user_id: int, old_status: str, new_status: str) -> None:
        """Pushes a change of the bot's own membership that this user has made."""

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
        """Pushes an update of any form, even a malformed one, and gives it an id if it has none."""
        return self.updates.push_raw(update)
