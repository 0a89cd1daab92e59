"""What is anonymous by construction: read from the tables, and from the bytes of the files."""

import json
from pathlib import Path

from flows.events import DeletionAsked
from flows.run import Commanded, Tapped
from storage.database import Database
from tests.storage.turning import CHAT, NOW, RECEIPT, Turning, rows

WORDS = "Blodwen from Bala rang back"


def every_byte(file: Path) -> bytes:
    """All that the database has on the disk: the file, its write-ahead log, its index."""
    return b"".join(one.read_bytes() for one in sorted(file.parent.glob("bot.db*")))


def test_typed_words_never_stand_in_the_files_while_the_run_is_unfinished(database: Database, file: Path) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    assert b"Blodwen" not in every_byte(file)
    turning.do(turning.tap("stop"))
    database.settle()
    assert b"Blodwen" not in every_byte(file)


def test_nothing_of_a_deleted_run_is_left_in_the_files(database: Database, file: Path) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    [(run, locked)] = rows(file, "select run, said from answers where question = 'informed_why'")
    assert bytes(locked) in every_byte(file)
    [asked] = turning.do(Commanded("delete"))
    assert isinstance(asked, DeletionAsked)
    turning.do(Tapped(turning.run, 0, "", "delete_yes", str(asked.ask)))
    left = every_byte(file)
    assert bytes(locked) not in left
    assert run.encode() not in left
    assert b"family_carer" not in left


def test_nothing_of_a_sent_run_is_left_but_its_response(database: Database, file: Path) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    [(run, locked)] = rows(file, "select run, said from answers where question = 'informed_why'")
    turning.send()
    left = every_byte(file)
    assert bytes(locked) not in left
    assert run.encode() not in left
    assert RECEIPT.encode() not in left
    assert left.count(b"family_carer") == 1
    assert rows(file, "select * from outbox") == []


def test_a_withdrawn_response_leaves_nothing_in_the_files(database: Database, file: Path) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    turning.send()
    assert b"Blodwen" in every_byte(file)
    turning.do(Tapped("", 0, "", "withdraw_yes", RECEIPT))
    assert b"Blodwen" not in every_byte(file)
    assert b"family_carer" not in every_byte(file)


def test_a_response_carries_nothing_of_the_person_and_no_time(database: Database, file: Path) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    turning.send()
    [row] = rows(file, "select * from responses")
    assert [column for _, column, *_ in rows(file, "pragma table_info(responses)")] == [
        "id",
        "flow",
        "version",
        "language",
        "answers",
        "receipt",
    ]
    written = str(row)
    for secret in (str(CHAT), turning.run, RECEIPT, str(int(NOW.timestamp())), str(NOW.year)):
        assert secret not in written
    assert json.loads(row[4])["informed_why"] == WORDS
    assert rows(file, "select sql from sqlite_master where name = 'responses' and sql like '%WITHOUT ROWID%'")


def test_a_receipt_takes_out_its_own_response_and_no_other(database: Database, file: Path) -> None:
    for chat, receipt in ((1, "first"), (2, "second"), (3, "third")):
        turning = Turning(database, chat)
        turning.to_check(f"words of {receipt}")
        turning.send(receipt)
    other = Turning(database, 9)
    [gone] = other.do(Tapped("", 0, "", "withdraw_yes", "second"))
    assert gone.kind == "withdrawal_confirmed"
    assert gone.found
    left = " ".join(answers for (answers,) in rows(file, "select answers from responses"))
    assert ("first" in left, "second" in left, "third" in left) == (True, False, True)
    [again] = other.do(Tapped("", 0, "", "withdraw_yes", "second"))
    assert again.kind == "withdrawal_confirmed"
    assert not again.found
    assert rows(file, "select count(*) from responses") == [(2,)]


def test_updates_are_remembered_so_that_each_counts_once(database: Database) -> None:
    turning = Turning(database)
    assert turning.take(Commanded("start"), 7)
    for number in range(100, 227):
        assert turning.take(Commanded("help"), number)
    assert not turning.take(Commanded("start"), 7)
    assert not turning.take(Commanded("help"), 150)
    assert Turning(database, chat=8).take(Commanded("start"), 7), "another chat's updates are its own"
