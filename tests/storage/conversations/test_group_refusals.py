"""Telegram refuses a message in a group: the entry is deleted or follows the group's move, and its answer can be
repeated.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.handlers.undeliverable_entries import drop_entry, handle_unavailable_chat
from bot.jobs.outages import expire_entries
from bot.telegram.api import ChatUnavailableError
from flows.events.results import GroupAnswered
from storage.conversations.groups import lock_chats, move_group
from storage.conversations.outbox import load_next_entry
from storage.db.database import Database
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
from tests.support.raw_sql import fetch_rows
from tests.support.worker_threads import WAITING_SESSIONS_SQL


def make_refusal(cause: TelegramError) -> ChatUnavailableError:
    error = ChatUnavailableError()
    error.__cause__ = cause
    return error


def test_a_refusal_keeps_a_group_with_newer_entries(database: Database) -> None:
    code = create_campaign(database)
    take_group_updates(database, OLD_CHAT_ID, make_start_command(code), RESULTS_COMMAND)
    refused_entry = load_next_entry(database, OLD_CHAT_ID)
    assert refused_entry
    handle_unavailable_chat(database, refused_entry, make_refusal(Forbidden("bot was kicked from the group chat")))
    assert fetch_group_campaigns(database) == [(OLD_CHAT_ID, code)]
    assert fetch_rows(database, "select last_answer, last_answer_at from groups") == [("", 0)], (
        "an undelivered answer may be repeated"
    )
    assert deliver_event_kinds(database, OLD_CHAT_ID) == ["group_answered"], "the later entry is kept"
    take_group_updates(database, OLD_CHAT_ID, RESULTS_COMMAND)
    refused_entry = load_next_entry(database, OLD_CHAT_ID)
    assert refused_entry
    handle_unavailable_chat(database, refused_entry, make_refusal(Forbidden("bot was kicked from the group chat")))
    assert fetch_group_campaigns(database) == []


@pytest.mark.parametrize("outcome", ["refused", "given up", "expired"])
def test_undelivered_results_are_answered_again_in_full(database: Database, outcome: str) -> None:
    take_group_updates(database, OLD_CHAT_ID, make_start_command(create_campaign(database)))
    deliver_event_kinds(database, OLD_CHAT_ID)
    take_group_updates(database, OLD_CHAT_ID, RESULTS_COMMAND)
    entry = load_next_entry(database, OLD_CHAT_ID)
    assert entry
    if outcome == "refused":
        handle_unavailable_chat(database, entry, make_refusal(BadRequest("CHAT_WRITE_FORBIDDEN")))
    elif outcome == "given up":
        drop_entry(database, OLD_CHAT_ID, entry.id)
    else:
        expire_entries(database, OLD_CHAT_ID, entry.created_at + 1)
    take_group_updates(database, OLD_CHAT_ID, RESULTS_COMMAND)
    assert [event.topic for event in deliver_events(database, OLD_CHAT_ID) if isinstance(event, GroupAnswered)] == [
        "group_results_early"
    ]


def test_a_refusal_due_to_a_move_waits_for_the_worker_that_moves_the_group(workers: list[Database]) -> None:
    """It locks nothing before it waits, so there is no deadlock."""
    first, second, _ = workers
    code = create_campaign(first)
    take_group_updates(first, OLD_CHAT_ID, make_start_command(code))
    entry = load_next_entry(second, OLD_CHAT_ID)
    assert entry
    with ThreadPoolExecutor(1) as threads:
        with first.transaction() as session:
            lock_chats(session, OLD_CHAT_ID, NEW_CHAT_ID)
            refused_entry = threads.submit(
                handle_unavailable_chat, second, entry, make_refusal(ChatMigrated(NEW_CHAT_ID))
            )
            while not fetch_rows(first, WAITING_SESSIONS_SQL):
                assert not refused_entry.done()
            assert not move_group(session, OLD_CHAT_ID, NEW_CHAT_ID)
        refused_entry.result(20)
    assert fetch_group_campaigns(first) == [(NEW_CHAT_ID, code)]
    assert deliver_event_kinds(first, NEW_CHAT_ID) == ["group_greeted"]
