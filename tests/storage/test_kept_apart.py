"""What is anonymous by construction, read from the tables."""

import json

from flows.run import Commanded, Tapped, Typed
from storage.database import Database
from storage.tables import responses
from tests.storage.looking import rows
from tests.storage.turning import CHAT, NOW, RECEIPT, Turning

WORDS = "Blodwen from Bala rang back"


def test_a_response_carries_nothing_of_the_person_and_no_time(database: Database) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    turning.send()
    [row] = rows(database, "select * from responses")
    assert len(row) == 6
    assert responses.c.keys() == ["id", "flow", "version", "language", "answers", "receipt"]
    written = str(row)
    for secret in (str(CHAT), turning.run, RECEIPT, str(int(NOW.timestamp())), str(NOW.year)):
        assert secret not in written
    assert json.loads(row[4])["informed_why"] == WORDS


def test_the_rows_of_responses_carry_no_order_of_sending_in_sqlite(on_file: Database) -> None:
    assert rows(on_file, "select 1 from sqlite_master where name = 'responses' and sql like '%WITHOUT ROWID%'")


def test_typed_words_and_what_is_to_be_said_never_stand_in_the_tables_in_the_clear(database: Database) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    turning.take(Typed("Blodwen said more", 99), 1_000)
    written = [rows(database, f"select * from {table}") for table in ("chats", "runs", "answers", "outbox")]
    assert all(written), "each holds something"
    assert "Blodwen" not in str(written)


def test_nothing_of_a_sent_run_is_left_in_the_tables_but_its_response(database: Database) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    turning.send()
    left = [rows(database, f"select * from {table}") for table in ("runs", "answers", "outbox", "responses")]
    assert list(map(len, left)) == [0, 0, 0, 1]
    assert RECEIPT not in str(left)


def test_a_receipt_takes_out_its_own_response_and_no_other(database: Database) -> None:
    for chat, receipt in ((1, "first"), (2, "second"), (3, "third")):
        turning = Turning(database, chat)
        turning.to_check(f"words of {receipt}")
        turning.send(receipt)
    other = Turning(database, 9)
    [gone] = other.do(Tapped("", 0, "", "withdraw_yes", "second"))
    assert gone.kind == "withdrawal_confirmed"
    assert gone.found
    left = " ".join(answers for (answers,) in rows(database, "select answers from responses"))
    assert ("first" in left, "second" in left, "third" in left) == (True, False, True)
    [again] = other.do(Tapped("", 0, "", "withdraw_yes", "second"))
    assert again.kind == "withdrawal_confirmed"
    assert not again.found
    assert rows(database, "select count(*) from responses") == [(2,)]


def test_updates_are_remembered_so_that_each_counts_once(database: Database) -> None:
    turning = Turning(database)
    assert turning.take(Commanded("start"), 7)
    for number in range(100, 227):
        assert turning.take(Commanded("help"), number)
    assert not turning.take(Commanded("start"), 7)
    assert not turning.take(Commanded("help"), 150)
    assert Turning(database, chat=8).take(Commanded("start"), 7), "another chat's updates are its own"
