"""The errors that the Bot API answers with, their texts, and the limits that lead to them.

The texts are Telegram's own. They come from the source of its Bot API server and from test suites of client libraries.
"""

from typing import Any, NoReturn

Json = dict[str, Any]

MAX_TEXT_LENGTH = 4096
MAX_CAPTION_LENGTH = 1024
MAX_RAW_TEXT_LENGTH = 32_768
MAX_CALLBACK_ANSWER_LENGTH = 200
MAX_CALLBACK_DATA_BYTES = 64
MAX_BUTTONS = 100
CALLBACK_QUERY_LIFETIME_SECONDS = 150.0
UPDATE_LIFETIME_SECONDS = 86_400.0
MAX_PHOTO_BYTES = 10 * 1024 * 1024
MAX_DOCUMENT_BYTES = 50 * 1024 * 1024

CHAT_ACTIONS = {
    "typing",
    "upload_photo",
    "record_video",
    "upload_video",
    "record_voice",
    "upload_voice",
    "upload_document",
    "choose_sticker",
    "find_location",
    "record_video_note",
    "upload_video_note",
}
MESSAGE_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
CONFLICTING_POLLER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
POLL_ENDED_BY_WEBHOOK = "Conflict: terminated by setWebhook request"
WEBHOOK_ACTIVE = (
    "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
)


class BotApiError(Exception):
    """A call is refused. `code` is the HTTP status, `text` the description in the answer.

    A 429 names `retry_after` in seconds; a message to an upgraded group names the supergroup in `migrate_to_chat_id`.
    """

    def __init__(
        self, code: int, text: str, retry_after: int | None = None, migrate_to_chat_id: int | None = None
    ) -> None:
        super().__init__(text)
        self.code = code
        self.text = text
        self.retry_after = retry_after
        self.migrate_to_chat_id = migrate_to_chat_id

    def as_json(self) -> Json:
        answer: Json = {"ok": False, "error_code": self.code, "description": self.text}
        if self.retry_after is not None:
            answer["parameters"] = {"retry_after": self.retry_after}
        if self.migrate_to_chat_id is not None:
            answer["parameters"] = {"migrate_to_chat_id": self.migrate_to_chat_id}
        return answer


def raise_bad_request(text: str) -> NoReturn:
    raise BotApiError(400, f"Bad Request: {text}")


def raise_forbidden(text: str) -> NoReturn:
    raise BotApiError(403, f"Forbidden: {text}")


def utf16_length(text: str) -> int:
    """The length in UTF-16 code units, in which Telegram counts offsets, lengths and limits."""
    return len(text) if text.isascii() else len(text) + sum(character > "\uffff" for character in text)
