"""The outbox: the order of entries, their expiry, and entries of other versions."""

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


def add(
    database: Database, chat_id: int, topic: str = "help", *, at: int | None = None, is_broadcast: bool = False
) -> None:
    """Adds an entry, as if at the time `at`."""
    with database.transaction() as session:
        add_entry(
            session,
            chat_id,
            OutboxContent("", "connection_test", "en", (NoticeShown(topic),)),
            is_broadcast=is_broadcast,
        )
    if at is not None:
        execute_sql(
            database, "update outbox_entries set created_at = ? where id = (select max(id) from outbox_entries)", at
        )


def read_topics(database: Database, chat_id: int) -> list[str]:
    read = []
    while entry := load_next_entry(database, chat_id):
        read += [event.topic for event in entry.content.events if isinstance(event, NoticeShown)]
        acknowledge(database, entry, None, None)
    return read


def test_entries_of_a_chat_are_read_in_order(database: Database) -> None:
    for topic in ("one", "two", "three"):
        add(database, 7, topic, is_broadcast=topic == "two")
    assert read_topics(database, 7) == ["one", "two", "three"]


async def test_entries_of_many_chats_are_read_and_acknowledged_in_one_group(database: Database) -> None:
    for chat in (1, 2, 3):
        add(database, chat, f"for {chat}")
    entries = await asyncio.gather(*(database.run_grouped(load_next_entry, chat) for chat in (1, 2, 3)))
    assert [entry and entry.chat_id for entry in entries] == [1, 2, 3]
    acknowledged = await asyncio.gather(
        *(database.run_grouped(acknowledge, entry, None, None) for entry in [*entries, entries[0]])
    )
    assert acknowledged == [*entries, None], "only the repeated acknowledgement is undone"
    assert fetch_rows(database, "select * from outbox_entries") == []


def test_a_partly_sent_entry_keeps_its_position(database: Database) -> None:
    add(database, 7, "one")
    add(database, 7, "two")
    entry = load_next_entry(database, 7)
    assert entry
    acknowledge(
        database, entry, OutboxContent("", "connection_test", "en", (NoticeShown("rest"),)), OpenedPrompt(12, 3, 0)
    )
    assert read_topics(database, 7) == ["rest", "two"]


def test_the_longest_waiting_chats_are_found_first_each_once(database: Database) -> None:
    for chat in (3, 1, 2, 3, 1):
        add(database, chat)
    assert find_waiting_chats(database, limit=10, is_broadcast=False) == [3, 1, 2]
    assert find_waiting_chats(database, limit=2, is_broadcast=False) == [3, 1]


def test_broadcast_chats_are_found_separately(database: Database) -> None:
    add(database, 1, is_broadcast=True)
    add(database, 2)
    add(database, 3, is_broadcast=True)
    assert find_waiting_chats(database, limit=10, is_broadcast=False) == [2]
    assert find_waiting_chats(database, limit=10, is_broadcast=True) == [1, 3]
    assert [entry.is_broadcast for chat in (1, 2) if (entry := load_next_entry(database, chat))] == [True, False]


def test_the_backlog_counts_all_entries_and_dates_the_oldest_that_is_no_broadcast(database: Database) -> None:
    assert measure_backlog(database) == (0, 0)
    add(database, 1, at=0)  # by a version that did not store the time
    add(database, 2, at=500, is_broadcast=True)
    assert measure_backlog(database) == (2, 0)
    add(database, 3, at=700)
    add(database, 4, at=600)
    assert measure_backlog(database) == (4, 600)


def test_overdue_chats_exclude_broadcasts_and_unknown_ages(database: Database) -> None:
    add(database, 1, at=99)
    add(database, 1, at=98)
    add(database, 2, at=100)
    add(database, 3, at=50, is_broadcast=True)
    add(database, 4, at=0)
    assert find_overdue_chats(database, 100) == [1]
    assert sorted(find_overdue_chats(database, 101)) == [1, 2]


def test_only_overdue_entries_of_the_chat_are_deleted(database: Database) -> None:
    add(database, 1, "old", at=99)
    add(database, 1, "to many", at=99, is_broadcast=True)
    add(database, 1, "unknown age", at=0)
    add(database, 1, "young", at=100)
    add(database, 2, "another's", at=99)
    with database.transaction() as session:
        assert delete_overdue(session, 1, 100) == (NoticeShown("old"),)
        assert delete_overdue(session, 1, 100) is None
    assert read_topics(database, 1) == ["to many", "unknown age", "young"]
    assert read_topics(database, 2) == ["another's"]


def test_deleting_an_entry_keeps_later_ones(database: Database) -> None:
    add(database, 1, "one")
    add(database, 2, "another's")
    add(database, 1, "two")
    entry = load_next_entry(database, 1)
    assert entry
    delete_entry(database, entry.id)
    delete_entry(database, entry.id)
    assert read_topics(database, 1) == ["two"]
    assert read_topics(database, 2) == ["another's"]


def test_acknowledging_twice_is_harmless_as_ids_are_never_reused(database: Database) -> None:
    add(database, 1, "one")
    entry = load_next_entry(database, 1)
    assert entry
    acknowledge(database, entry, None, None)
    add(database, 1, "two")
    assert acknowledge(database, entry, None, None) is None
    assert acknowledge(database, entry, entry.content, None) is None
    assert read_topics(database, 1) == ["two"]


def test_an_entry_changed_by_another_worker_is_not_acknowledged(database: Database) -> None:
    """Both workers have read the entry and sent its first part."""
    add(database, 1, "one")
    first_read, second_read = load_next_entry(database, 1), load_next_entry(database, 1)
    assert first_read
    assert second_read
    assert acknowledge(
        database, first_read, OutboxContent("", "connection_test", "en", (NoticeShown("rest"),)), OpenedPrompt(12, 3, 0)
    )
    assert acknowledge(database, second_read, None, OpenedPrompt(11, 2, 0)) is None
    assert read_topics(database, 1) == ["rest"]


def test_a_block_deletes_the_chat_s_entries_and_keeps_the_run(database: Database) -> None:
    stored_chat = StoredChat(database, 1)
    stored_chat.walk_to_review()
    stored_chat.take_reply(Command("help"), 1_000)
    add(database, 2, "another's")
    while entry := load_next_entry(database, 1):
        mark_chat_blocked(database, entry)
    assert load_next_entry(database, 1) is None
    assert fetch_rows(database, "select is_blocked from chats") == [(True,)]
    assert fetch_rows(database, "select step from runs") == [("check",)]
    assert read_topics(database, 2) == ["another's"]


def test_entries_added_after_a_block_are_kept(database: Database) -> None:
    """Telegram refused the first entry; then the person unblocked the bot and wrote."""
    StoredChat(database, 1).walk_to_review()
    add(database, 1, "before")
    entry = load_next_entry(database, 1)
    assert entry
    add(database, 1, "after")
    mark_chat_blocked(database, entry)
    assert read_topics(database, 1) == ["after"]
    assert fetch_rows(database, "select is_blocked from chats") == [(False,)]


def encrypt_unknown_event(database: Database) -> bytes:
    event = {"kind": "singing_heard", "song": "a hymn"}
    content = {"run": "", "flow": "connection_test", "language": "en", "events": [event], "tap": None}
    return database.cipher.encrypt(json.dumps(content))


def damage(_: Database) -> bytes:
    return b"no token at all"


def encrypt_invalid_json(database: Database) -> bytes:
    return database.cipher.encrypt("[1, 2")


@pytest.mark.parametrize("make_content", [encrypt_unknown_event, damage, encrypt_invalid_json])
def test_an_unreadable_entry_raises_an_error_with_its_age_and_is_kept(
    database: Database, make_content: Callable[[Database], bytes]
) -> None:
    add(database, 7, "one", at=1_700_000_000)
    add(database, 7, "two")
    execute_sql(database, "update outbox_entries set content = ? where created_at = 1700000000", make_content(database))
    with pytest.raises(UnreadableEntryError) as error_info:
        load_next_entry(database, 7)
    assert error_info.value.created_at == 1_700_000_000
    assert find_waiting_chats(database, limit=5, is_broadcast=False) == [7]
    delete_entry(database, error_info.value.entry_id)
    assert read_topics(database, 7) == ["two"]


def test_columns_and_rows_of_a_newer_version_are_ignored(database: Database) -> None:
    """A newer version may have migrated the database already."""
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


# Entries that a turn has just added


def test_an_entry_just_added_equals_the_loaded_one(database: Database) -> None:
    with database.transaction() as session:
        added = add_entry(session, 1, OutboxContent("", "connection_test", "en", (NoticeShown("help"),)))
        entry = find_entry_if_next(session, 1, added)
    assert entry == load_next_entry(database, 1)
    assert entry
    assert acknowledge(database, entry, None, None)
    assert load_next_entry(database, 1) is None


def test_an_entry_behind_another_is_not_next(database: Database) -> None:
    add(database, 1, "about")
    with database.transaction() as session:
        added = add_entry(session, 1, OutboxContent("", "connection_test", "en", (NoticeShown("help"),)))
        assert find_entry_if_next(session, 1, added) is None
    assert read_topics(database, 1) == ["about", "help"]


def test_an_entry_of_an_earlier_version_is_readable(database: Database) -> None:
    """It was encrypted in another way."""
    add(database, 1)
    entry = load_next_entry(database, 1)
    assert entry
    content = database.cipher.decrypt_entry(entry.encrypted).decode()
    execute_sql(database, "update outbox_entries set content = ?", database.cipher.encrypt(content))
    reloaded = load_next_entry(database, 1)
    assert reloaded
    assert reloaded.content == entry.content
