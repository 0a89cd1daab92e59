"""What is erased is gone from the bytes of SQLite's files, and typed words never stood there in the clear."""

import time
from pathlib import Path

from flows.events import DeletionRequested
from flows.models import Command, Tap
from storage.anonymity.releases import release_due_responses
from storage.db.database import Database
from storage.db.sqlite import BUSY_TIMEOUT_MS
from tests.support.file_bytes import read_all_bytes
from tests.support.raw_sql import fetch_rows
from tests.support.stored_chat import CHAT_ID, SAMPLE_RECEIPT, StoredChat
from tests.support.stored_responses import load_comments

WORDS = "Blodwen from Bala rang back"


def test_typed_words_never_stand_in_the_files_while_the_run_is_unfinished(
    sqlite_database: Database, database_file: Path
) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    assert b"Blodwen" not in read_all_bytes(database_file)
    stored_chat.send_reply(stored_chat.make_tap("stop"))
    sqlite_database.checkpoint()
    assert b"Blodwen" not in read_all_bytes(database_file)


def test_nothing_of_a_deleted_run_is_left_in_the_files(sqlite_database: Database, database_file: Path) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    [(run, locked)] = fetch_rows(sqlite_database, "select run_id, texts from answers where question = 'informed_why'")
    assert bytes(locked) in read_all_bytes(database_file)
    [asked] = stored_chat.send_reply(Command("delete"))
    assert isinstance(asked, DeletionRequested)
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "delete_yes", str(asked.prompt)))
    left = read_all_bytes(database_file)
    assert bytes(locked) not in left
    assert run.encode() not in left
    assert b"family_carer" not in left


def test_nothing_of_a_sent_run_is_left_but_its_sealed_parts(sqlite_database: Database, database_file: Path) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    [(run, locked)] = fetch_rows(sqlite_database, "select run_id, texts from answers where question = 'informed_why'")
    stored_chat.submit()
    left = read_all_bytes(database_file)
    for gone in (bytes(locked), run.encode(), SAMPLE_RECEIPT.encode(), b"family_carer", str(CHAT_ID).encode()):
        assert gone not in left
    assert load_comments(sqlite_database)["informed_why"] == [WORDS]
    assert fetch_rows(sqlite_database, "select * from outbox_entries") == []


def test_a_withdrawn_response_leaves_nothing_in_the_files(sqlite_database: Database, database_file: Path) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    stored_chat.submit()
    sealed = [bytes(content) for (content,) in fetch_rows(sqlite_database, "select content from pending_parts")]
    assert all(content in read_all_bytes(database_file) for content in sealed)
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", SAMPLE_RECEIPT))
    assert not any(content in read_all_bytes(database_file) for content in sealed)


def test_a_released_response_that_is_withdrawn_leaves_nothing_in_the_files(
    sqlite_database: Database, database_file: Path
) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    stored_chat.submit()
    release_due_responses(sqlite_database, 1)
    assert b"family_carer" in read_all_bytes(database_file)
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", SAMPLE_RECEIPT))
    assert b"family_carer" not in read_all_bytes(database_file)
    assert fetch_rows(sqlite_database, "select * from comments") == []


def test_nothing_of_the_result_is_left_beside_the_chat_once_it_was_said(
    sqlite_database: Database, database_file: Path
) -> None:
    """What was to be said stood there with the chat's number, locked: the receipt and all answers."""
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    stored_chat.take_reply(stored_chat.make_tap("send", SAMPLE_RECEIPT), 1_000_000)
    [(locked,)] = fetch_rows(sqlite_database, "select content from outbox_entries")
    sqlite_database.checkpoint()
    assert bytes(locked) in read_all_bytes(database_file)
    stored_chat.deliver_entries()
    sqlite_database.checkpoint()
    assert bytes(locked) not in read_all_bytes(database_file)
    assert CHAT_ID.to_bytes(6, "big") not in read_all_bytes(database_file), "as SQLite writes it"


def test_settling_waits_for_nobody_and_is_made_up_for(sqlite_database: Database, database_file: Path) -> None:
    log = database_file.with_name("bot.db-wal")
    StoredChat(sqlite_database).send_reply(Command("start"))
    with sqlite_database.snapshot() as reading:
        reading.connection.exec_driver_sql("select * from runs").all()
        StoredChat(sqlite_database).send_reply(Command("help"))
        began = time.monotonic()
        sqlite_database.checkpoint()
        assert time.monotonic() - began < BUSY_TIMEOUT_MS / 1000, "it did not wait as a transaction does"
        assert log.stat().st_size
    sqlite_database.retry_checkpoint()
    assert not log.stat().st_size
