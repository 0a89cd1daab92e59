"""Groups in the database: greeted once, assigned to one campaign, moved completely and deleted without a trace."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from pathlib import Path

import pytest

from bot.handlers.groups import GREETING_MERGE_SECONDS
from bot.telegram.updates import GroupCommand, GroupDeparture, GroupJoin, GroupMigration
from flows.events.results import GroupAnswered, GroupGreeted, GroupGreetingRemoved
from storage.conversations.groups import (
    REPEAT_WINDOW_SECONDS,
    RequestFrequency,
    add_group,
    find_group,
    join_campaign,
    record_request,
)
from storage.conversations.outbox import acknowledge, load_next_entry
from storage.db.database import Database, open_database
from tests.support.file_bytes import read_all_bytes
from tests.support.group_updates import (
    NEW_CHAT_ID,
    OLD_CHAT_ID,
    RESULTS_COMMAND,
    create_campaign,
    deliver_event_kinds,
    deliver_events,
    fetch_group_campaigns,
    make_start_command,
    take_group_updates,
)
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.raw_sql import fetch_rows
from tests.support.stored_chat import NOW


def test_a_new_group_is_greeted_once(database: Database) -> None:
    take_group_updates(database, OLD_CHAT_ID, GroupJoin(), GroupJoin())
    assert deliver_event_kinds(database, OLD_CHAT_ID) == ["group_greeted"]
    assert fetch_group_campaigns(database) == [(OLD_CHAT_ID, "general")]


def test_leaving_a_group_deletes_its_data(database: Database) -> None:
    take_group_updates(
        database,
        OLD_CHAT_ID,
        GroupJoin(),
        make_start_command(create_campaign(database)),
        RESULTS_COMMAND,
        GroupDeparture(),
    )
    for table in ("groups", "chats", "outbox_entries"):
        assert fetch_rows(database, f"select * from {table}") == []
    take_group_updates(database, OLD_CHAT_ID, GroupDeparture())
    assert fetch_rows(database, "select * from chats") == [], "not even after a repeated update"


@pytest.mark.parametrize("reporting_chat", [OLD_CHAT_ID, NEW_CHAT_ID])
def test_a_moved_group_keeps_its_campaign_and_outbox(database: Database, reporting_chat: int) -> None:
    code = create_campaign(database)
    take_group_updates(database, OLD_CHAT_ID, GroupJoin(), make_start_command(code), RESULTS_COMMAND)
    take_group_updates(database, reporting_chat, GroupMigration(OLD_CHAT_ID, NEW_CHAT_ID))
    assert fetch_group_campaigns(database) == [(NEW_CHAT_ID, code)]
    assert fetch_rows(database, "select chat_id from chats") == [(NEW_CHAT_ID,)]
    assert deliver_event_kinds(database, NEW_CHAT_ID) == ["group_greeted", "group_greeted", "group_answered"]
    take_group_updates(
        database,
        OLD_CHAT_ID if reporting_chat == NEW_CHAT_ID else NEW_CHAT_ID,
        GroupMigration(OLD_CHAT_ID, NEW_CHAT_ID),
    )
    take_group_updates(database, NEW_CHAT_ID, GroupJoin())
    assert (fetch_group_campaigns(database), deliver_event_kinds(database, NEW_CHAT_ID)) == ([(NEW_CHAT_ID, code)], [])


def test_a_second_greeting_before_a_known_move_is_removed(database: Database) -> None:
    code = create_campaign(database)
    take_group_updates(database, OLD_CHAT_ID, GroupJoin(), make_start_command(code))
    deliver_event_kinds(database, OLD_CHAT_ID)
    take_group_updates(database, NEW_CHAT_ID, GroupJoin(), GroupMigration(OLD_CHAT_ID, NEW_CHAT_ID))
    assert deliver_event_kinds(database, NEW_CHAT_ID) == ["group_greeted", GroupGreetingRemoved().kind]
    assert fetch_group_campaigns(database) == [(NEW_CHAT_ID, code)]


def test_a_campaign_joined_under_the_new_number_is_kept_after_the_move(database: Database) -> None:
    code, other = create_campaign(database), create_campaign(database, "Willow")
    take_group_updates(database, OLD_CHAT_ID, make_start_command(code))
    take_group_updates(database, NEW_CHAT_ID, make_start_command(other), GroupMigration(OLD_CHAT_ID, NEW_CHAT_ID))
    assert fetch_group_campaigns(database) == [(NEW_CHAT_ID, other)]
    assert GroupGreetingRemoved().kind not in deliver_event_kinds(database, NEW_CHAT_ID)


def test_repeated_requests_are_classified_by_their_frequency(database: Database) -> None:
    with database.transaction() as session:
        add_group(session, OLD_CHAT_ID)
        for request, elapsed, expected in (
            ("a", 0, RequestFrequency.FIRST),
            ("a", 1, RequestFrequency.REPEATED),
            ("a", REPEAT_WINDOW_SECONDS - 1, RequestFrequency.TOO_OFTEN),
            ("a", REPEAT_WINDOW_SECONDS, RequestFrequency.FIRST),
            ("a", 2 * REPEAT_WINDOW_SECONDS - 1, RequestFrequency.REPEATED),
            ("a", 2 * REPEAT_WINDOW_SECONDS, RequestFrequency.FIRST),
            ("b", 2 * REPEAT_WINDOW_SECONDS, RequestFrequency.FIRST),
            ("b", 3 * REPEAT_WINDOW_SECONDS, RequestFrequency.FIRST),
        ):
            group = find_group(session, OLD_CHAT_ID)
            assert group
            assert record_request(session, group, request, NOW + timedelta(seconds=elapsed)) is expected, (
                request,
                elapsed,
            )
        join_campaign(session, OLD_CHAT_ID, "general")
        group = find_group(session, OLD_CHAT_ID)
        assert group
        assert (
            record_request(session, group, "b", NOW + timedelta(seconds=3 * REPEAT_WINDOW_SECONDS))
            is RequestFrequency.FIRST
        )


def test_a_moved_group_keeps_its_last_answer(database: Database) -> None:
    take_group_updates(
        database,
        OLD_CHAT_ID,
        make_start_command(create_campaign(database)),
        RESULTS_COMMAND,
        GroupMigration(OLD_CHAT_ID, NEW_CHAT_ID),
    )
    take_group_updates(database, NEW_CHAT_ID, RESULTS_COMMAND)
    assert [event.topic for event in deliver_events(database, NEW_CHAT_ID) if isinstance(event, GroupAnswered)] == [
        "group_results_early",
        "group_told_above",
    ]


def test_a_greeting_is_replaced_only_outside_topics(database: Database) -> None:
    """In a topic, the newest greeting may be in another topic."""
    code, sent_at = create_campaign(database), int(NOW.timestamp())
    take_group_updates(
        database, OLD_CHAT_ID, make_start_command(code), GroupCommand("start", code, sent_at, topic_id=5)
    )
    replaces_since = [
        event.replaces_since for event in deliver_events(database, OLD_CHAT_ID) if isinstance(event, GroupGreeted)
    ]
    assert replaces_since == [sent_at - GREETING_MERGE_SECONDS, None]


def test_after_leaving_the_files_do_not_contain_the_group_s_number(
    sqlite_database: Database, database_file: Path
) -> None:
    take_group_updates(
        sqlite_database, NEW_CHAT_ID, make_start_command(create_campaign(sqlite_database)), RESULTS_COMMAND
    )
    number = NEW_CHAT_ID.to_bytes(6, "big", signed=True)
    assert number in read_all_bytes(database_file)
    take_group_updates(sqlite_database, NEW_CHAT_ID, GroupDeparture())
    assert number not in read_all_bytes(database_file)


def test_an_outbox_entry_of_a_group_contains_no_person(database: Database) -> None:
    take_group_updates(database, OLD_CHAT_ID, make_start_command(create_campaign(database)), RESULTS_COMMAND)
    entry = load_next_entry(database, OLD_CHAT_ID)
    assert entry
    acknowledge(database, entry, None, None)
    entry = load_next_entry(database, OLD_CHAT_ID)
    assert entry
    [event] = entry.content.events
    assert isinstance(event, GroupAnswered)
    assert (event.topic, entry.content.run_id) == ("group_results_early", "")


@pytest.fixture
def workers(postgresql_url: str) -> Iterator[list[Database]]:
    with ExitStack() as stack:
        yield [stack.enter_context(closing(open_database(postgresql_url, TEST_SECRET_KEY))) for _ in range(2)]


def test_two_workers_informed_of_a_move_move_the_group_once(workers: list[Database]) -> None:
    """They lock both chats in the same order, so there is no deadlock."""
    first, second = workers
    for number in range(20):
        old, new = OLD_CHAT_ID - number, NEW_CHAT_ID - number
        take_group_updates(first, old, GroupJoin())
        with ThreadPoolExecutor(2) as threads:
            moves = [
                threads.submit(take_group_updates, first, old, GroupMigration(old, new)),
                threads.submit(take_group_updates, second, new, GroupMigration(old, new), GroupJoin()),
            ]
            for move in moves:
                move.result(20)
        assert deliver_event_kinds(first, new) == ["group_greeted"], "the old group's greeting, which was not sent yet"
    assert sorted(chat for chat, _ in fetch_group_campaigns(first)) == sorted(
        NEW_CHAT_ID - number for number in range(20)
    )
