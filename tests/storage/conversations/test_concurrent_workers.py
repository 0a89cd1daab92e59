"""Several workers on one PostgreSQL, all at the same moment: turns of one chat wait for each other, others do not."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import TypeVar

import pytest

from bot.handlers.turn import take, take_turn
from bot.telegram.updates import GroupLeft, Incoming
from flows.models import Commanded, Reply, Tapped, Typed
from storage.conversations.chats import lock_chat
from storage.db.database import Database, open_database
from storage.retention import Purged, purge
from tests.support.chat_pair import remembered
from tests.support.postgresql import SECRET
from tests.support.raw_sql import change, rows
from tests.support.statement_listener import Driver, hearing
from tests.support.stored_chat import NOW, Turning
from tests.support.stored_responses import said, sent

WORKERS, THREADS = 3, 8
WAITING = "select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
Result = TypeVar("Result")
Deliver = Callable[[Database, Incoming], bool]


@pytest.fixture
def workers(on_server: str) -> Iterator[list[Database]]:
    with ExitStack() as ending:
        yield [ending.enter_context(closing(open_database(on_server, SECRET))) for _ in range(WORKERS)]


def deliver(database: Database, came: Incoming) -> bool:
    assert isinstance(came.about, Reply)
    return take_turn(database, came, came.about, NOW) is not None


def at_once(workers: list[Database], updates: list[Incoming], how: Deliver = deliver) -> list[bool]:
    """Eight threads, each update given to the next worker in turn."""
    together = Barrier(min(THREADS, len(updates)), timeout=60)

    def one(number: int, came: Incoming) -> bool:
        if number < together.parties:
            together.wait()
        return how(workers[number % len(workers)], came)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(len(updates)), updates))


def test_turns_of_one_chat_never_overlap(workers: list[Database]) -> None:
    """Words for the same question from many threads: none overwrites another, and the asking counts them all."""
    turning = Turning(workers[0], 1)
    turning.do(Commanded("start"))
    while not (turning.asked and turning.asked.kind == "place_reached" and turning.asked.place == "informed_why"):
        turning.do(turning.way_on())
    before, taken, *_ = remembered(turning)
    said = [f"word{number}" for number in range(40)]
    updates = [Incoming(1_000 + number, 1, Typed(word, number), "en") for number, word in enumerate(said)]
    assert at_once(workers, updates) == [True] * 40
    run, now_taken, *_ = remembered(turning)
    assert before is not None
    assert run is not None
    kept = " ".join([*(answer.value or "" for answer in run.answers.values()), run.held.text if run.held else ""])
    assert sorted(word for word in kept.split() if word.startswith("word")) == sorted(said)
    assert run.ask == before.ask + 40
    assert sorted(now_taken) == sorted([*taken, *(came.update for came in updates)])
    assert len(rows(workers[0], "select id from outbox where chat = 1")) == 40


def test_the_same_update_at_several_workers_at_once_is_taken_once(workers: list[Database]) -> None:
    for number in range(10):
        came = Incoming(number, 100 + number, Commanded("start"), "en")
        assert sorted(at_once(workers, [came] * 6)) == [False] * 5 + [True]
    assert rows(workers[0], "select count(*), count(distinct chat) from outbox") == [(10, 10)]


@pytest.mark.parametrize("about", ["left", "blocked"])
def test_news_of_a_chat_at_several_workers_at_once_are_taken_once(workers: list[Database], about: str) -> None:
    came = Incoming(7, 5, "blocked" if about == "blocked" else GroupLeft(), "en")
    answers = at_once(workers, [came] * 6, lambda database, same: take(database, same, NOW) is not None)
    assert sorted(answers) == [False] * 5 + [True]
    assert rows(workers[0], "select number from taken") == [(7,)]
    assert rows(workers[0], "select * from chats") == []


def test_different_chats_go_side_by_side(workers: list[Database]) -> None:
    """While one chat's turn is under way, another chat's turns come and go; its own next turn waits."""
    waiting, held = Event(), Event()

    def slow_turn() -> None:
        with workers[0].transaction() as tx:
            lock_chat(tx, 1)
            held.set()
            assert waiting.wait(60)

    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(slow_turn)
        assert held.wait(60)
        Turning(workers[1], 2).to_check()
        mine = threads.submit(deliver, workers[1], Incoming(1, 1, Commanded("start"), "en"))
        while not rows(workers[0], WAITING):
            assert not mine.done(), "a turn overlapped another one of its chat"
        waiting.set()
        slow.result(20)
        assert mine.result(20)


def test_a_purge_waits_for_the_turn_of_who_comes_back_at_that_moment(workers: list[Database]) -> None:
    """It begins when the turn has its chat, and not yet its run: neither waits for the other for ever."""
    Turning(workers[0], 1).to_check()
    for table in ("runs", "chats"):
        change(workers[0], f"update {table} set seen_at = 1")
    now, purging = datetime.now(UTC), list[Future[Purged]]()

    def begin_the_purge(_: Driver, statement: str, _values: object) -> None:
        if statement.startswith("UPDATE runs"):
            purging.append(threads.submit(purge, workers[1], now, timedelta(days=30)))
            while not rows(workers[0], WAITING):
                assert not purging[0].done(), "the purge went past a turn"

    with ThreadPoolExecutor(1) as threads, hearing(workers[0].engine, begin_the_purge):
        assert take_turn(workers[0], Incoming(900, 1, Commanded("start"), "en"), Commanded("start"), now)
        assert purging[0].result(20) == Purged(0, 0, 0)
    assert rows(workers[0], "select place from runs") == [("check",)]


def test_many_chats_at_once_each_come_to_their_own_end(workers: list[Database]) -> None:
    def walk(number: int) -> None:
        turning = Turning(workers[number % WORKERS], 500 + number)
        turning.to_check(f"words of {number}")
        turning.send(f"receipt of {number}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(walk, range(16)))
    assert said(workers[0])["informed_why"] == sorted(f"words of {number}" for number in range(16))
    assert rows(workers[0], "select * from runs") == rows(workers[0], "select * from outbox") == []


def test_a_receipt_used_at_several_workers_at_once_takes_out_one_response_and_says_so_once(
    workers: list[Database],
) -> None:
    turning = Turning(workers[0], 1)
    turning.to_check()
    turning.send("mine")
    again: Reply = Tapped("", 0, "", "withdraw_yes", "mine")
    at_once(workers, [Incoming(2_000 + number, 10 + number, again, "en") for number in range(6)])
    found = [event for number in range(6) for event in Turning(workers[0], 10 + number).say()]
    assert sorted(event.found for event in found if event.kind == "withdrawal_confirmed") == [False] * 5 + [True]
    assert sent(workers[0]) == []
