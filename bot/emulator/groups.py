"""What becomes of the bot in groups, and of groups: whoever is in one is a person all the same."""

from bot.emulator.people import People
from bot.emulator.state import Chat

ANONYMOUS = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group", "username": "GroupAnonymousBot"}


class Groups(People):
    """Groups have numbers below 0; supergroups below -1,000,000,000,000."""

    def adds_to_group(self, group_id: int, by: int, title: str = "A group", code: str = "") -> None:
        """`code`: by a link with `startgroup`. The app of whoever adds the bot then sends /start with it."""
        chat = self.chats[group_id]
        chat.title, chat.reachable, chat.gone = title, True, ""
        self.tell_membership(chat, by, "left", "member")
        self.posts(group_id, {"new_chat_members": [self.bot_as_user()]}, by)
        if code:
            self.types(group_id, f"/start@{self.profile.username} {code}", by=by)

    def removes_from_group(self, group_id: int, by: int) -> None:
        chat = self.chats[group_id]
        chat.gone = f"bot was kicked from the {chat.kind} chat"
        self.tell_membership(chat, by, "member", "kicked")

    def deletes_group(self, group_id: int, by: int) -> None:
        chat = self.chats[group_id]
        chat.gone = "the group chat was deleted"
        self.tell_membership(chat, by, "member", "left")

    def restricts(self, group_id: int, by: int) -> None:
        """The bot may stay, and write nothing."""
        chat = self.chats[group_id]
        chat.forbidden |= {"text messages", "photos", "documents"}
        self.tell_membership(chat, by, "member", "restricted")

    def upgrades(self, group_id: int, to: int, by: int) -> None:
        """The group becomes a supergroup. The bot joins that one, and is not told that it left the other."""
        old, new = self.chats[group_id], self.chats[to]
        old.moved_to, new.title, new.reachable = to, old.title, True
        self.tell_membership(new, by, "left", "member")
        self.posts_unnamed(old, {"migrate_to_chat_id": to})
        self.posts_unnamed(new, {"migrate_from_chat_id": group_id})

    def posts_unnamed(self, chat: Chat, content: dict[str, object]) -> None:
        """By the group itself, as admins can who write unnamed."""
        self.posts(chat.id, {"from": ANONYMOUS, "sender_chat": chat.as_json(), **content})
