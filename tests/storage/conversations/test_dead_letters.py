"""Updates that were set aside: locked, listed without what they say, and never too many."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.conversations import dead_letters
from storage.conversations.dead_letters import all_aside, content_of, how_many, put_aside, strike_aside
from storage.db.database import Database
from storage.errors import StorageUnusable
from tests.support.raw_sql import change, rows

UPDATE = '{"update_id": 7, "message": {"text": "Blodwen from Bala"}}'


def put(database: Database, content: str = UPDATE, chat: int | None = 5_000_000_007) -> None:
    put_aside(database, chat, "message", content, "KeyError", "bot/inbound.py:40")


def test_what_is_set_aside_comes_back_as_it_was(database: Database) -> None:
    put(database)
    [found] = all_aside(database)
    assert (found.kind, found.error, found.place) == ("message", "KeyError", "bot/inbound.py:40")
    assert abs(found.at - datetime.now(UTC)) < timedelta(seconds=30)
    assert content_of(database, found.id) == UPDATE


def test_an_update_of_no_chat_can_be_set_aside(database: Database) -> None:
    put(database, chat=None)
    assert rows(database, "select chat from set_aside") == [(None,)]
    assert how_many(database) == 1


def test_what_an_update_says_stands_encrypted_in_the_table(database: Database) -> None:
    put(database)
    [row] = rows(database, "select * from set_aside")
    assert "Blodwen" not in str(row)
    assert not any(b"Blodwen" in bytes(value) for value in row if isinstance(value, bytes | memoryview))


def test_they_are_listed_oldest_first_and_struck_off_one_by_one(database: Database) -> None:
    for number in range(3):
        put(database, f'{{"update_id": {number}}}')
    first, second, third = all_aside(database)
    assert [content_of(database, one.id) for one in (first, second, third)] == [
        f'{{"update_id": {number}}}' for number in range(3)
    ]
    strike_aside(database, second.id)
    assert all_aside(database) == [first, third]
    assert content_of(database, second.id) is None
    strike_aside(database, second.id)
    assert how_many(database) == 2


def test_a_number_is_never_used_again(database: Database) -> None:
    put(database)
    [first] = all_aside(database)
    strike_aside(database, first.id)
    put(database)
    [second] = all_aside(database)
    assert second.id > first.id


def test_at_most_so_many_are_kept_and_the_oldest_go(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "MOST", 5)
    for number in range(12):
        put(database, f"update {number}")
    assert [content_of(database, one.id) for one in all_aside(database)] == [f"update {n}" for n in range(7, 12)]


def test_one_that_cannot_be_unlocked_says_so_and_can_still_be_struck_off(database: Database) -> None:
    put(database)
    change(database, "update set_aside set content = ?", b"damaged")
    [found] = all_aside(database)
    with pytest.raises(StorageUnusable):
        content_of(database, found.id)
    strike_aside(database, found.id)
    assert all_aside(database) == []
