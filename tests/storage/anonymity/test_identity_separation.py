"""What is anonymous by construction, read from the tables."""

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
SEALED = ("pending_parts", "released_responses", "withdrawn_responses", "comments", "participations")


def sending(database: Database, chat_id: int = CHAT_ID, words: str | None = WORDS) -> StoredChat:
    """Somebody walks to the end, and sends."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.walk_to_review(words)
    stored_chat.submit(f"receipt of {chat_id}")
    return stored_chat


def took(database: Database, chat_id: int) -> bool:
    with database.transaction() as session:
        return has_participated(session, find_campaign(session, GENERAL_CAMPAIGN), chat_id)


def test_what_is_kept_of_a_response_has_no_column_for_a_person_or_a_time() -> None:
    own = {
        table.name: set(table.c.keys())
        for table in (pending_parts, released_responses, withdrawn_responses, comments, participations)
    }
    assert own["pending_parts"] == {"id", "campaign", "question", "content", "receipt_hash"}
    assert own["released_responses"] == {
        "id",
        "campaign",
        "release",
        "flow",
        "version",
        "language",
        "answers",
        "receipt_hash",
    }
    assert own["comments"] == own["released_responses"] - {"version", "answers"} | {
        "question",
        "text",
        "state",
        "redacted_words",
    }
    assert own["withdrawn_responses"] == {"campaign", "id", "quasi_identifiers", "answers"}
    assert own["participations"] == {"campaign", "chat_hash"}


@pytest.mark.parametrize("released", [False, True])
def test_nothing_in_the_sealed_tables_names_the_person_the_run_the_receipt_or_the_time(
    database: Database, *, released: bool
) -> None:
    stored_chat = sending(database)
    if released:
        release_due_responses(database, 1)
    written = str([fetch_rows(database, f"select * from {table}") for table in SEALED])
    for secret in (CHAT_ID, stored_chat.run_id, f"receipt of {CHAT_ID}", int(NOW.timestamp()), NOW.year, "Blodwen"):
        assert str(secret) not in written


def test_the_sealed_tables_carry_no_order_of_sending_in_sqlite(sqlite_database: Database) -> None:
    for table in SEALED:
        assert fetch_rows(
            sqlite_database, "select 1 from sqlite_master where name = ? and sql like '%WITHOUT ROWID%'", table
        )


def test_typed_words_and_what_is_to_be_said_never_stand_in_the_tables_in_the_clear(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review(WORDS)
    stored_chat.take_reply(TextReply("Blodwen said more", 99), 1_000)
    written = [
        fetch_rows(database, f"select * from {table}") for table in ("chats", "runs", "answers", "outbox_entries")
    ]
    assert all(written), "each holds something"
    assert "Blodwen" not in str(written)


def test_of_who_has_sent_nothing_is_left_but_a_mark(database: Database) -> None:
    """Not even the number of the chat."""
    sending(database)
    everything = ("chats", "runs", "answers", "outbox_entries", "participations", "pending_parts")
    left = {table: fetch_rows(database, f"select * from {table}") for table in everything}
    assert {table: len(found) for table, found in left.items() if found} == {"participations": 1, "pending_parts": 4}
    assert str(CHAT_ID) not in str(left)


def test_an_update_of_a_chat_that_was_let_go_counts_once_all_the_same(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    last = stored_chat.make_tap("send", SAMPLE_RECEIPT)
    assert stored_chat.take_reply(last, 1_000_000)
    assert not stored_chat.take_reply(last, 1_000_000)
    assert fetch_rows(database, "select * from chats") == []
    assert len(load_choices(database)) == 1


def test_whoever_has_sent_is_told_so_at_the_next_welcome_and_nobody_else_is(database: Database) -> None:
    sending(database)
    [again] = StoredChat(database).send_reply(Command("start"))
    [other] = StoredChat(database, 8).send_reply(Command("start"))
    assert again.kind == other.kind == "step_reached"
    assert (again.notice, other.notice) == ("sent_before", None)


def test_whoever_took_the_answers_back_has_not_taken_part(database: Database) -> None:
    stored_chat = sending(database)
    assert took(database, CHAT_ID)
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", f"receipt of {CHAT_ID}"))
    assert not took(database, CHAT_ID)
    assert fetch_rows(database, "select * from participations") == []


def test_a_campaign_that_is_closed_cannot_tell_any_more_who_took_part(database: Database) -> None:
    sending(database)
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert not took(database, CHAT_ID)
    assert fetch_rows(database, "select participation_key from campaigns") == [(None,)]
    assert fetch_rows(database, "select * from participations") == []


def test_answers_that_were_under_way_when_it_closed_are_still_kept(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    stored_chat.submit()
    assert len(load_choices(database)) == 1
    assert fetch_rows(database, "select * from participations") == []


@pytest.mark.parametrize("released", [False, True])
def test_a_receipt_takes_out_its_own_response_with_its_comments_and_no_other(
    database: Database, *, released: bool
) -> None:
    for chat in (1, 2, 3):
        sending(database, chat, f"words of {chat}")
    if released:
        release_due_responses(database, 3)
    other = StoredChat(database, 9)
    [gone] = other.send_reply(Tap("", 0, "", "withdraw_yes", "receipt of 2"))
    assert gone.kind == "response_withdrawn"
    assert gone.is_released == released
    assert len(load_choices(database)) == 2
    assert set(load_comments(database)["informed_why"]) == {"words of 1", "words of 3"}
    [again] = other.send_reply(Tap("", 0, "", "withdraw_yes", "receipt of 2"))
    assert again.kind == "response_not_found"
    assert len(load_choices(database)) == 2


def test_updates_are_remembered_so_that_each_counts_once(database: Database) -> None:
    stored_chat = StoredChat(database)
    assert stored_chat.take_reply(Command("start"), 7)
    for number in range(100, 227):
        assert stored_chat.take_reply(Command("help"), number)
    assert not stored_chat.take_reply(Command("start"), 7)
    assert not stored_chat.take_reply(Command("help"), 150)
    assert StoredChat(database, chat_id=8).take_reply(Command("start"), 7), "another chat's updates are its own"


def test_what_was_set_aside_of_somebody_goes_when_they_send(database: Database) -> None:
    """It holds the number of the chat, and what they wrote."""
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    for chat in (CHAT_ID, 8):
        add_dead_letter(database, chat, "message", "{}", "KeyError", "here.py:1")
    stored_chat.submit()
    assert fetch_rows(database, "select chat_id from dead_letters") == [(8,)]


@pytest.mark.parametrize("over", ["sent", "deleted"])
def test_the_buttons_of_a_run_that_is_over_are_found_though_its_chat_is_gone(database: Database, over: str) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    ask = stored_chat.prompt_event.prompt if stored_chat.prompt_event else 0
    execute_sql(database, "update chats set open_message_id = 77, open_prompt = ?", ask)
    delete = Tap(stored_chat.run_id, 0, "", "delete_yes", str(ask))
    stored_chat.take_reply(stored_chat.make_tap("send", SAMPLE_RECEIPT) if over == "sent" else delete, 1_000_000)
    due = load_next_entry(database, CHAT_ID)
    assert due is not None
    assert fetch_rows(database, "select * from chats") == []
    assert due.open_message_id == 77
