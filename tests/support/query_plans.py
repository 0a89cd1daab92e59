"""The tables that grow, and a run that uses all statements."""

from flows.models import Command
from storage.conversations.outbox import load_next_entry
from storage.db.database import Database
from tests.support.stored_chat import StoredChat

GROWING_TABLES = {
    *("answers", "audit_log", "chats", "comments", "dead_letters", "drop_offs", "groups", "outbox_entries"),
    *("participations", "pending_parts", "processed_updates", "released_responses", "releases", "runs"),
    "withdrawn_responses",
}


def walk_to_the_end(database: Database, chat_id: int) -> StoredChat:
    """Somebody walks to the end, with all that one may do on the way; is told all of it; and sends."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.send_reply(Command("start", "clinic"))
    stored_chat.walk_to_review("They rang back.")
    stored_chat.send_reply(Command("stop"))
    for command in ("start", "help", "about", "mydata", "results"):
        stored_chat.send_reply(Command(command))
    stored_chat.walk_to_review("They rang back, and a nurse came.")
    stored_chat.submit(f"receipt of {chat_id}")
    assert load_next_entry(database, chat_id) is None
    return stored_chat
