"""File IDs of pictures: what is stored, for how long, and what a copy of the database reveals."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest

from storage.conversations.telegram_files import (
    MAX_UNUSED_DAYS,
    TelegramFile,
    delete_file,
    find_file_id,
    save_files,
)
from storage.db.database import Database, open_database
from storage.db.schema import telegram_files
from storage.retention import delete_expired_data
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.raw_sql import execute_sql, fetch_rows

NOW = datetime(2030, 6, 20, tzinfo=UTC)
TODAY = NOW.date()
RETENTION = timedelta(days=30)


def make_file(name: str) -> TelegramFile:
    return TelegramFile(sha256(name.encode()).digest(), f"file id of {name}")


def find(database: Database, name: str) -> str | None:
    return find_file_id(database, make_file(name).digest)


def test_a_file_is_found_until_it_is_deleted(database: Database) -> None:
    save_files(database, [make_file("chart"), make_file("report")], TODAY)
    assert find(database, "chart") == "file id of chart"
    assert find(database, "poster") is None
    save_files(database, [TelegramFile(make_file("chart").digest, "another id")], TODAY)
    assert find(database, "chart") == "another id"
    delete_file(database, make_file("chart").digest)
    assert (find(database, "chart"), find(database, "report")) == (None, "file id of report")


def test_a_row_contains_no_chat_no_time_and_no_plain_text(database: Database) -> None:
    assert set(telegram_files.c.keys()) == {"drawing_hash", "file_id", "last_used_day"}
    save_files(database, [make_file("chart")], TODAY)
    [(drawing_hash, file_id, day)] = fetch_rows(database, "select * from telegram_files")
    assert bytes(drawing_hash) != make_file("chart").digest, "without the key, known drawings cannot be looked up"
    assert b"file id" not in bytes(file_id)
    assert day == (TODAY - datetime(1970, 1, 1, tzinfo=UTC).date()).days


def test_a_copy_does_not_reveal_which_row_is_new(database: Database) -> None:
    """Rows are rewritten together: PostgreSQL shows one transaction, and SQLite stores them by their hashes."""
    save_files(database, [make_file(str(number)) for number in range(20)], TODAY)
    save_files(database, [make_file("new")], TODAY)
    if database.is_embedded:
        query = "select 1 from sqlite_master where name = 'telegram_files' and sql like '%WITHOUT ROWID%'"
        assert fetch_rows(database, query)
    else:
        assert len(fetch_rows(database, "select distinct xmin::text from telegram_files")) == 1
        hashes = [
            bytes(row[0]) for row in fetch_rows(database, "select drawing_hash from telegram_files order by ctid")
        ]
        assert hashes == sorted(hashes)


def test_two_workers_save_at_once(postgresql_url: str) -> None:
    workers = [open_database(postgresql_url, TEST_SECRET_KEY) for _ in range(2)]
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(save_files, worker, [make_file("chart")], TODAY) for worker in workers * 10]
    assert [job.exception() for job in jobs] == [None] * 20
    assert fetch_rows(workers[0], "select count(*) from telegram_files") == [(1,)]
    for worker in workers:
        worker.close()


def test_file_ids_not_used_for_long_are_deleted(database: Database) -> None:
    save_files(database, [make_file("old")], TODAY - timedelta(MAX_UNUSED_DAYS + 1))
    save_files(database, [make_file("young")], TODAY - timedelta(MAX_UNUSED_DAYS))
    delete_expired_data(database, NOW, RETENTION)
    assert (find(database, "old"), find(database, "young")) == (None, "file id of young")


def test_beyond_the_limit_the_oldest_file_ids_are_deleted(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.conversations.telegram_files.MAX_STORED_FILES", 3)
    for days in range(5):
        save_files(database, [make_file(str(days))], TODAY - timedelta(days))
    delete_expired_data(database, NOW, RETENTION)
    assert [name for name in "01234" if find(database, name)] == ["0", "1", "2"]
    execute_sql(database, "delete from telegram_files")
    delete_expired_data(database, NOW, RETENTION)
