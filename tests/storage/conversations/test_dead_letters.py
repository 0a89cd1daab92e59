"""Dead letters are encrypted, listed without their content, and limited in number."""

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


def add(database: Database, content: str = UPDATE, chat_id: int | None = 5_000_000_007) -> None:
    add_dead_letter(database, chat_id, "message", content, "KeyError", "bot/inbound.py:40")


def test_a_dead_letter_is_stored_and_loaded_unchanged(database: Database) -> None:
    add(database)
    [dead_letter] = load_dead_letters(database)
    assert (dead_letter.update_kind, dead_letter.error_type, dead_letter.location) == (
        "message",
        "KeyError",
        "bot/inbound.py:40",
    )
    assert abs(dead_letter.created_at - datetime.now(UTC)) < timedelta(seconds=30)
    assert load_dead_letter_content(database, dead_letter.id) == UPDATE


def test_an_update_without_a_chat_can_become_a_dead_letter(database: Database) -> None:
    add(database, chat_id=None)
    assert fetch_rows(database, "select chat_id from dead_letters") == [(None,)]
    assert count_dead_letters(database) == 1


def test_the_content_of_a_dead_letter_is_encrypted(database: Database) -> None:
    add(database)
    [row] = fetch_rows(database, "select * from dead_letters")
    assert "Blodwen" not in str(row)
    assert not any(b"Blodwen" in bytes(value) for value in row if isinstance(value, bytes | memoryview))


def test_dead_letters_are_listed_oldest_first_and_deleted_singly(database: Database) -> None:
    for number in range(3):
        add(database, f'{{"update_id": {number}}}')
    first, second, third = load_dead_letters(database)
    assert [load_dead_letter_content(database, one.id) for one in (first, second, third)] == [
        f'{{"update_id": {number}}}' for number in range(3)
    ]
    delete_dead_letter(database, second.id)
    assert load_dead_letters(database) == [first, third]
    assert load_dead_letter_content(database, second.id) is None
    delete_dead_letter(database, second.id)
    assert count_dead_letters(database) == 2


def test_the_number_of_a_dead_letter_is_never_reused(database: Database) -> None:
    add(database)
    [first] = load_dead_letters(database)
    delete_dead_letter(database, first.id)
    add(database)
    [second] = load_dead_letters(database)
    assert second.id > first.id


def test_beyond_the_limit_the_oldest_dead_letters_are_deleted(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "MAX_DEAD_LETTERS", 5)
    for number in range(12):
        add(database, f"update {number}")
    assert [load_dead_letter_content(database, one.id) for one in load_dead_letters(database)] == [
        f"update {n}" for n in range(7, 12)
    ]


def test_an_unreadable_dead_letter_raises_an_error_and_can_be_deleted(database: Database) -> None:
    add(database)
    execute_sql(database, "update dead_letters set content = ?", b"damaged")
    [dead_letter] = load_dead_letters(database)
    with pytest.raises(StorageUnreadableError):
        load_dead_letter_content(database, dead_letter.id)
    delete_dead_letter(database, dead_letter.id)
    assert load_dead_letters(database) == []
