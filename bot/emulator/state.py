"""Chats: who is in them, what stands in them, and everything that happened, in order."""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.emulator.errors import QUERY_TOO_OLD, TAP_LIVES, Json, Refused, bad_request, forbidden

Listener = Callable[["Happening"], None]
MOVED = "Bad Request: group chat was upgraded to a supergroup chat"
SUPERGROUPS_BELOW = -1_000_000_000_000


@dataclass(slots=True, frozen=True)
class Happening:
    """One thing that a phone has to show: a message, an edit, a deletion, an answer to a tap …"""

    number: int
    kind: str
    content: Json


@dataclass(slots=True)
class Chat:
    """A private chat (id above 0) or a group. Messages are replaced, never changed in place."""

    id: int
    title: str = ""
    first_name: str = ""
    language: str = "en"
    blocked: bool = False
    reachable: bool = False
    gone: str = ""
    moved_to: int = 0
    forbidden: set[str] = field(default_factory=set)
    topics: set[int] = field(default_factory=set)
    messages: dict[int, Json] = field(default_factory=dict)
    happenings: list[Happening] = field(default_factory=list)
    listeners: set[Listener] = field(default_factory=set)

    @property
    def is_private(self) -> bool:
        return self.id > 0

    @property
    def kind(self) -> str:
        return "private" if self.is_private else "supergroup" if self.id < SUPERGROUPS_BELOW else "group"

    def as_json(self) -> Json:
        name = {"first_name": self.first_name} if self.is_private else {"title": self.title}
        return {"id": self.id, "type": self.kind, **name}

    def person(self) -> Json:
        """The person of a private chat, as a message's sender."""
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language}

    def check_open(self) -> None:
        """Whether the bot can write here."""
        if not self.reachable:
            bad_request("chat not found")
        if self.blocked:
            forbidden("bot was blocked by the user")
        if self.gone:
            forbidden(self.gone)
        if self.moved_to:
            raise Refused(400, MOVED, migrate_to=self.moved_to)

    def check_rights(self, kind: str) -> None:
        """Whether the bot may send what is called so here."""
        if kind in self.forbidden:
            bad_request(f"not enough rights to send {kind} to the chat")

    def check_topic(self, topic: int) -> None:
        """Whether a message may be sent to this topic; 0: to none."""
        if topic and topic not in self.topics:
            bad_request("message thread not found")

    def tell(self, kind: str, content: Json) -> Happening:
        happening = Happening(len(self.happenings) + 1, kind, content)
        self.happenings.append(happening)
        for listener in tuple(self.listeners):
            listener(happening)
        return happening

    def put(self, message: Json) -> Json:
        known = message["message_id"] in self.messages
        self.messages[message["message_id"]] = message
        self.tell("edit" if known else "message", message)
        return message

    def remove(self, message_id: int) -> None:
        del self.messages[message_id]
        self.tell("delete", {"message_id": message_id})


class Chats(dict[int, Chat]):
    """All chats; a person's chat is there as soon as somebody looks at it."""

    def __missing__(self, chat_id: int) -> Chat:
        chat = self[chat_id] = Chat(chat_id, first_name=f"Person {chat_id}" if chat_id > 0 else "")
        return chat

    def for_bot(self, chat_id: object) -> Chat:
        """The chat that the bot names, as far as the bot can know of it."""
        if chat_id in (None, ""):
            bad_request("chat_id is empty")
        try:
            chat = self.get(int(str(chat_id)))
        except ValueError:
            chat = None
        if chat is None or not chat.reachable:
            bad_request("chat not found")
        return chat


# @@DOC What people can send that is not words: made up, in the shape that Telegram gives it.
TINY = {"file_id": "preview-thing", "file_unique_id": "preview-thing", "file_size": 1000}
THINGS: dict[str, Json] = {
    "photo": {"photo": [{**TINY, "width": 320, "height": 240}]},
    "sticker": {
        "sticker": {
            **TINY,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        }
    },
    "voice": {"voice": {**TINY, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {"audio": {**TINY, "duration": 3, "mime_type": "audio/mpeg"}},
    "video": {"video": {**TINY, "duration": 3, "width": 320, "height": 240}},
    "video_note": {"video_note": {**TINY, "duration": 3, "length": 240}},
    "animation": {"animation": {**TINY, "duration": 3, "width": 320, "height": 240}},
    "document": {"document": {**TINY, "file_name": "letter.pdf", "mime_type": "application/pdf"}},
    "location": {"location": {"latitude": 53.23, "longitude": -4.13}},
    "contact": {"contact": {"phone_number": "+441632960000", "first_name": "Sam"}},
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
    "poll": {
        "poll": {
            "id": "1",
            "question": "Which day?",
            "options": [
                {"text": "Monday", "voter_count": 0, "persistent_id": "1"},
                {"text": "Friday", "voter_count": 0, "persistent_id": "2"},
            ],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": True,
            "members_only": False,
        }
    },
}


# @@DOC Taps on buttons: each can be answered once, and not for ever.
@dataclass(slots=True, frozen=True)
class Tap:
    chat_id: int
    message_id: int
    at: float


class Taps:
    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.open: OrderedDict[str, Tap] = OrderedDict()

    def make(self, chat_id: int, message_id: int) -> str:
        self.forget_old()
        tap_id = str(secrets.randbits(62))
        self.open[tap_id] = Tap(chat_id, message_id, self.clock())
        return tap_id

    def forget_old(self) -> None:
        oldest = self.clock() - TAP_LIVES
        while self.open and next(iter(self.open.values())).at < oldest:
            self.open.popitem(last=False)

    def answer(self, tap_id: str) -> Tap:
        self.forget_old()
        tap = self.open.pop(tap_id, None)
        if tap is None:
            bad_request(QUERY_TOO_OLD)
        return tap
