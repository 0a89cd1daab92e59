"""What becomes of the bot in groups, and of groups: whoever is in one is a person all the same."""

from bot.emulator.people import EmulatedPeople
from bot.emulator.state import Chat

ANONYMOUS_ADMIN = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


class EmulatedGroups(EmulatedPeople):
    """Groups have numbers below 0; supergroups below -1,000,000,000,000."""

    def add_bot_to_group(self, group_id: int, user_id: int, title: str = "A group", start_parameter: str = "") -> None:
        """`code`: by a link with `startgroup`. The app of whoever adds the bot then sends /start with it."""
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
        """The bot may stay, and write nothing."""
        chat = self.chats[group_id]
        chat.forbidden_content |= {"text messages", "photos", "documents"}
        self.push_membership(chat, user_id, "member", "restricted")

    def upgrade_group(self, group_id: int, supergroup_id: int, user_id: int) -> None:
        """The group becomes a supergroup. The bot joins that one, and is not told that it left the other."""
        old, new = self.chats[group_id], self.chats[supergroup_id]
        old.supergroup_id, new.title, new.is_reachable = supergroup_id, old.title, True
        self.push_membership(new, user_id, "left", "member")
        self.post_as_group(old, {"migrate_to_chat_id": supergroup_id})
        self.post_as_group(new, {"migrate_from_chat_id": group_id})

    def post_as_group(self, chat: Chat, content: dict[str, object]) -> None:
        """By the group itself, as admins can who write unnamed."""
        self.post_message(chat.id, {"from": ANONYMOUS_ADMIN, "sender_chat": chat.as_json(), **content})
