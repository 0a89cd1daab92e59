"""Erased data is gone from the bytes of SQLite's files, and typed text is never in them unencrypted."""

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


def test_typed_text_of_an_open_run_is_never_in_the_files_unencrypted(
    sqlite_database: Database, database_file: Path
) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    assert b"Blodwen" not in read_all_bytes(database_file)
    stored_chat.send_reply(stored_chat.make_tap("stop"))
    sqlite_database.checkpoint()
    assert b"Blodwen" not in read_all_bytes(database_file)


def test_a_deleted_run_leaves_nothing_in_the_files(sqlite_database: Database, database_file: Path) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    [(run, encrypted)] = fetch_rows(
        sqlite_database, "select run_id, texts from answers where question = 'informed_why'"
    )
    assert bytes(encrypted) in read_all_bytes(database_file)
    [event] = stored_chat.send_reply(Command("delete"))
    assert isinstance(event, DeletionRequested)
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "delete_yes", str(event.prompt)))
    file_bytes = read_all_bytes(database_file)
    assert bytes(encrypted) not in file_bytes
    assert run.encode() not in file_bytes
    assert b"family_carer" not in file_bytes


def test_a_submitted_run_leaves_only_its_sealed_parts_in_the_files(
    sqlite_database: Database, database_file: Path
) -> None:
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    [(run, encrypted)] = fetch_rows(
        sqlite_database, "select run_id, texts from answers where question = 'informed_why'"
    )
    stored_chat.submit()
    file_bytes = read_all_bytes(database_file)
    for erased in (bytes(encrypted), run.encode(), SAMPLE_RECEIPT.encode(), b"family_carer", str(CHAT_ID).encode()):
        assert erased not in file_bytes
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


def test_a_withdrawn_released_response_leaves_nothing_in_the_files(
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


def test_a_delivered_result_leaves_nothing_in_the_files(sqlite_database: Database, database_file: Path) -> None:
    """The outbox holds the chat's number next to the receipt and all answers, encrypted."""
    stored_chat = StoredChat(sqlite_database)
    stored_chat.walk_to_review(WORDS)
    stored_chat.take_reply(stored_chat.make_tap("send", SAMPLE_RECEIPT), 1_000_000)
    [(encrypted,)] = fetch_rows(sqlite_database, "select content from outbox_entries")
    sqlite_database.checkpoint()
    assert bytes(encrypted) in read_all_bytes(database_file)
    stored_chat.deliver_entries()
    sqlite_database.checkpoint()
    assert bytes(encrypted) not in read_all_bytes(database_file)
    assert CHAT_ID.to_bytes(6, "big") not in read_all_bytes(database_file), "the chat's number in SQLite's encoding"


def test_a_checkpoint_does_not_wait_for_readers_and_is_retried(sqlite_database: Database, database_file: Path) -> None:
    wal_file = database_file.with_name("bot.db-wal")
    StoredChat(sqlite_database).send_reply(Command("start"))
    with sqlite_database.snapshot() as reader:
        reader.connection.exec_driver_sql("select * from runs").all()
        StoredChat(sqlite_database).send_reply(Command("help"))
        started_at = time.monotonic()
        sqlite_database.checkpoint()
        assert time.monotonic() - started_at < BUSY_TIMEOUT_MS / 1000, "it did not wait for the lock"
        assert wal_file.stat().st_size
    sqlite_database.retry_checkpoint()
    assert not wal_file.stat().st_size
