"""The emulator's state: chats with their messages and events, open callback queries, and sample attachments.

All of it is kept in memory for as long as the emulator exists.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

from bot.emulator.errors import (
    CALLBACK_QUERY_LIFETIME_SECONDS,
    QUERY_TOO_OLD,
    BotApiError,
    Json,
    raise_bad_request,
    raise_forbidden,
)

GROUP_UPGRADED = "Bad Request: group chat was upgraded to a supergroup chat"
SUPERGROUP_ID_LIMIT = -1_000_000_000_000  # supergroups have lower ids, basic groups higher ones
# Made-up messages without text that a person can send, in the form that Telegram gives them.
FILE_FIELDS = {"file_id": "preview-thing", "file_unique_id": "preview-thing", "file_size": 1000}
SAMPLE_ATTACHMENTS: dict[str, Json] = {
    "photo": {"photo": [{**FILE_FIELDS, "width": 320, "height": 240}]},
    "sticker": {
        "sticker": {
            **FILE_FIELDS,
            "type": "regular",
            "width": 512,
            "height": 512,
            "is_animated": False,
            "is_video": False,
            "emoji": "👍",
        }
    },
    "voice": {"voice": {**FILE_FIELDS, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {"audio": {**FILE_FIELDS, "duration": 3, "mime_type": "audio/mpeg"}},
    "video": {"video": {**FILE_FIELDS, "duration": 3, "width": 320, "height": 240}},
    "video_note": {"video_note": {**FILE_FIELDS, "duration": 3, "length": 240}},
    "animation": {"animation": {**FILE_FIELDS, "duration": 3, "width": 320, "height": 240}},
    "document": {"document": {**FILE_FIELDS, "file_name": "letter.pdf", "mime_type": "application/pdf"}},
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

EventListener = Callable[["ChatEvent"], None]


@dataclass(slots=True, frozen=True)
class ChatEvent:
    """A change that a phone has to show: a message, an edit, a deletion, an answer to a tap, and so on.

    `number` counts the events of a chat from 1. `content` depends on the `kind`, for example the message as JSON.
    """

    number: int
    kind: str
    content: Json


@dataclass(slots=True)
class Chat:
    """A private chat (id above 0) or a group, as the bot knows it.

    The bot can write to a chat once it `is_reachable`: its person has written to the bot, or the bot has joined.
    `messages` has the current messages by id. They are replaced, never changed in place, because `events` share them.
    """

    id: int
    title: str = ""
    first_name: str = ""
    language: str = "en"
    is_blocked: bool = False
    is_reachable: bool = False
    closed_reason: str = ""
    supergroup_id: int = 0
    forbidden_content: set[str] = field(default_factory=set)
    topic_ids: set[int] = field(default_factory=set)
    messages: dict[int, Json] = field(default_factory=dict)
    events: list[ChatEvent] = field(default_factory=list)
    listeners: set[EventListener] = field(default_factory=set)

    @property
    def is_private(self) -> bool:
        return self.id > 0

    @property
    def kind(self) -> str:
        return "private" if self.is_private else "supergroup" if self.id < SUPERGROUP_ID_LIMIT else "group"

    def as_json(self) -> Json:
        name = {"first_name": self.first_name} if self.is_private else {"title": self.title}
        return {"id": self.id, "type": self.kind, **name}

    def user_json(self) -> Json:
        """The person of a private chat, as the sender of a message."""
        return {"id": self.id, "is_bot": False, "first_name": self.first_name, "language_code": self.language}

    def check_writable(self) -> None:
        """Raises `BotApiError` if the bot cannot write here."""
        if not self.is_reachable:
            raise_bad_request("chat not found")
        if self.is_blocked:
            raise_forbidden("bot was blocked by the user")
        if self.closed_reason:
            raise_forbidden(self.closed_reason)
        if self.supergroup_id:
            raise BotApiError(400, GROUP_UPGRADED, migrate_to_chat_id=self.supergroup_id)

    def check_rights(self, kind: str) -> None:
        """Raises `BotApiError` if the bot may not send this, for example "photos"."""
        if kind in self.forbidden_content:
            raise_bad_request(f"not enough rights to send {kind} to the chat")

    def check_topic(self, topic_id: int) -> None:
        """Raises `BotApiError` if the chat does not have this topic; 0 means no topic."""
        if topic_id and topic_id not in self.topic_ids:
            raise_bad_request("message thread not found")

    def record_event(self, kind: str, content: Json) -> ChatEvent:
        event = ChatEvent(len(self.events) + 1, kind, content)
        self.events.append(event)
        for listener in tuple(self.listeners):
            listener(event)
        return event

    def put_message(self, message: Json) -> Json:
        """Adds the message, or replaces the one with the same id."""
        is_edit = message["message_id"] in self.messages
        self.messages[message["message_id"]] = message
        self.record_event("edit" if is_edit else "message", message)
        return message

    def remove_message(self, message_id: int) -> None:
        del self.messages[message_id]
        self.record_event("delete", {"message_id": message_id})


class Chats(dict[int, Chat]):
    """All chats by id. Access to an unknown id creates the chat."""

    def __missing__(self, chat_id: int) -> Chat:
        chat = self[chat_id] = Chat(chat_id, first_name=f"Person {chat_id}" if chat_id > 0 else "")
        return chat

    def find_for_bot(self, chat_id: object) -> Chat:
        """The chat with the id in a call of the bot. Raises `BotApiError` unless the bot has met it."""
        if chat_id in (None, ""):
            raise_bad_request("chat_id is empty")
        try:
            chat = self.get(int(str(chat_id)))
        except ValueError:
            chat = None
        if chat is None or not chat.is_reachable:
            raise_bad_request("chat not found")
        return chat


@dataclass(slots=True, frozen=True)
class CallbackQuery:
    """A tap on a button of a message. `created_at` is in seconds since 1970."""

    chat_id: int
    message_id: int
    created_at: float


class CallbackQueries:
    """The taps that the bot has not answered, oldest first. Each can be answered once, for a limited time."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.clock = clock
        self.open_queries: OrderedDict[str, CallbackQuery] = OrderedDict()

    def create(self, chat_id: int, message_id: int) -> str:
        """Opens a query and returns its id."""
        self.drop_expired()
        query_id = str(secrets.randbits(62))
        self.open_queries[query_id] = CallbackQuery(chat_id, message_id, self.clock())
        return query_id

    def drop_expired(self) -> None:
        oldest_valid = self.clock() - CALLBACK_QUERY_LIFETIME_SECONDS
        while self.open_queries and next(iter(self.open_queries.values())).created_at < oldest_valid:
            self.open_queries.popitem(last=False)

    def answer(self, query_id: str) -> CallbackQuery:
        """Closes the query. Raises `BotApiError` if it is unknown, answered or too old."""
        self.drop_expired()
        query = self.open_queries.pop(query_id, None)
        if query is None:
            raise_bad_request(QUERY_TOO_OLD)
        return query
