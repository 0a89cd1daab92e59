"""Separation of identity and answers by construction, as read from the tables."""

import pytest

from flows.models import Command, Tap, TextReply
from storage.anonymity.participation import close_campaign, has_participated
from storage.anonymity.releases import release_due_responses
from storage.anonymity.schema import comments, participations, pending_parts, released_responses, withdrawn_responses
from storage.campaigns.repository import GENERAL_CAMPAIGN, find_campaign
from storage.conversations.dead_letters import add_dead_letter
from storage.conversations.outbox import load_next_entry
from storage.db.database import Database
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_chat import CHAT_ID, NOW, SAMPLE_RECEIPT, StoredChat
from tests.support.stored_responses import load_choices, load_comments

WORDS = "Blodwen from Bala rang back"
SEALED_TABLES = ("pending_parts", "released_responses", "withdrawn_responses", "comments", "participations")


def submit_as(database: Database, chat_id: int = CHAT_ID, words: str | None = WORDS) -> StoredChat:
    """Walks to the review page and submits."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.walk_to_review(words)
    stored_chat.submit(f"receipt of {chat_id}")
    return stored_chat


def has_taken_part(database: Database, chat_id: int) -> bool:
    with database.transaction() as session:
        return has_participated(session, find_campaign(session, GENERAL_CAMPAIGN), chat_id)


def test_sealed_tables_have_no_column_for_a_person_or_a_time() -> None:
    columns = {
        table.name: set(table.c.keys())
        for table in (pending_parts, released_responses, withdrawn_responses, comments, participations)
    }
    assert columns["pending_parts"] == {"id", "campaign", "question", "content", "receipt_hash"}
    assert columns["released_responses"] == {
        "id",
        "campaign",
        "release",
        "flow",
        "version",
        "language",
        "answers",
        "receipt_hash",
    }
    assert columns["comments"] == columns["released_responses"] - {"version", "answers"} | {
        "question",
        "text",
        "state",
        "redacted_words",
    }
    assert columns["withdrawn_responses"] == {"campaign", "id", "quasi_identifiers", "answers"}
    assert columns["participations"] == {"campaign", "chat_hash"}


@pytest.mark.parametrize("released", [False, True])
def test_sealed_tables_contain_no_person_run_receipt_or_time(database: Database, *, released: bool) -> None:
    stored_chat = submit_as(database)
    if released:
        release_due_responses(database, 1)
    contents = str([fetch_rows(database, f"select * from {table}") for table in SEALED_TABLES])
    for secret in (CHAT_ID, stored_chat.run_id, f"receipt of {CHAT_ID}", int(NOW.timestamp()), NOW.year, "Blodwen"):
        assert str(secret) not in contents


def test_sealed_tables_in_sqlite_have_no_rowid(sqlite_database: Database) -> None:
    for table in SEALED_TABLES:
        assert fetch_rows(
            sqlite_database, "select 1 from sqlite_master where name = ? and sql like '%WITHOUT ROWID%'", table
        )


def test_typed_text_and_outbox_entries_are_stored_encrypted(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review(WORDS)
    stored_chat.take_reply(TextReply("Blodwen said more", 99), 1_000)
    contents = [
        fetch_rows(database, f"select * from {table}") for table in ("chats", "runs", "answers", "outbox_entries")
    ]
    assert all(contents), "each table has rows"
    assert "Blodwen" not in str(contents)


def test_after_submission_only_a_participation_mark_and_sealed_parts_remain(database: Database) -> None:
    """Not even the chat's number."""
    submit_as(database)
    tables = ("chats", "runs", "answers", "outbox_entries", "participations", "pending_parts")
    rows = {table: fetch_rows(database, f"select * from {table}") for table in tables}
    assert {table: len(found) for table, found in rows.items() if found} == {"participations": 1, "pending_parts": 4}
    assert str(CHAT_ID) not in str(rows)


def test_an_update_of_a_deleted_chat_counts_once(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    last = stored_chat.make_tap("send", SAMPLE_RECEIPT)
    assert stored_chat.take_reply(last, 1_000_000)
    assert not stored_chat.take_reply(last, 1_000_000)
    assert fetch_rows(database, "select * from chats") == []
    assert len(load_choices(database)) == 1


def test_the_welcome_mentions_an_earlier_response_only_to_its_sender(database: Database) -> None:
    submit_as(database)
    [repeated] = StoredChat(database).send_reply(Command("start"))
    [other] = StoredChat(database, 8).send_reply(Command("start"))
    assert repeated.kind == other.kind == "step_reached"
    assert (repeated.notice, other.notice) == ("sent_before", None)


def test_a_withdrawal_deletes_the_participation(database: Database) -> None:
    stored_chat = submit_as(database)
    assert has_taken_part(database, CHAT_ID)
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", f"receipt of {CHAT_ID}"))
    assert not has_taken_part(database, CHAT_ID)
    assert fetch_rows(database, "select * from participations") == []


def test_closing_a_campaign_deletes_all_participations(database: Database) -> None:
    submit_as(database)
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert not has_taken_part(database, CHAT_ID)
    assert fetch_rows(database, "select participation_key from campaigns") == [(None,)]
    assert fetch_rows(database, "select * from participations") == []


def test_a_run_open_at_closing_can_still_be_submitted(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    stored_chat.submit()
    assert len(load_choices(database)) == 1
    assert fetch_rows(database, "select * from participations") == []


@pytest.mark.parametrize("released", [False, True])
def test_a_receipt_withdraws_exactly_its_own_response_and_comments(database: Database, *, released: bool) -> None:
    for chat in (1, 2, 3):
        submit_as(database, chat, f"words of {chat}")
    if released:
        release_due_responses(database, 3)
    other = StoredChat(database, 9)
    [withdrawal] = other.send_reply(Tap("", 0, "", "withdraw_yes", "receipt of 2"))
    assert withdrawal.kind == "response_withdrawn"
    assert withdrawal.is_released == released
    assert len(load_choices(database)) == 2
    assert set(load_comments(database)["informed_why"]) == {"words of 1", "words of 3"}
    [repeated] = other.send_reply(Tap("", 0, "", "withdraw_yes", "receipt of 2"))
    assert repeated.kind == "response_not_found"
    assert len(load_choices(database)) == 2


def test_each_of_many_updates_counts_once(database: Database) -> None:
    stored_chat = StoredChat(database)
    assert stored_chat.take_reply(Command("start"), 7)
    for number in range(100, 227):
        assert stored_chat.take_reply(Command("help"), number)
    assert not stored_chat.take_reply(Command("start"), 7)
    assert not stored_chat.take_reply(Command("help"), 150)
    assert StoredChat(database, chat_id=8).take_reply(Command("start"), 7), "update numbers of other chats do not count"


def test_submission_deletes_the_person_s_dead_letters(database: Database) -> None:
    """A dead letter contains the chat's number and the person's text."""
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    for chat in (CHAT_ID, 8):
        add_dead_letter(database, chat, "message", "{}", "KeyError", "here.py:1")
    stored_chat.submit()
    assert fetch_rows(database, "select chat_id from dead_letters") == [(8,)]


@pytest.mark.parametrize("end", ["sent", "deleted"])
def test_the_last_entry_of_a_finished_run_keeps_its_open_message(database: Database, end: str) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    prompt = stored_chat.prompt_event.prompt if stored_chat.prompt_event else 0
    execute_sql(database, "update chats set open_message_id = 77, open_prompt = ?", prompt)
    delete = Tap(stored_chat.run_id, 0, "", "delete_yes", str(prompt))
    stored_chat.take_reply(stored_chat.make_tap("send", SAMPLE_RECEIPT) if end == "sent" else delete, 1_000_000)
    entry = load_next_entry(database, CHAT_ID)
    assert entry is not None
    assert fetch_rows(database, "select * from chats") == []
    assert entry.open_message_id == 77
