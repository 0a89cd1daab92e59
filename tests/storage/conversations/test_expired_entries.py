"""Outbox entries that could not be sent in time are deleted, as they may contain answers; the person is informed."""

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

OLD_SECONDS = 1_000_000  # since 1970


def make_overdue(database: Database) -> int:
    """Makes all entries overdue; returns the time in seconds before which they count as overdue."""
    execute_sql(database, "update outbox_entries set created_at = ?", OLD_SECONDS)
    return OLD_SECONDS + 1


def test_an_expired_entry_is_deleted_and_the_open_prompt_repeated(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    stored_chat.take_reply(Command("mydata"), 1_000)
    expire_entries(database, CHAT_ID, make_overdue(database))
    [_, event] = stored_chat.deliver_entries()
    assert isinstance(event, ReviewReached)
    assert event.notice == "after_downtime"
    stored_chat.submit()


def test_an_expired_result_is_deleted_and_reported(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    stored_chat.take_reply(stored_chat.make_tap("send", "receipt"), 1_000)
    before = make_overdue(database)
    assert find_overdue_chats(database, before) == [CHAT_ID]
    expire_entries(database, CHAT_ID, before)
    assert stored_chat.deliver_entries() == [NoticeShown("result_erased")]
    assert len(load_choices(database)) == 1, "the submitted response is kept"


def test_an_expired_result_is_reported_before_a_repeated_prompt_of_a_new_run(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    stored_chat.take_reply(stored_chat.make_tap("send", "receipt"), 1_000)
    stored_chat.take_reply(Command("start"), 1_001)
    expire_entries(database, CHAT_ID, make_overdue(database))
    notice, _, event = stored_chat.deliver_entries()
    assert notice == NoticeShown("result_erased")
    assert getattr(event, "notice", None) == "after_downtime"


def test_an_expired_result_next_to_an_unreadable_entry_is_reported(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    stored_chat.take_reply(Command("help"), 1_000)
    execute_sql(database, "update outbox_entries set content = ?", b"damaged")
    stored_chat.take_reply(stored_chat.make_tap("send", "receipt"), 1_001)
    expire_entries(database, CHAT_ID, make_overdue(database))
    assert stored_chat.deliver_entries() == [NoticeShown("result_erased")]


def test_entries_that_are_not_overdue_are_sent_before_the_notice(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.take_reply(Command("help"), 1)
    before = make_overdue(database)
    stored_chat.take_reply(Command("about"), 2)
    stored_chat.take_reply(Command("kept"), 3)
    expire_entries(database, CHAT_ID, before)
    assert [event.topic for event in stored_chat.deliver_entries() if isinstance(event, NoticeShown)] == [
        "about",
        "kept",
        "too_late",
    ]


def test_the_notice_itself_never_expires(database: Database) -> None:
    StoredChat(database).take_reply(Command("help"), 1)
    expire_entries(database, CHAT_ID, make_overdue(database))
    assert find_overdue_chats(database, make_overdue(database)) == []
    assert find_waiting_chats(database, limit=9, is_broadcast=True) == [CHAT_ID]
    assert measure_backlog(database) == (1, 0)


def test_expiring_entries_of_one_chat_keeps_those_of_others(database: Database) -> None:
    for chat in (1, 2):
        StoredChat(database, chat).take_reply(Command("help"), chat)
    expire_entries(database, 1, make_overdue(database))
    assert [event.topic for event in StoredChat(database, 2).deliver_entries() if isinstance(event, NoticeShown)] == [
        "help"
    ]


def test_a_stopped_run_gets_a_notice_and_stays_stopped(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    stored_chat.take_reply(stored_chat.make_tap("stop"), 1_000)
    expire_entries(database, CHAT_ID, make_overdue(database))
    assert stored_chat.deliver_entries() == [NoticeShown("too_late")]
    assert fetch_rows(database, "select step from runs") == [("stopped",)]


def test_an_unreadable_run_gets_a_notice_and_is_not_changed(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    stored_chat.take_reply(Command("help"), 1_000)
    execute_sql(database, "update runs set pending_text = ?", b"damaged")
    expire_entries(database, CHAT_ID, make_overdue(database))
    assert stored_chat.deliver_entries() == [NoticeShown("too_late")]
    assert fetch_rows(database, "select step from runs") == [("role",)]


def test_an_expired_entry_of_a_group_is_deleted_without_a_notice(database: Database) -> None:
    """An answer to an hour-old request is no longer needed there."""
    help_command = GroupCommand("help", "", 0)
    assert take_update(database, IncomingUpdate(1_000, -CHAT_ID, help_command, "en"), NOW) is not None
    before = make_overdue(database)
    assert find_overdue_chats(database, before) == [-CHAT_ID]
    expire_entries(database, -CHAT_ID, before)
    assert fetch_rows(database, "select * from outbox_entries") == []
    assert fetch_rows(database, "select chat_id, campaign from groups") == [(-CHAT_ID, "general")]
