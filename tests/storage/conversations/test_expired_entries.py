"""What could not be said in time is erased: it may carry answers. The person hears something instead."""

from bot.handlers.turn import take_update
from bot.jobs.outages import expire_entries
from bot.telegram.updates import GroupCommand, IncomingUpdate
from flows.events import NoticeShown
from flows.events.prompts import ReviewReached
from flows.models import Command
from storage.conversations.outbox_backlog import find_overdue_chats, find_waiting_chats, measure_backlog
from storage.db.database import Database
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_chat import CHAT_ID, NOW, StoredChat, start_chat_at
from tests.support.stored_responses import load_choices

OLD = 1_000_000  # a moment long ago, as seconds since 1970


def old(database: Database) -> int:
    """All that waits has waited too long. Gives the moment before which it was left."""
    execute_sql(database, "update outbox_entries set created_at = ?", OLD)
    return OLD + 1


def test_what_carried_answers_is_erased_and_the_open_question_is_asked_again(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    stored_chat.take_reply(Command("mydata"), 1_000)
    expire_entries(database, CHAT_ID, old(database))
    [_, asked] = stored_chat.deliver_entries()
    assert isinstance(asked, ReviewReached)
    assert asked.notice == "after_downtime"
    stored_chat.submit()


def test_a_result_that_could_not_be_told_leaves_a_word_and_no_answers(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    stored_chat.take_reply(stored_chat.make_tap("send", "receipt"), 1_000)
    before = old(database)
    assert find_overdue_chats(database, before) == [CHAT_ID]
    expire_entries(database, CHAT_ID, before)
    assert stored_chat.deliver_entries() == [NoticeShown("result_erased")]
    assert len(load_choices(database)) == 1, "what was sent stays sent"


def test_a_lost_result_is_told_of_also_where_a_new_run_is_asked_again(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    stored_chat.take_reply(stored_chat.make_tap("send", "receipt"), 1_000)
    stored_chat.take_reply(Command("start"), 1_001)
    expire_entries(database, CHAT_ID, old(database))
    told, _, asked = stored_chat.deliver_entries()
    assert told == NoticeShown("result_erased")
    assert getattr(asked, "notice", None) == "after_downtime"


def test_a_result_beside_what_cannot_be_read_is_told_of(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    stored_chat.take_reply(Command("help"), 1_000)
    execute_sql(database, "update outbox_entries set content = ?", b"damaged")
    stored_chat.take_reply(stored_chat.make_tap("send", "receipt"), 1_001)
    expire_entries(database, CHAT_ID, old(database))
    assert stored_chat.deliver_entries() == [NoticeShown("result_erased")]


def test_what_is_younger_is_said_first_and_in_order(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.take_reply(Command("help"), 1)
    before = old(database)
    stored_chat.take_reply(Command("about"), 2)
    stored_chat.take_reply(Command("kept"), 3)
    expire_entries(database, CHAT_ID, before)
    assert [event.topic for event in stored_chat.deliver_entries() if isinstance(event, NoticeShown)] == [
        "about",
        "kept",
        "too_late",
    ]


def test_the_word_about_it_waits_without_a_limit_and_is_not_left_again(database: Database) -> None:
    StoredChat(database).take_reply(Command("help"), 1)
    expire_entries(database, CHAT_ID, old(database))
    assert find_overdue_chats(database, old(database)) == []
    assert find_waiting_chats(database, limit=9, is_broadcast=True) == [CHAT_ID]
    assert measure_backlog(database) == (1, 0)


def test_expiring_one_chat_leaves_the_others_alone(database: Database) -> None:
    for chat in (1, 2):
        StoredChat(database, chat).take_reply(Command("help"), chat)
    expire_entries(database, 1, old(database))
    assert [event.topic for event in StoredChat(database, 2).deliver_entries() if isinstance(event, NoticeShown)] == [
        "help"
    ]


def test_a_run_that_is_stopped_is_left_stopped(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    stored_chat.take_reply(stored_chat.make_tap("stop"), 1_000)
    expire_entries(database, CHAT_ID, old(database))
    assert stored_chat.deliver_entries() == [NoticeShown("too_late")]
    assert fetch_rows(database, "select step from runs") == [("stopped",)]


def test_a_run_that_cannot_be_read_is_told_of_and_left_for_the_next_reply(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    stored_chat.take_reply(Command("help"), 1_000)
    execute_sql(database, "update runs set pending_text = ?", b"damaged")
    expire_entries(database, CHAT_ID, old(database))
    assert stored_chat.deliver_entries() == [NoticeShown("too_late")]
    assert fetch_rows(database, "select step from runs") == [("role",)]


def test_in_a_group_nothing_is_made_up_for(database: Database) -> None:
    """What was asked there an hour ago is asked again, if anybody still wants to know."""
    greeted = GroupCommand("help", "", 0)
    assert take_update(database, IncomingUpdate(1_000, -CHAT_ID, greeted, "en"), NOW) is not None
    before = old(database)
    assert find_overdue_chats(database, before) == [-CHAT_ID]
    expire_entries(database, -CHAT_ID, before)
    assert fetch_rows(database, "select * from outbox_entries") == []
    assert fetch_rows(database, "select chat_id, campaign from groups") == [(-CHAT_ID, "general")]
