"""What is to be said: in which order it waits, what is erased when its time is over, what another version left."""

import json
from collections.abc import Callable

import pytest

from flows.events import Told
from flows.models import Commanded
from storage.conversations.outbox import (
    Opened,
    Saying,
    block,
    drop,
    due_at_once,
    erase_overdue,
    leave,
    next_due,
    overdue,
    strike_off,
    unsaid,
    waiting,
)
from storage.db.database import Database
from storage.errors import SayingUnread
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import Turning


def left(database: Database, chat: int, topic: str = "help", *, at: int | None = None, bulk: bool = False) -> None:
    """Leaves a saying; `at`: as if at that moment."""
    with database.transaction() as tx:
        leave(tx, database.cipher, chat, Saying("", "connection_test", "en", (Told(topic),)), bulk=bulk)
    if at is not None:
        change(database, "update outbox set left_at = ? where id = (select max(id) from outbox)", at)


def topics(database: Database, chat: int) -> list[str]:
    said = []
    while due := next_due(database, chat):
        said += [event.topic for event in due.saying.events if isinstance(event, Told)]
        strike_off(database, due, None, None)
    return said


def test_a_chat_s_sayings_are_due_in_the_order_in_which_they_were_left(database: Database) -> None:
    for topic in ("one", "two", "three"):
        left(database, 7, topic, bulk=topic == "two")
    assert topics(database, 7) == ["one", "two", "three"]


def test_what_is_left_of_a_saying_keeps_its_turn(database: Database) -> None:
    left(database, 7, "one")
    left(database, 7, "two")
    due = next_due(database, 7)
    assert due
    strike_off(database, due, Saying("", "connection_test", "en", (Told("rest"),)), Opened(12, 3, 0))
    assert topics(database, 7) == ["rest", "two"]


def test_the_longest_waiting_chats_come_first_each_once(database: Database) -> None:
    for chat in (3, 1, 2, 3, 1):
        left(database, chat)
    assert waiting(database, most=10, bulk=False) == [3, 1, 2]
    assert waiting(database, most=2, bulk=False) == [3, 1]


def test_what_nobody_waits_for_is_looked_after_by_itself(database: Database) -> None:
    left(database, 1, bulk=True)
    left(database, 2)
    left(database, 3, bulk=True)
    assert waiting(database, most=10, bulk=False) == [2]
    assert waiting(database, most=10, bulk=True) == [1, 3]
    assert [due.bulk for chat in (1, 2) if (due := next_due(database, chat))] == [True, False]


def test_it_is_told_how_much_waits_and_since_when(database: Database) -> None:
    assert unsaid(database) == (0, 0)
    left(database, 1, at=0)  # by a version that did not note when
    left(database, 2, at=500, bulk=True)
    assert unsaid(database) == (2, 0)
    left(database, 3, at=700)
    left(database, 4, at=600)
    assert unsaid(database) == (4, 600)


def test_overdue_is_what_somebody_waits_for_since_before_that_moment(database: Database) -> None:
    left(database, 1, at=99)
    left(database, 1, at=98)
    left(database, 2, at=100)
    left(database, 3, at=50, bulk=True)
    left(database, 4, at=0)
    assert overdue(database, 100) == [1]
    assert sorted(overdue(database, 101)) == [1, 2]


def test_only_what_is_overdue_in_that_chat_is_erased(database: Database) -> None:
    left(database, 1, "old", at=99)
    left(database, 1, "to many", at=99, bulk=True)
    left(database, 1, "unknown age", at=0)
    left(database, 1, "young", at=100)
    left(database, 2, "another's", at=99)
    with database.transaction() as tx:
        assert erase_overdue(tx, database.cipher, 1, 100) == (Told("old"),)
        assert erase_overdue(tx, database.cipher, 1, 100) is None
    assert topics(database, 1) == ["to many", "unknown age", "young"]
    assert topics(database, 2) == ["another's"]


def test_one_that_cannot_be_said_goes_and_what_follows_stays(database: Database) -> None:
    left(database, 1, "one")
    left(database, 2, "another's")
    left(database, 1, "two")
    due = next_due(database, 1)
    assert due
    drop(database, due.id)
    drop(database, due.id)
    assert topics(database, 1) == ["two"]
    assert topics(database, 2) == ["another's"]


def test_a_number_is_never_used_again_so_striking_off_twice_is_harmless(database: Database) -> None:
    left(database, 1, "one")
    due = next_due(database, 1)
    assert due
    strike_off(database, due, None, None)
    left(database, 1, "two")
    assert strike_off(database, due, None, None) is None
    assert strike_off(database, due, due.saying, None) is None
    assert topics(database, 1) == ["two"]


def test_who_has_lost_a_saying_to_another_worker_strikes_nothing_off(database: Database) -> None:
    """Both have read it, and each has said its first part."""
    left(database, 1, "one")
    ours, theirs = next_due(database, 1), next_due(database, 1)
    assert ours
    assert theirs
    assert strike_off(database, ours, Saying("", "connection_test", "en", (Told("rest"),)), Opened(12, 3, 0))
    assert strike_off(database, theirs, None, Opened(11, 2, 0)) is None
    assert topics(database, 1) == ["rest"]


def test_who_blocked_the_bot_is_told_nothing_and_keeps_the_place(database: Database) -> None:
    turning = Turning(database, 1)
    turning.to_check()
    turning.take(Commanded("help"), 1_000)
    left(database, 2, "another's")
    while due := next_due(database, 1):
        block(database, due)
    assert next_due(database, 1) is None
    assert rows(database, "select blocked from chats") == [(True,)]
    assert rows(database, "select place from runs") == [("check",)]
    assert topics(database, 2) == ["another's"]


def test_who_came_back_before_the_block_was_noted_is_told_what_followed(database: Database) -> None:
    """Telegram's no came for the first; then they unblocked the bot, and wrote."""
    Turning(database, 1).to_check()
    left(database, 1, "before")
    due = next_due(database, 1)
    assert due
    left(database, 1, "after")
    block(database, due)
    assert topics(database, 1) == ["after"]
    assert rows(database, "select blocked from chats") == [(False,)]


def of_a_newer_version(database: Database) -> bytes:
    event = {"kind": "singing_heard", "song": "a hymn"}
    saying = {"run": "", "flow": "connection_test", "language": "en", "events": [event], "tap": None}
    return database.cipher.lock(json.dumps(saying))


def damaged(_: Database) -> bytes:
    return b"no token at all"


def no_saying(database: Database) -> bytes:
    return database.cipher.lock("[1, 2")


@pytest.mark.parametrize("written", [of_a_newer_version, damaged, no_saying])
def test_a_saying_that_cannot_be_read_says_how_old_it_is_and_stays(
    database: Database, written: Callable[[Database], bytes]
) -> None:
    left(database, 7, "one", at=1_700_000_000)
    left(database, 7, "two")
    change(database, "update outbox set saying = ? where left_at = 1700000000", written(database))
    with pytest.raises(SayingUnread) as fault:
        next_due(database, 7)
    assert fault.value.left_at == 1_700_000_000
    assert waiting(database, most=5, bulk=False) == [7]
    drop(database, fault.value.id)
    assert topics(database, 7) == ["two"]


def test_columns_and_rows_that_a_newer_version_added_are_no_trouble(database: Database) -> None:
    """A newer version beside this one may have migrated already: what it added is left alone."""
    for table, kind in (("outbox", "integer"), ("moments", "text"), ("set_aside", "text"), ("runs", "integer")):
        change(database, f"alter table {table} add column added_later {kind}")
    change(database, "insert into moments (name, at) values ('sung', 5)")
    turning = Turning(database)
    turning.to_check()
    turning.send()
    assert rows(database, "select at from moments where name = 'sung'") == [(5,)]


# What a turn has just left


def test_what_was_just_left_is_due_as_if_it_were_read(database: Database) -> None:
    with database.transaction() as tx:
        left_now = leave(tx, database.cipher, 1, Saying("", "connection_test", "en", (Told("help"),)))
        due = due_at_once(tx, 1, left_now)
    assert due == next_due(database, 1)
    assert due
    assert strike_off(database, due, None, None)
    assert next_due(database, 1) is None


def test_behind_something_else_it_is_not_due_yet(database: Database) -> None:
    left(database, 1, "about")
    with database.transaction() as tx:
        left_now = leave(tx, database.cipher, 1, Saying("", "connection_test", "en", (Told("help"),)))
        assert due_at_once(tx, 1, left_now) is None
    assert topics(database, 1) == ["about", "help"]


def test_what_an_earlier_version_left_is_said(database: Database) -> None:
    """It was locked in another way."""
    left(database, 1)
    due = next_due(database, 1)
    assert due
    content = database.cipher.unlock_saying(due.locked).decode()
    change(database, "update outbox set saying = ?", database.cipher.lock(content))
    again = next_due(database, 1)
    assert again
    assert again.saying == due.saying
