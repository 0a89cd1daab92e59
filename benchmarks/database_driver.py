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

from storage.db.schema import Remembered, answers, chats, outbox, runs
from tests.support.postgresql import postgresql

AT_ONCE, TURNS, ROUNDS = 16, 3000, 5
CHAT: BindParameter[int] = bindparam("c")
RUN_ID: BindParameter[str] = bindparam("r")
LOCK = select(chats.c.taken).where(chats.c.chat == CHAT).with_for_update()
RUN = select(runs).where(runs.c.chat == CHAT)
ANSWERS = select(answers).where(answers.c.run == RUN_ID)
NOTE = update(chats).where(chats.c.chat == CHAT).values(taken=bindparam("now_taken"))
KEEP_RUN = update(runs).where(runs.c.id == RUN_ID).values(ask=bindparam("now_ask"))
ANSWER = upsert(answers).on_conflict_do_update(
    index_elements=["run", "question"], set_={"choice": upsert(answers).excluded.choice}
)
LEAVE = insert(outbox)
STRIKE = delete(outbox).where(outbox.c.chat == CHAT)
Turn = Callable[[int], Awaitable[None]]


def turn(tx: Connection, chat: int) -> None:
    tx.execute(LOCK, {"c": chat}).one()
    run = tx.execute(RUN, {"c": chat}).one()
    tx.execute(ANSWERS, {"r": run.id}).all()
    tx.execute(NOTE, {"c": chat, "now_taken": "1 2 3 4 5 6 7 8 9 10"})
    tx.execute(KEEP_RUN, {"r": run.id, "now_ask": run.ask + 1})
    tx.execute(ANSWER, {"run": run.id, "question": f"q{run.ask % 14}", "choice": "2"})
    tx.execute(LEAVE, {"chat": chat, "saying": b"x" * 400, "left_at": 0})
    tx.execute(STRIKE, {"c": chat})


def fill(tx: Connection) -> None:
    Remembered.metadata.create_all(tx)
    for chat in range(AT_ONCE):
        row = {"flow": "f", "version": 1, "language": "en", "place": "p", "ask": 0, "passed": "", "changing": False}
        tx.execute(insert(chats).values(chat=chat, taken="", open_ask=0, blocked=False, seen_at=0))
        tx.execute(insert(runs).values(id=str(chat), chat=chat, seen_at=0, **row))


async def measured(one: Turn) -> tuple[float, float]:
    """Turns a second, and milliseconds of this process's CPU a turn."""

    async def chat(number: int) -> None:
        for _ in range(TURNS // AT_ONCE):
            await one(number)

    wall, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*map(chat, range(AT_ONCE)))
    return TURNS / (time.perf_counter() - wall), (time.process_time() - cpu) * 1000 / TURNS


async def main() -> None:
    with TemporaryDirectory() as folder, postgresql(Path(folder) / "db") as server:
        threaded = create_engine(server, pool_size=AT_ONCE)
        asynchronous = create_async_engine(server.set(drivername="postgresql+asyncpg"), pool_size=AT_ONCE)
        with threaded.begin() as tx:
            fill(tx)
        pools = {many: ThreadPoolExecutor(many) for many in (2, 4, 8)}

        def work(chat: int) -> None:
            with threaded.begin() as tx:
                turn(tx, chat)

        def by_threads(many: int) -> Turn:
            return lambda chat: asyncio.get_running_loop().run_in_executor(pools[many], work, chat)

        async def by_asyncpg(chat: int) -> None:
            async with asynchronous.begin() as tx:
                await tx.run_sync(turn, chat)

        ways: dict[str, Turn] = {f"psycopg, {many} threads": by_threads(many) for many in pools}
        ways["asyncpg"] = by_asyncpg
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                found[name].append(await measured(way))
        for name, rounds in found.items():
            speed, cpu = (statistics.median(each) for each in zip(*rounds, strict=True))
            print(f"{name:20} {speed:7.0f} turns/s   {cpu:.2f} ms CPU a turn")
        await asynchronous.dispose()
        threaded.dispose()


if __name__ == "__main__":
    asyncio.run(main())
