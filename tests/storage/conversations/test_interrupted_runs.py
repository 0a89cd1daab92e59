"""Which chats get their prompt repeated after downtime: those with an open question that were active just before."""

from sqlalchemy import delete

from bot.handlers.turn import take_update
from bot.telegram.updates import IncomingUpdate
from flows.models import Command
from storage.conversations.runs import find_active_chats
from storage.db.database import Database
from storage.db.schema import runs
from tests.support.raw_sql import execute_sql
from tests.support.stored_chat import NOW, StoredChat

SINCE, UNTIL = 1_000, 2_000


def start_chat_last_active(database: Database, chat_id: int, seen_at: int) -> StoredChat:
    """A chat with an open question that was last active at this time."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.send_reply(Command("start"))
    stored_chat.send_reply(stored_chat.make_next_reply())
    execute_sql(database, "update runs set seen_at = ? where chat_id = ?", seen_at, chat_id)
    return stored_chat


def test_chats_active_in_the_period_are_found_latest_first(database: Database) -> None:
    for chat, seen_at in ((1, SINCE - 1), (2, SINCE), (3, 1_500), (4, UNTIL), (5, UNTIL + 1)):
        start_chat_last_active(database, chat, seen_at)
    assert find_active_chats(database, SINCE, UNTIL) == [4, 3, 2]


def test_a_stopped_run_is_not_found(database: Database) -> None:
    stored_chat = start_chat_last_active(database, 1, 1_500)
    stored_chat.send_reply(stored_chat.make_tap("stop"))
    execute_sql(database, "update runs set seen_at = 1500")
    assert find_active_chats(database, SINCE, UNTIL) == []
    stored_chat.send_reply(Command("start"))
    execute_sql(database, "update runs set seen_at = 1500")
    assert find_active_chats(database, SINCE, UNTIL) == [1], "after returning, the chat counts"


def test_a_chat_that_blocked_the_bot_is_not_found(database: Database) -> None:
    start_chat_last_active(database, 1, 1_500)
    start_chat_last_active(database, 2, 1_500)
    take_update(database, IncomingUpdate(76, 1, "blocked"), NOW)
    take_update(database, IncomingUpdate(77, 2, "blocked"), NOW)
    assert find_active_chats(database, SINCE, UNTIL) == []


def test_a_submitted_run_is_not_found(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert find_active_chats(database, 0, 2**40) == []


def test_a_chat_without_a_run_is_not_found(database: Database) -> None:
    StoredChat(database, 1).send_reply(Command("help"))
    assert find_active_chats(database, 0, 2**40) == []
    start_chat_last_active(database, 2, 1_500)
    with database.transaction() as session:
        session.execute(delete(runs))
    assert find_active_chats(database, 0, 2**40) == []
