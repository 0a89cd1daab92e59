"""A transaction: whole or not at all, however many write at once."""

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


def test_many_who_read_and_then_write_lose_nothing(database: Database) -> None:
    """Each locks what it read: with SQLite the whole database, with PostgreSQL that row."""
    with database.transaction() as session:
        session.execute(insert(chats).values(CHAT))

    def add_one(_: int) -> None:
        with database.transaction() as session:
            seen = session.execute(select(chats.c.seen_at).with_for_update()).scalar_one()
            session.execute(update(chats).values(seen_at=seen + 1))

    with ThreadPoolExecutor(8) as many:
        list(many.map(add_one, range(200)))
    assert fetch_rows(database, "select seen_at from chats") == [(200,)]


def test_a_transaction_is_kept_whole_or_not_at_all(database: Database) -> None:
    def half() -> None:
        with database.transaction() as session:
            session.execute(insert(chats).values(CHAT))
            raise KeyError

    with pytest.raises(KeyError):
        half()
    assert fetch_rows(database, "select * from chats") == []


def test_a_statement_s_own_fault_is_not_taken_for_the_database_s(database: Database) -> None:
    def twice() -> None:
        with database.transaction() as session:
            session.execute(insert(chats).values(CHAT))
            session.execute(insert(chats).values(CHAT))

    with pytest.raises(IntegrityError):
        twice()
    assert fetch_rows(database, "select * from chats") == []


def test_chat_ids_of_64_bits_are_kept(database: Database) -> None:
    numbers = {2**52 + 1, -1_001_234_567_890, 2**63 - 1}
    for chat in numbers:
        StoredChat(database, chat).walk_to_review()
    assert {chat for (chat,) in fetch_rows(database, "select chat_id from runs")} == numbers


async def test_pieces_of_work_go_side_by_side_where_the_database_lets_them(database: Database) -> None:
    """SQLite writes one at a time, in one thread; with PostgreSQL, eight are under way together."""
    many = 1 if database.is_embedded else 8
    together = Barrier(many, timeout=60)

    def work(_: Database) -> str:
        together.wait()
        return current_thread().name

    names = await asyncio.gather(*(database.run_in_thread(work) for _ in range(8)))
    assert len(set(names)) == many
    assert {name.split("_")[0] for name in names} == {"storage"}
