"""Ways to PostgreSQL: threads with psycopg against asyncpg, for the statements of one turn through SQLAlchemy's Core.

    python -m benchmarks.database_driver

A turn locks its chat, loads the run and its answers, writes both, notes the update and leaves a saying.

Both ways run the same synchronous function: on a thread's connection, or under SQLAlchemy's greenlets.
"""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import BindParameter, Connection, bindparam, create_engine, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import create_async_engine

from storage.db.schema import BaseRow, answers, chats, outbox_entries, runs
from tests.support.postgresql import run_server

CONCURRENT_CHATS, TURN_COUNT, ROUND_COUNT = 16, 3000, 5
CHAT_ID: BindParameter[int] = bindparam("c")
RUN_ID: BindParameter[str] = bindparam("r")
LOCK_CHAT = select(chats.c.recent_update_ids).where(chats.c.chat_id == CHAT_ID).with_for_update()
SELECT_RUN = select(runs).where(runs.c.chat_id == CHAT_ID)
SELECT_ANSWERS = select(answers).where(answers.c.run_id == RUN_ID)
NOTE_UPDATE = update(chats).where(chats.c.chat_id == CHAT_ID).values(taken=bindparam("now_taken"))
UPDATE_RUN = update(runs).where(runs.c.id == RUN_ID).values(ask=bindparam("now_ask"))
UPSERT_ANSWER = upsert(answers).on_conflict_do_update(
    index_elements=["run", "question"], set_={"choice": upsert(answers).excluded.choice}
)
INSERT_OUTBOX_ENTRY = insert(outbox_entries)
DELETE_OUTBOX_ENTRIES = delete(outbox_entries).where(outbox_entries.c.chat_id == CHAT_ID)
Turn = Callable[[int], Awaitable[None]]


def execute_turn(connection: Connection, chat_id: int) -> None:
    connection.execute(LOCK_CHAT, {"c": chat_id}).one()
    run = connection.execute(SELECT_RUN, {"c": chat_id}).one()
    connection.execute(SELECT_ANSWERS, {"r": run.id}).all()
    connection.execute(NOTE_UPDATE, {"c": chat_id, "now_taken": "1 2 3 4 5 6 7 8 9 10"})
    connection.execute(UPDATE_RUN, {"r": run.id, "now_ask": run.ask + 1})
    connection.execute(UPSERT_ANSWER, {"run": run.id, "question": f"q{run.ask % 14}", "choice": "2"})
    connection.execute(INSERT_OUTBOX_ENTRY, {"chat": chat_id, "saying": b"x" * 400, "left_at": 0})
    connection.execute(DELETE_OUTBOX_ENTRIES, {"c": chat_id})


def create_chats(connection: Connection) -> None:
    BaseRow.metadata.create_all(connection)
    for chat in range(CONCURRENT_CHATS):
        row = {"flow": "f", "version": 1, "language": "en", "place": "p", "ask": 0, "passed": "", "changing": False}
        connection.execute(insert(chats).values(chat=chat, taken="", open_ask=0, blocked=False, seen_at=0))
        connection.execute(insert(runs).values(id=str(chat), chat=chat, seen_at=0, **row))


async def measure(execute: Turn) -> tuple[float, float]:
    """Turns a second, and milliseconds of this process's CPU a turn."""

    async def run_chat(chat_id: int) -> None:
        for _ in range(TURN_COUNT // CONCURRENT_CHATS):
            await execute(chat_id)

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(run_chat, range(CONCURRENT_CHATS)))
    return TURN_COUNT / (time.perf_counter() - wall), (time.process_time() - cpu) * 1000 / TURN_COUNT


async def main() -> None:
    with TemporaryDirectory() as folder, run_server(Path(folder) / "db") as server:
        threaded = create_engine(server, pool_size=CONCURRENT_CHATS)
        asynchronous = create_async_engine(server.set(drivername="postgresql+asyncpg"), pool_size=CONCURRENT_CHATS)
        with threaded.begin() as connection:
            create_chats(connection)
        pools = {many: ThreadPoolExecutor(many) for many in (2, 4, 8)}

        def execute_in_thread(chat_id: int) -> None:
            with threaded.begin() as connection:
                execute_turn(connection, chat_id)

        def make_threaded(thread_count: int) -> Turn:
            return lambda chat: asyncio.get_running_loop().run_in_executor(pools[thread_count], execute_in_thread, chat)

        async def execute_with_asyncpg(chat_id: int) -> None:
            async with asynchronous.begin() as connection:
                await connection.run_sync(execute_turn, chat_id)

        turns_by_driver: dict[str, Turn] = {f"psycopg, {many} threads": make_threaded(many) for many in pools}
        turns_by_driver["asyncpg"] = execute_with_asyncpg
        measurements: dict[str, list[tuple[float, float]]] = {name: [] for name in turns_by_driver}
        for _ in range(ROUND_COUNT):
            for name, execute in turns_by_driver.items():
                measurements[name].append(await measure(execute))
        for name, rounds in measurements.items():
            speed, cpu = (statistics.median(values) for values in zip(*rounds, strict=True))
            print(f"{name:20} {speed:7.0f} turns/s   {cpu:.2f} ms CPU a turn")
        await asynchronous.dispose()
        threaded.dispose()


if __name__ == "__main__":
    asyncio.run(main())
