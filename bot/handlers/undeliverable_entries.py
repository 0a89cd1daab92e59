"""Outbox entries that cannot be delivered, in private chats and groups: what becomes of the entry and its chat.

The sender (bot/delivery) calls these, each in a transaction of its own.
"""

from telegram.error import ChatMigrated, Forbidden

from bot.handlers.groups import migrate_group
from bot.telegram.api import ChatUnavailableError
from storage.conversations.chats import delete_idle_chat, lock_chat
from storage.conversations.groups import clear_last_answer, find_group, handle_removal, lock_chats
from storage.conversations.outbox import OutboxEntry, delete_entry, mark_chat_blocked
from storage.db.database import Database


def handle_unavailable_chat(database: Database, entry: OutboxEntry, error: ChatUnavailableError) -> None:
    """Telegram refused an entry for its chat. A group that moved gets its entries in the new chat, one that removed the
    bot is deleted, and any other chat is marked as blocked.
    """
    cause = error.__cause__
    if isinstance(cause, ChatMigrated):
        with database.transaction() as session:
            lock_chats(session, entry.chat_id, cause.new_chat_id)
            migrate_group(session, entry.chat_id, cause.new_chat_id)
    elif isinstance(cause, Forbidden) and entry.chat_id < 0:
        with database.transaction() as session:
            handle_removal(session, entry.chat_id, entry.id)
    else:
        mark_chat_blocked(database, entry)
        _forget_results_notice(database, entry.chat_id)


def drop_entry(database: Database, chat_id: int, entry_id: int) -> None:
    """Deletes an entry that cannot be sent, so that it does not hold up the next ones."""
    delete_entry(database, entry_id)
    _forget_results_notice(database, chat_id)


def _forget_results_notice(database: Database, chat_id: int) -> None:
    """Forgets that a group was just shown results, so that the next request is not referred to a message above."""
    if chat_id < 0:
        with database.transaction() as session:
            lock_chat(session, chat_id)
            clear_last_answer(session, chat_id)
            if find_group(session, chat_id) is None:
                delete_idle_chat(session, chat_id)
