"""What is anonymous by construction, read from the tables."""

import pytest

from flows.models import Commanded, Tapped, Typed
from storage.anonymity.participation import close_campaign, took_part
from storage.anonymity.releases import release_due
from storage.anonymity.schema import comments, leaving, participations, released, waiting
from storage.campaigns.repository import GENERAL, find_campaign
from storage.conversations.dead_letters import put_aside
from storage.conversations.outbox import next_due
from storage.db.database import Database
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import CHAT, NOW, RECEIPT, Turning
from tests.support.stored_responses import said, sent

WORDS = "Blodwen from Bala rang back"
SEALED = ("waiting", "released", "leaving", "comments", "participations")


def sending(database: Database, chat: int = CHAT, words: str | None = WORDS) -> Turning:
    """Somebody walks to the end, and sends."""
    turning = Turning(database, chat)
    turning.to_check(words)
    turning.send(f"receipt of {chat}")
    return turning


def took(database: Database, chat: int) -> bool:
    with database.transaction() as tx:
        return took_part(tx, database.cipher, find_campaign(tx, GENERAL), chat)


def test_what_is_kept_of_a_response_has_no_column_for_a_person_or_a_time() -> None:
    own = {table.name: set(table.c.keys()) for table in (waiting, released, leaving, comments, participations)}
    assert own["waiting"] == {"id", "campaign", "question", "content", "receipt"}
    assert own["released"] == {"id", "campaign", "release", "flow", "version", "language", "answers", "receipt"}
    assert own["comments"] == own["released"] - {"version", "answers"} | {"question", "words", "state", "hidden"}
    assert own["leaving"] == {"campaign", "id", "details", "answers"}
    assert own["participations"] == {"campaign", "mark"}


@pytest.mark.parametrize("released", [False, True])
def test_nothing_in_the_sealed_tables_names_the_person_the_run_the_receipt_or_the_time(
    database: Database, *, released: bool
) -> None:
    turning = sending(database)
    if released:
        release_due(database, 1)
    written = str([rows(database, f"select * from {table}") for table in SEALED])
    for secret in (CHAT, turning.run, f"receipt of {CHAT}", int(NOW.timestamp()), NOW.year, "Blodwen"):
        assert str(secret) not in written


def test_the_sealed_tables_carry_no_order_of_sending_in_sqlite(on_file: Database) -> None:
    for table in SEALED:
        assert rows(on_file, "select 1 from sqlite_master where name = ? and sql like '%WITHOUT ROWID%'", table)


def test_typed_words_and_what_is_to_be_said_never_stand_in_the_tables_in_the_clear(database: Database) -> None:
    turning = Turning(database)
    turning.to_check(WORDS)
    turning.take(Typed("Blodwen said more", 99), 1_000)
    written = [rows(database, f"select * from {table}") for table in ("chats", "runs", "answers", "outbox")]
    assert all(written), "each holds something"
    assert "Blodwen" not in str(written)


def test_of_who_has_sent_nothing_is_left_but_a_mark(database: Database) -> None:
    """Not even the number of the chat."""
    sending(database)
    everything = ("chats", "runs", "answers", "outbox", "participations", "waiting")
    left = {table: rows(database, f"select * from {table}") for table in everything}
    assert {table: len(found) for table, found in left.items() if found} == {"participations": 1, "waiting": 4}
    assert str(CHAT) not in str(left)


def test_an_update_of_a_chat_that_was_let_go_counts_once_all_the_same(database: Database) -> None:
    turning = Turning(database)
    turning.to_check()
    last = turning.tap("send", RECEIPT)
    assert turning.take(last, 1_000_000)
    assert not turning.take(last, 1_000_000)
    assert rows(database, "select * from chats") == []
    assert len(sent(database)) == 1


def test_whoever_has_sent_is_told_so_at_the_next_welcome_and_nobody_else_is(database: Database) -> None:
    sending(database)
    [again] = Turning(database).do(Commanded("start"))
    [other] = Turning(database, 8).do(Commanded("start"))
    assert again.kind == other.kind == "place_reached"
    assert (again.notice, other.notice) == ("sent_before", None)


def test_whoever_took_the_answers_back_has_not_taken_part(database: Database) -> None:
    turning = sending(database)
    assert took(database, CHAT)
    turning.do(Tapped("", 0, "", "withdraw_yes", f"receipt of {CHAT}"))
    assert not took(database, CHAT)
    assert rows(database, "select * from participations") == []


def test_a_campaign_that_is_closed_cannot_tell_any_more_who_took_part(database: Database) -> None:
    sending(database)
    with database.transaction() as tx:
        close_campaign(tx, GENERAL)
    assert not took(database, CHAT)
    assert rows(database, "select key from campaigns") == [(None,)]
    assert rows(database, "select * from participations") == []


def test_answers_that_were_under_way_when_it_closed_are_still_kept(database: Database) -> None:
    turning = Turning(database)
    turning.to_check()
    with database.transaction() as tx:
        close_campaign(tx, GENERAL)
    turning.send()
    assert len(sent(database)) == 1
    assert rows(database, "select * from participations") == []


@pytest.mark.parametrize("released", [False, True])
def test_a_receipt_takes_out_its_own_response_with_its_comments_and_no_other(
    database: Database, *, released: bool
) -> None:
    for chat in (1, 2, 3):
        sending(database, chat, f"words of {chat}")
    if released:
        release_due(database, 3)
    other = Turning(database, 9)
    [gone] = other.do(Tapped("", 0, "", "withdraw_yes", "receipt of 2"))
    assert gone.kind == "withdrawal_confirmed"
    assert (gone.found, gone.released) == (True, released)
    assert len(sent(database)) == 2
    assert set(said(database)["informed_why"]) == {"words of 1", "words of 3"}
    [again] = other.do(Tapped("", 0, "", "withdraw_yes", "receipt of 2"))
    assert again.kind == "withdrawal_confirmed"
    assert not again.found
    assert len(sent(database)) == 2


def test_updates_are_remembered_so_that_each_counts_once(database: Database) -> None:
    turning = Turning(database)
    assert turning.take(Commanded("start"), 7)
    for number in range(100, 227):
        assert turning.take(Commanded("help"), number)
    assert not turning.take(Commanded("start"), 7)
    assert not turning.take(Commanded("help"), 150)
    assert Turning(database, chat=8).take(Commanded("start"), 7), "another chat's updates are its own"


def test_what_was_set_aside_of_somebody_goes_when_they_send(database: Database) -> None:
    """It holds the number of the chat, and what they wrote."""
    turning = Turning(database)
    turning.to_check()
    for chat in (CHAT, 8):
        put_aside(database, chat, "message", "{}", "KeyError", "here.py:1")
    turning.send()
    assert rows(database, "select chat from set_aside") == [(8,)]


@pytest.mark.parametrize("over", ["sent", "deleted"])
def test_the_buttons_of_a_run_that_is_over_are_found_though_its_chat_is_gone(database: Database, over: str) -> None:
    turning = Turning(database)
    turning.to_check()
    ask = turning.asked.ask if turning.asked else 0
    change(database, "update chats set open_message = 77, open_ask = ?", ask)
    delete = Tapped(turning.run, 0, "", "delete_yes", str(ask))
    turning.take(turning.tap("send", RECEIPT) if over == "sent" else delete, 1_000_000)
    due = next_due(database, CHAT)
    assert due is not None
    assert rows(database, "select * from chats") == []
    assert due.open_message == 77
