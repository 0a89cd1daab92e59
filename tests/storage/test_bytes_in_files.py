"""What is erased is gone from the bytes of SQLite's files, and typed words never stood there in the clear."""

from pathlib import Path

from flows.events import DeletionAsked
from flows.run import Commanded, Tapped
from storage.database import Database
from tests.storage.looking import rows
from tests.storage.turning import RECEIPT, Turning

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


def test_nothing_of_a_sent_run_is_left_but_its_response(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check(WORDS)
    [(run, locked)] = rows(on_file, "select run, said from answers where question = 'informed_why'")
    turning.send()
    left = every_byte(file)
    assert bytes(locked) not in left
    assert run.encode() not in left
    assert RECEIPT.encode() not in left
    assert left.count(b"family_carer") == 1
    assert rows(on_file, "select * from outbox") == []


def test_a_withdrawn_response_leaves_nothing_in_the_files(on_file: Database, file: Path) -> None:
    turning = Turning(on_file)
    turning.to_check(WORDS)
    turning.send()
    assert b"Blodwen" in every_byte(file)
    turning.do(Tapped("", 0, "", "withdraw_yes", RECEIPT))
    assert b"Blodwen" not in every_byte(file)
    assert b"family_carer" not in every_byte(file)
