"""What is to be said: in which order it waits, what is erased when its time is over, what another version left."""

import asyncio
import json
from collections.abc import Callable

import pytest

from flows.events import NoticeShown
from flows.models import Command
from storage.conversations.outbox import (
    OpenedPrompt,
    OutboxContent,
    acknowledge,
    add_entry,
    delete_entry,
    find_entry_if_next,
    load_next_entry,
    mark_chat_blocked,
)
from storage.conversations.outbox_backlog import delete_overdue, find_overdue_chats, find_waiting_chats, measure_backlog
from storage.db.database import Database
from storage.errors import UnreadableEntryError
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_chat import StoredChat


def left(database: Database, chat_id: int, topic: str = "help", *, at: int | None = None, bulk: bool = False) -> None:
    """Leaves a saying; `at`: as if at that moment."""
    with database.transaction() as session:
        add_entry(
            session, chat_id, OutboxContent("", "connection_test", "en", (NoticeShown(topic),)), is_broadcast=bulk
        )
    if at is not None:
        execute_sql(
            database, "update outbox_entries set created_at = ? where id = (select max(id) from outbox_entries)", at
        )


def topics(database: Database, chat_id: int) -> list[str]:
    said = []
    while due := load_next_entry(database, chat_id):
        said += [event.topic for event in due.content.events if isinstance(event, NoticeShown)]
        acknowledge(database, due, None, None)
    return said


def test_a_chat_s_sayings_are_due_in_the_order_in_which_they_were_left(database: Database) -> None:
    for topic in ("one", "two", "three"):
        left(database, 7, topic, bulk=topic == "two")
    assert topics(database, 7) == ["one", "two", "three"]


async def test_what_is_due_in_many_chats_is_read_and_struck_off_in_one_group(database: Database) -> None:
    for chat in (1, 2, 3):
        left(database, chat, f"for {chat}")
    due = await asyncio.gather(*(database.run_grouped(load_next_entry, chat) for chat in (1, 2, 3)))
    assert [entry and entry.chat_id for entry in due] == [1, 2, 3]
    struck = await asyncio.gather(*(database.run_grouped(acknowledge, entry, None, None) for entry in [*due, due[0]]))
    assert struck == [*due, None], "what is struck off already is undone alone"
    assert fetch_rows(database, "select * from outbox_entries") == []


def test_what_is_left_of_a_saying_keeps_its_turn(database: Database) -> None:
    left(database, 7, "one")
    left(database, 7, "two")
    due = load_next_entry(database, 7)
    assert due
    acknowledge(
        database, due, OutboxContent("", "connection_test", "en", (NoticeShown("rest"),)), OpenedPrompt(12, 3, 0)
    )
    assert topics(database, 7) == ["rest", "two"]


def test_the_longest_waiting_chats_come_first_each_once(database: Database) -> None:
    for chat in (3, 1, 2, 3, 1):
        left(database, chat)
    assert find_waiting_chats(database, limit=10, is_broadcast=False) == [3, 1, 2]
    assert find_waiting_chats(database, limit=2, is_broadcast=False) == [3, 1]


def test_what_nobody_waits_for_is_looked_after_by_itself(database: Database) -> None:
    left(database, 1, bulk=True)
    left(database, 2)
    left(database, 3, bulk=True)
    assert find_waiting_chats(database, limit=10, is_broadcast=False) == [2]
    assert find_waiting_chats(database, limit=10, is_broadcast=True) == [1, 3]
    assert [due.is_broadcast for chat in (1, 2) if (due := load_next_entry(database, chat))] == [True, False]


def test_it_is_told_how_much_waits_and_since_when(database: Database) -> None:
    assert measure_backlog(database) == (0, 0)
    left(database, 1, at=0)  # by a version that did not note when
    left(database, 2, at=500, bulk=True)
    assert measure_backlog(database) == (2, 0)
    left(database, 3, at=700)
    left(database, 4, at=600)
    assert measure_backlog(database) == (4, 600)


def test_overdue_is_what_somebody_waits_for_since_before_that_moment(database: Database) -> None:
    left(database, 1, at=99)
    left(database, 1, at=98)
    left(database, 2, at=100)
    left(database, 3, at=50, bulk=True)
    left(database, 4, at=0)
    assert find_overdue_chats(database, 100) == [1]
    assert sorted(find_overdue_chats(database, 101)) == [1, 2]


def test_only_what_is_overdue_in_that_chat_is_erased(database: Database) -> None:
    left(database, 1, "old", at=99)
    left(database, 1, "to many", at=99, bulk=True)
    left(database, 1, "unknown age", at=0)
    left(database, 1, "young", at=100)
    left(database, 2, "another's", at=99)
    with database.transaction() as session:
        assert delete_overdue(session, 1, 100) == (NoticeShown("old"),)
        assert delete_overdue(session, 1, 100) is None
    assert topics(database, 1) == ["to many", "unknown age", "young"]
    assert topics(database, 2) == ["another's"]


def test_one_that_cannot_be_said_goes_and_what_follows_stays(database: Database) -> None:
    left(database, 1, "one")
    left(database, 2, "another's")
    left(database, 1, "two")
    due = load_next_entry(database, 1)
    assert due
    delete_entry(database, due.id)
    delete_entry(database, due.id)
    assert topics(database, 1) == ["two"]
    assert topics(database, 2) == ["another's"]


def test_a_number_is_never_used_again_so_striking_off_twice_is_harmless(database: Database) -> None:
    left(database, 1, "one")
    due = load_next_entry(database, 1)
    assert due
    acknowledge(database, due, None, None)
    left(database, 1, "two")
    assert acknowledge(database, due, None, None) is None
    assert acknowledge(database, due, due.content, None) is None
    assert topics(database, 1) == ["two"]


def test_who_has_lost_a_saying_to_another_worker_strikes_nothing_off(database: Database) -> None:
    """Both have read it, and each has said its first part."""
    left(database, 1, "one")
    ours, theirs = load_next_entry(database, 1), load_next_entry(database, 1)
    assert ours
    assert theirs
    assert acknowledge(
        database, ours, OutboxContent("", "connection_test", "en", (NoticeShown("rest"),)), OpenedPrompt(12, 3, 0)
    )
    assert acknowledge(database, theirs, None, OpenedPrompt(11, 2, 0)) is None
    assert topics(database, 1) == ["rest"]


def test_who_blocked_the_bot_is_told_nothing_and_keeps_the_place(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.take_reply(Command("help"), 1_000)
    left(database, 2, "another's")
    while due := load_next_entry(database, 1):
        mark_chat_blocked(database, due)
    assert load_next_entry(database, 1) is None
    assert fetch_rows(database, "select is_blocked from chats") == [(True,)]
    assert fetch_rows(database, "select step from runs") == [("check",)]
    assert topics(database, 2) == ["another's"]


def test_who_came_back_before_the_block_was_noted_is_told_what_followed(database: Database) -> None:
    """Telegram's no came for the first; then they unblocked the bot, and wrote."""
    StoredChat(database, 1).walk_to_review()
    left(database, 1, "before")
    due = load_next_entry(database, 1)
    assert due
    left(database, 1, "after")
    mark_chat_blocked(database, due)
    assert topics(database, 1) == ["after"]
    assert fetch_rows(database, "select is_blocked from chats") == [(False,)]


def of_a_newer_version(database: Database) -> bytes:
    event = {"kind": "singing_heard", "song": "a hymn"}
    saying = {"run": "", "flow": "connection_test", "language": "en", "events": [event], "tap": None}
    return database.cipher.encrypt(json.dumps(saying))


def damaged(_: Database) -> bytes:
    return b"no token at all"


def no_saying(database: Database) -> bytes:
    return database.cipher.encrypt("[1, 2")


@pytest.mark.parametrize("written", [of_a_newer_version, damaged, no_saying])
def test_a_saying_that_cannot_be_read_says_how_old_it_is_and_stays(
    database: Database, written: Callable[[Database], bytes]
) -> None:
    left(database, 7, "one", at=1_700_000_000)
    left(database, 7, "two")
    execute_sql(database, "update outbox_entries set content = ? where created_at = 1700000000", written(database))
    with pytest.raises(UnreadableEntryError) as fault:
        load_next_entry(database, 7)
    assert fault.value.created_at == 1_700_000_000
    assert find_waiting_chats(database, limit=5, is_broadcast=False) == [7]
    delete_entry(database, fault.value.entry_id)
    assert topics(database, 7) == ["two"]


def test_columns_and_rows_that_a_newer_version_added_are_no_trouble(database: Database) -> None:
    """A newer version beside this one may have migrated already: what it added is left alone."""
    for table, kind in (
        ("outbox_entries", "integer"),
        ("shared_clock", "text"),
        ("dead_letters", "text"),
        ("runs", "integer"),
    ):
        execute_sql(database, f"alter table {table} add column added_later {kind}")
    execute_sql(database, "insert into shared_clock (name, time_ms) values ('sung', 5)")
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert fetch_rows(database, "select time_ms from shared_clock where name = 'sung'") == [(5,)]


# What a turn has just left


def test_what_was_just_left_is_due_as_if_it_were_read(database: Database) -> None:
    with database.transaction() as session:
        left_now = add_entry(session, 1, OutboxContent("", "connection_test", "en", (NoticeShown("help"),)))
        due = find_entry_if_next(session, 1, left_now)
    assert due == load_next_entry(database, 1)
    assert due
    assert acknowledge(database, due, None, None)
    assert load_next_entry(database, 1) is None


def test_behind_something_else_it_is_not_due_yet(database: Database) -> None:
    left(database, 1, "about")
    with database.transaction() as session:
        left_now = add_entry(session, 1, OutboxContent("", "connection_test", "en", (NoticeShown("help"),)))
        assert find_entry_if_next(session, 1, left_now) is None
    assert topics(database, 1) == ["about", "help"]


def test_what_an_earlier_version_left_is_said(database: Database) -> None:
    """It was locked in another way."""
    left(database, 1)
    due = load_next_entry(database, 1)
    assert due
    content = database.cipher.decrypt_entry(due.encrypted).decode()
    execute_sql(database, "update outbox_entries set content = ?", database.cipher.encrypt(content))
    again = load_next_entry(database, 1)
    assert again
    assert again.content == due.content
