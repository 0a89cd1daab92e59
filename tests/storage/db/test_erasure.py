"""What is erased is gone from the bytes of SQLite's files, and typed words never stood there in the clear."""

import time
from pathlib import Path

from flows.events import DeletionAsked
from flows.models import Commanded, Tapped
from storage.anonymity.releases import release_due
from storage.db.database import Database
from storage.db.sqlite import BUSY
from tests.support.raw_sql import rows
from tests.support.stored_chat import CHAT, RECEIPT, Turning
from tests.support.stored_responses import said

WORDS = "Blodwen from Bala rang back"


def every_byte(file: Path) -> bytes:
    """All that the database has on the disk: the file, its write-ahead log, its index."""
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob("bot.db*")))


def test_typed_words_never_stand_in_the_files_while_the_run_is_unfinished(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check(WORDS)
    assert b"Blodwen" not in every_byte(file)
    turning.do(turning.tap("stop"))
    on_file.settle()
    assert b"Blodwen" not in every_byte(file)


def test_nothing_of_a_deleted_run_is_left_in_the_files(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check(WORDS)
    [(run, locked)] = rows(on_file, "select run, said from answers where question = 'informed_why'")
    assert bytes(locked) in every_byte(file)
    [asked] = turning.do(Commanded("delete"))
    assert isinstance(asked, DeletionAsked)
    turning.do(Tapped(turning.run, 0, "", "delete_yes", str(asked.ask)))
    left = every_byte(file)
    assert bytes(locked) not in left
    assert run.encode() not in left
    assert b"family_carer" not in left


def test_nothing_of_a_sent_run_is_left_but_its_sealed_parts(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check(WORDS)
    [(run, locked)] = rows(on_file, "select run, said from answers where question = 'informed_why'")
    turning.send()
    left = every_byte(file)
    for gone in (bytes(locked), run.encode(), RECEIPT.encode(), b"family_carer", str(CHAT).encode()):
        assert gone not in left
    assert said(on_file)["informed_why"] == [WORDS]
    assert rows(on_file, "select * from outbox") == []


def test_a_withdrawn_response_leaves_nothing_in_the_files(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check(WORDS)
    turning.send()
    sealed = [bytes(content) for (content,) in rows(on_file, "select content from waiting")]
    assert all(content in every_byte(file) for content in sealed)
    turning.do(Tapped("", 0, "", "withdraw_yes", RECEIPT))
    assert not any(content in every_byte(file) for content in sealed)


def test_a_released_response_that_is_withdrawn_leaves_nothing_in_the_files(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check(WORDS)
    turning.send()
    release_due(on_file, 1)
    assert b"family_carer" in every_byte(file)
    turning.do(Tapped("", 0, "", "withdraw_yes", RECEIPT))
    assert b"family_carer" not in every_byte(file)
    assert rows(on_file, "select * from comments") == []


def test_nothing_of_the_result_is_left_beside_the_chat_once_it_was_said(on_file: Database, file: Path) -> None:
    """What was to be said stood there with the chat's number, locked: the receipt and all answers."""
    turning = Turning(on_file)
    turning.to_check(WORDS)
    turning.take(turning.tap("send", RECEIPT), 1_000_000)
    [(locked,)] = rows(on_file, "select saying from outbox")
    on_file.settle()
    assert bytes(locked) in every_byte(file)
    turning.say()
    on_file.settle()
    assert bytes(locked) not in every_byte(file)
    assert CHAT.to_bytes(6, "big") not in every_byte(file), "as SQLite writes it"


def test_settling_waits_for_nobody_and_is_made_up_for(on_file: Database, file: Path) -> None:
    log = file.with_name("bot.db-wal")
    Turning(on_file).do(Commanded("start"))
    with on_file.snapshot() as reading:
        reading.exec_driver_sql("select * from runs").all()
        Turning(on_file).do(Commanded("help"))
        began = time.monotonic()
        on_file.settle()
        assert time.monotonic() - began < BUSY / 1000, "it did not wait as a transaction does"
        assert log.stat().st_size
    on_file.settle_owed()
    assert not log.stat().st_size
