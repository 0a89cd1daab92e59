"""Who is asked again after an outage: whoever was in the middle when the bot went away, and nobody else."""

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


def heard_of(database: Database, chat_id: int, at: int) -> StoredChat:
    """Somebody with a question open who was last heard of then."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.send_reply(Command("start"))
    stored_chat.send_reply(stored_chat.make_next_reply())
    execute_sql(database, "update runs set seen_at = ? where chat_id = ?", at, chat_id)
    return stored_chat


def test_whoever_was_heard_of_between_these_moments_is_in_the_middle_the_latest_first(database: Database) -> None:
    for chat, at in ((1, SINCE - 1), (2, SINCE), (3, 1_500), (4, UNTIL), (5, UNTIL + 1)):
        heard_of(database, chat, at)
    assert find_active_chats(database, SINCE, UNTIL) == [4, 3, 2]


def test_who_has_stopped_is_not(database: Database) -> None:
    stored_chat = heard_of(database, 1, 1_500)
    stored_chat.send_reply(stored_chat.make_tap("stop"))
    execute_sql(database, "update runs set seen_at = 1500")
    assert find_active_chats(database, SINCE, UNTIL) == []
    stored_chat.send_reply(Command("start"))
    execute_sql(database, "update runs set seen_at = 1500")
    assert find_active_chats(database, SINCE, UNTIL) == [1], "who has come back is"


def test_who_has_blocked_the_bot_is_not(database: Database) -> None:
    heard_of(database, 1, 1_500)
    heard_of(database, 2, 1_500)
    take_update(database, IncomingUpdate(76, 1, "blocked"), NOW)
    take_update(database, IncomingUpdate(77, 2, "blocked"), NOW)
    assert find_active_chats(database, SINCE, UNTIL) == []


def test_who_has_sent_is_not(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert find_active_chats(database, 0, 2**40) == []


def test_who_has_never_begun_is_not(database: Database) -> None:
    StoredChat(database, 1).send_reply(Command("help"))
    assert find_active_chats(database, 0, 2**40) == []
    heard_of(database, 2, 1_500)
    with database.transaction() as session:
        session.execute(delete(runs))
    assert find_active_chats(database, 0, 2**40) == []
