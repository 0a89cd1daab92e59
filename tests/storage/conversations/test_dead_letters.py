"""Updates that were set aside: locked, listed without what they say, and never too many."""

from datetime import UTC, datetime, timedelta

import pytest

from storage.conversations import dead_letters
from storage.conversations.dead_letters import (
    add_dead_letter,
    count_dead_letters,
    delete_dead_letter,
    load_dead_letter_content,
    load_dead_letters,
)
from storage.db.database import Database
from storage.errors import StorageUnreadableError
from tests.support.raw_sql import execute_sql, fetch_rows

UPDATE = '{"update_id": 7, "message": {"text": "Blodwen from Bala"}}'


def put(database: Database, content: str = UPDATE, chat_id: int | None = 5_000_000_007) -> None:
    add_dead_letter(database, chat_id, "message", content, "KeyError", "bot/inbound.py:40")


def test_what_is_set_aside_comes_back_as_it_was(database: Database) -> None:
    put(database)
    [found] = load_dead_letters(database)
    assert (found.update_kind, found.error_type, found.location) == ("message", "KeyError", "bot/inbound.py:40")
    assert abs(found.created_at - datetime.now(UTC)) < timedelta(seconds=30)
    assert load_dead_letter_content(database, found.id) == UPDATE


def test_an_update_of_no_chat_can_be_set_aside(database: Database) -> None:
    put(database, chat_id=None)
    assert fetch_rows(database, "select chat_id from dead_letters") == [(None,)]
    assert count_dead_letters(database) == 1


def test_what_an_update_says_stands_encrypted_in_the_table(database: Database) -> None:
    put(database)
    [row] = fetch_rows(database, "select * from dead_letters")
    assert "Blodwen" not in str(row)
    assert not any(b"Blodwen" in bytes(value) for value in row if isinstance(value, bytes | memoryview))


def test_they_are_listed_oldest_first_and_struck_off_one_by_one(database: Database) -> None:
    for number in range(3):
        put(database, f'{{"update_id": {number}}}')
    first, second, third = load_dead_letters(database)
    assert [load_dead_letter_content(database, one.id) for one in (first, second, third)] == [
        f'{{"update_id": {number}}}' for number in range(3)
    ]
    delete_dead_letter(database, second.id)
    assert load_dead_letters(database) == [first, third]
    assert load_dead_letter_content(database, second.id) is None
    delete_dead_letter(database, second.id)
    assert count_dead_letters(database) == 2


def test_a_number_is_never_used_again(database: Database) -> None:
    put(database)
    [first] = load_dead_letters(database)
    delete_dead_letter(database, first.id)
    put(database)
    [second] = load_dead_letters(database)
    assert second.id > first.id


def test_at_most_so_many_are_kept_and_the_oldest_go(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dead_letters, "MAX_DEAD_LETTERS", 5)
    for number in range(12):
        put(database, f"update {number}")
    assert [load_dead_letter_content(database, one.id) for one in load_dead_letters(database)] == [
        f"update {n}" for n in range(7, 12)
    ]


def test_one_that_cannot_be_unlocked_says_so_and_can_still_be_struck_off(database: Database) -> None:
    put(database)
    execute_sql(database, "update dead_letters set content = ?", b"damaged")
    [found] = load_dead_letters(database)
    with pytest.raises(StorageUnreadableError):
        load_dead_letter_content(database, found.id)
    delete_dead_letter(database, found.id)
    assert load_dead_letters(database) == []
