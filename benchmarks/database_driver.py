"""Compares drivers for PostgreSQL: threads with psycopg against asyncpg, for one turn's statements.

    python -m benchmarks.database_driver

A turn locks its chat, loads the run and its answers, writes both, notes the update and leaves an outbox entry. Both
drivers run the same synchronous function with SQLAlchemy's Core: in a thread, or in SQLAlchemy's greenlets.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import BindParameter, Connection, Engine, bindparam, create_engine, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from storage.db.schema import BaseRow, ChatRow, RunRow, answers, chats, outbox_entries, runs
from tests.support.postgresql import run_server

CONCURRENT_CHATS, TURN_COUNT, ROUND_COUNT = 16, 3000, 5
THREAD_COUNTS = (2, 4, 8)
CHAT_ID: BindParameter[int] = bindparam("chat")
RUN_ID: BindParameter[str] = bindparam("run")
LOCK_CHAT = select(chats.c.recent_update_ids).where(chats.c.chat_id == CHAT_ID).with_for_update()
SELECT_RUN = select(runs).where(runs.c.chat_id == CHAT_ID)
SELECT_ANSWERS = select(answers).where(answers.c.run_id == RUN_ID)
NOTE_UPDATE = update(chats).where(chats.c.chat_id == CHAT_ID).values(recent_update_ids=bindparam("update_ids"))
UPDATE_RUN = update(runs).where(runs.c.id == RUN_ID).values(prompt=bindparam("next_prompt"))
UPSERT_ANSWER = upsert(answers).on_conflict_do_update(
    index_elements=["run_id", "question"], set_={"choice": upsert(answers).excluded.choice}
)
INSERT_OUTBOX_ENTRY = insert(outbox_entries)
DELETE_OUTBOX_ENTRIES = delete(outbox_entries).where(outbox_entries.c.chat_id == CHAT_ID)
Turn = Callable[[int], Awaitable[None]]


def execute_turn(connection: Connection, chat_id: int) -> None:
    connection.execute(LOCK_CHAT, {"chat": chat_id}).one()
    run = connection.execute(SELECT_RUN, {"chat": chat_id}).one()
    connection.execute(SELECT_ANSWERS, {"run": run.id}).all()
    connection.execute(NOTE_UPDATE, {"chat": chat_id, "update_ids": "1 2 3 4 5 6 7 8 9 10"})
    connection.execute(UPDATE_RUN, {"run": run.id, "next_prompt": run.prompt + 1})
    connection.execute(UPSERT_ANSWER, {"run_id": run.id, "question": f"q{run.prompt % 14}", "choice": "2"})
    connection.execute(INSERT_OUTBOX_ENTRY, {"chat_id": chat_id, "content": b"x" * 400, "created_at": 0})
    connection.execute(DELETE_OUTBOX_ENTRIES, {"chat": chat_id})


def create_chats(connection: Connection) -> None:
    BaseRow.metadata.create_all(connection)
    for number in range(CONCURRENT_CHATS):
        chat = ChatRow(chat_id=number)
        run = RunRow(
            id=str(number),
            chat_id=number,
            flow="f",
            version=1,
            language="en",
            step="s",
            prompt=0,
            passed_forks="",
            is_changing=False,
            seen_at=0,
        )
        connection.execute(insert(chats).values(chat.model_dump()))
        connection.execute(insert(runs).values(run.model_dump()))


def make_threaded(engine: Engine, pool: ThreadPoolExecutor) -> Turn:
    def execute_in_thread(chat_id: int) -> None:
        with engine.begin() as connection:
            execute_turn(connection, chat_id)

    return lambda chat_id: asyncio.get_running_loop().run_in_executor(pool, execute_in_thread, chat_id)


def make_asynchronous(engine: AsyncEngine) -> Turn:
    async def execute_in_greenlet(chat_id: int) -> None:
        async with engine.begin() as connection:
            await connection.run_sync(execute_turn, chat_id)

    return execute_in_greenlet


async def measure(execute: Turn) -> tuple[float, float]:
    """Returns turns per second, and milliseconds of this process's CPU per turn."""

    async def run_chat(chat_id: int) -> None:
        for _ in range(TURN_COUNT // CONCURRENT_CHATS):
            await execute(chat_id)

    started_at, cpu_before = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(run_chat, range(CONCURRENT_CHATS)))
    return TURN_COUNT / (time.perf_counter() - started_at), (time.process_time() - cpu_before) * 1000 / TURN_COUNT


async def measure_rounds(turns_by_driver: dict[str, Turn]) -> None:
    """Lets the drivers take turns, and prints their medians."""
    measurements: dict[str, list[tuple[float, float]]] = {name: [] for name in turns_by_driver}
    for _ in range(ROUND_COUNT):
        for name, execute in turns_by_driver.items():
            measurements[name].append(await measure(execute))
    for name, rounds in measurements.items():
        turns_per_second, cpu_ms = (statistics.median(values) for values in zip(*rounds, strict=True))
        print(f"{name:20} {turns_per_second:7.0f} turns/s   {cpu_ms:.2f} ms CPU per turn")


async def main() -> None:
    with TemporaryDirectory() as folder, run_server(Path(folder) / "db") as server:
        engine = create_engine(server, pool_size=CONCURRENT_CHATS)
        async_engine = create_async_engine(server.set(drivername="postgresql+asyncpg"), pool_size=CONCURRENT_CHATS)
        with engine.begin() as connection:
            create_chats(connection)
        turns_by_driver = {
            f"psycopg, {count} threads": make_threaded(engine, ThreadPoolExecutor(count)) for count in THREAD_COUNTS
        }
        await measure_rounds(turns_by_driver | {"asyncpg": make_asynchronous(async_engine)})
        await async_engine.dispose()
        engine.dispose()


if __name__ == "__main__":
    asyncio.run(main())
