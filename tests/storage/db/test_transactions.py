"""Transactions are stored completely or not at all, however many run at once."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, current_thread

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from storage.db.database import Database
from storage.db.schema import chats
from tests.support.raw_sql import fetch_rows
from tests.support.stored_chat import StoredChat

CHAT = {"chat_id": 1, "recent_update_ids": "", "open_prompt": 0, "opened_at": 0, "is_blocked": False, "seen_at": 0}


def test_concurrent_read_and_write_transactions_lose_no_update(database: Database) -> None:
    """Each locks what it reads: on SQLite the whole database, on PostgreSQL the row."""
    with database.transaction() as session:
        session.execute(insert(chats).values(CHAT))

    def add_one(_: int) -> None:
        with database.transaction() as session:
            seen = session.execute(select(chats.c.seen_at).with_for_update()).scalar_one()
            session.execute(update(chats).values(seen_at=seen + 1))

    with ThreadPoolExecutor(8) as concurrency:
        list(concurrency.map(add_one, range(200)))
    assert fetch_rows(database, "select seen_at from chats") == [(200,)]


def test_a_failed_transaction_is_undone(database: Database) -> None:
    def insert_and_fail() -> None:
        with database.transaction() as session:
            session.execute(insert(chats).values(CHAT))
            raise KeyError

    with pytest.raises(KeyError):
        insert_and_fail()
    assert fetch_rows(database, "select * from chats") == []


def test_an_integrity_error_is_not_taken_for_an_outage(database: Database) -> None:
    def insert_twice() -> None:
        with database.transaction() as session:
            session.execute(insert(chats).values(CHAT))
            session.execute(insert(chats).values(CHAT))

    with pytest.raises(IntegrityError):
        insert_twice()
    assert fetch_rows(database, "select * from chats") == []


def test_64_bit_chat_ids_are_stored(database: Database) -> None:
    numbers = {2**52 + 1, -1_001_234_567_890, 2**63 - 1}
    for chat in numbers:
        StoredChat(database, chat).walk_to_review()
    assert {chat for (chat,) in fetch_rows(database, "select chat_id from runs")} == numbers


async def test_work_runs_concurrently_where_the_database_allows_it(database: Database) -> None:
    """SQLite writes in one thread; on PostgreSQL, eight pieces of work run at once."""
    concurrency = 1 if database.is_embedded else 8
    barrier = Barrier(concurrency, timeout=60)

    def work(_: Database) -> str:
        barrier.wait()
        return current_thread().name

    names = await asyncio.gather(*(database.run_in_thread(work) for _ in range(8)))
    assert len(set(names)) == concurrency
    assert {name.split("_")[0] for name in names} == {"storage"}
