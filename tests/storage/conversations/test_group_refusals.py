"""What Telegram does not let the bot say in a group: it goes, or comes where the group is now; nothing stands above."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from telegram.error import BadRequest, ChatMigrated, Forbidden, TelegramError

from bot.handlers.groups import drop_entry, handle_unavailable_chat
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


def unwelcome(cause: TelegramError) -> ChatUnavailableError:
    made = ChatUnavailableError()
    made.__cause__ = cause
    return made


def test_shut_out_it_stays_where_somebody_has_added_it_anew(database: Database) -> None:
    code = create_campaign(database)
    take_group_updates(database, OLD_CHAT_ID, make_start_command(code), RESULTS_COMMAND)
    refused = load_next_entry(database, OLD_CHAT_ID)
    assert refused
    handle_unavailable_chat(database, refused, unwelcome(Forbidden("bot was kicked from the group chat")))
    assert fetch_group_campaigns(database) == [(OLD_CHAT_ID, code)]
    assert fetch_rows(database, "select last_answer, last_answer_at from groups") == [("", 0)], (
        "what did not come is told anew"
    )
    assert deliver_event_kinds(database, OLD_CHAT_ID) == ["group_answered"], "what was left later"
    take_group_updates(database, OLD_CHAT_ID, RESULTS_COMMAND)
    refused = load_next_entry(database, OLD_CHAT_ID)
    assert refused
    handle_unavailable_chat(database, refused, unwelcome(Forbidden("bot was kicked from the group chat")))
    assert fetch_group_campaigns(database) == []


@pytest.mark.parametrize("how", ["refused", "given up", "expired"])
def test_results_that_did_not_come_are_not_said_to_stand_above(database: Database, how: str) -> None:
    take_group_updates(database, OLD_CHAT_ID, make_start_command(create_campaign(database)))
    deliver_event_kinds(database, OLD_CHAT_ID)
    take_group_updates(database, OLD_CHAT_ID, RESULTS_COMMAND)
    due = load_next_entry(database, OLD_CHAT_ID)
    assert due
    if how == "refused":
        handle_unavailable_chat(database, due, unwelcome(BadRequest("CHAT_WRITE_FORBIDDEN")))
    elif how == "given up":
        drop_entry(database, OLD_CHAT_ID, due.id)
    else:
        expire_entries(database, OLD_CHAT_ID, due.created_at + 1)
    take_group_updates(database, OLD_CHAT_ID, RESULTS_COMMAND)
    assert [event.topic for event in deliver_events(database, OLD_CHAT_ID) if isinstance(event, GroupAnswered)] == [
        "group_results_early"
    ]


def test_a_refusal_with_the_new_number_waits_for_the_worker_that_moves_the_group(workers: list[Database]) -> None:
    """It has taken nothing before it waits: else each would wait for what the other has."""
    first, second, _ = workers
    code = create_campaign(first)
    take_group_updates(first, OLD_CHAT_ID, make_start_command(code))
    due = load_next_entry(second, OLD_CHAT_ID)
    assert due
    with ThreadPoolExecutor(1) as threads:
        with first.transaction() as session:
            lock_chats(session, OLD_CHAT_ID, NEW_CHAT_ID)
            refused = threads.submit(handle_unavailable_chat, second, due, unwelcome(ChatMigrated(NEW_CHAT_ID)))
            while not fetch_rows(first, WAITING_SESSIONS_SQL):
                assert not refused.done()
            assert not move_group(session, OLD_CHAT_ID, NEW_CHAT_ID)
        refused.result(20)
    assert fetch_group_campaigns(first) == [(NEW_CHAT_ID, code)]
    assert deliver_event_kinds(first, NEW_CHAT_ID) == ["group_greeted"]
