"""Several workers on one PostgreSQL, all at the same moment: turns of one chat wait for each other, others do not."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier, Event
from typing import TypeVar

import pytest

from bot.handlers.turn import take_turn, take_update
from bot.telegram.updates import GroupDeparture, IncomingUpdate
from flows.models import Command, Reply, Tap, TextReply
from storage.conversations.chats import lock_chat
from storage.db.database import Database
from storage.retention import PurgeCounts, delete_expired_data
from tests.support.chat_pair import load_state
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.statement_listener import DriverConnection, listen_to_statements
from tests.support.stored_chat import NOW, StoredChat
from tests.support.stored_responses import load_choices, load_comments
from tests.support.worker_threads import WAITING_SESSIONS_SQL, WORKERS

THREADS = 8
Result = TypeVar("Result")
Deliver = Callable[[Database, IncomingUpdate], bool]


def deliver(database: Database, came: IncomingUpdate) -> bool:
    assert isinstance(came.content, Reply)
    return take_turn(database, came, came.content, NOW) is not None


def at_once(workers: list[Database], updates: list[IncomingUpdate], how: Deliver = deliver) -> list[bool]:
    """Eight threads, each update given to the next worker in turn."""
    together = Barrier(min(THREADS, len(updates)), timeout=60)

    def one(number: int, came: IncomingUpdate) -> bool:
        if number < together.parties:
            together.wait()
        return how(workers[number % len(workers)], came)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(len(updates)), updates))


def test_turns_of_one_chat_never_overlap(workers: list[Database]) -> None:
    """Words for the same question from many threads: none overwrites another, and the asking counts them all."""
    stored_chat = StoredChat(workers[0], 1)
    stored_chat.send_reply(Command("start"))
    while not (
        stored_chat.prompt_event
        and stored_chat.prompt_event.kind == "step_reached"
        and stored_chat.prompt_event.step == "informed_why"
    ):
        stored_chat.send_reply(stored_chat.make_next_reply())
    before, taken, *_ = load_state(stored_chat)
    said = [f"word{number}" for number in range(40)]
    updates = [IncomingUpdate(1_000 + number, 1, TextReply(word, number), "en") for number, word in enumerate(said)]
    assert at_once(workers, updates) == [True] * 40
    run, now_taken, *_ = load_state(stored_chat)
    assert before is not None
    assert run is not None
    kept = " ".join(
        [
            *(answer.value or "" for answer in run.answers.values()),
            run.pending_text.full_text if run.pending_text else "",
        ]
    )
    assert sorted(word for word in kept.split() if word.startswith("word")) == sorted(said)
    assert run.prompt == before.prompt + 40
    assert sorted(now_taken) == sorted([*taken, *(came.update_id for came in updates)])
    assert len(fetch_rows(workers[0], "select id from outbox_entries where chat_id = 1")) == 40


def test_the_same_update_at_several_workers_at_once_is_taken_once(workers: list[Database]) -> None:
    for number in range(10):
        came = IncomingUpdate(number, 100 + number, Command("start"), "en")
        assert sorted(at_once(workers, [came] * 6)) == [False] * 5 + [True]
    assert fetch_rows(workers[0], "select count(*), count(distinct chat_id) from outbox_entries") == [(10, 10)]


@pytest.mark.parametrize("about", ["left", "blocked"])
def test_news_of_a_chat_at_several_workers_at_once_are_taken_once(workers: list[Database], about: str) -> None:
    came = IncomingUpdate(7, 5, "blocked" if about == "blocked" else GroupDeparture(), "en")
    answers = at_once(workers, [came] * 6, lambda database, same: take_update(database, same, NOW) is not None)
    assert sorted(answers) == [False] * 5 + [True]
    assert fetch_rows(workers[0], "select update_id from processed_updates") == [(7,)]
    assert fetch_rows(workers[0], "select * from chats") == []


def test_different_chats_go_side_by_side(workers: list[Database]) -> None:
    """While one chat's turn is under way, another chat's turns come and go; its own next turn waits."""
    waiting, held = Event(), Event()

    def slow_turn() -> None:
        with workers[0].transaction() as session:
            lock_chat(session, 1)
            held.set()
            assert waiting.wait(60)

    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(slow_turn)
        assert held.wait(60)
        StoredChat(workers[1], 2).walk_to_review()
        mine = threads.submit(deliver, workers[1], IncomingUpdate(1, 1, Command("start"), "en"))
        while not fetch_rows(workers[0], WAITING_SESSIONS_SQL):
            assert not mine.done(), "a turn overlapped another one of its chat"
        waiting.set()
        slow.result(20)
        assert mine.result(20)


def test_a_purge_waits_for_the_turn_of_who_comes_back_at_that_moment(workers: list[Database]) -> None:
    """It begins when the turn has its chat, and not yet its run: neither waits for the other for ever."""
    StoredChat(workers[0], 1).walk_to_review()
    for table in ("runs", "chats"):
        execute_sql(workers[0], f"update {table} set seen_at = 1")
    now, purging = datetime.now(UTC), list[Future[PurgeCounts]]()

    def begin_the_purge(_: DriverConnection, statement: str, _values: object) -> None:
        if statement.startswith("UPDATE runs"):
            purging.append(threads.submit(delete_expired_data, workers[1], now, timedelta(days=30)))
            while not fetch_rows(workers[0], WAITING_SESSIONS_SQL):
                assert not purging[0].done(), "the purge went past a turn"

    with ThreadPoolExecutor(1) as threads, listen_to_statements(workers[0].engine, begin_the_purge):
        assert take_turn(workers[0], IncomingUpdate(900, 1, Command("start"), "en"), Command("start"), now)
        assert purging[0].result(20) == PurgeCounts(0, 0, 0)
    assert fetch_rows(workers[0], "select step from runs") == [("check",)]


def test_many_chats_at_once_each_come_to_their_own_end(workers: list[Database]) -> None:
    def walk(number: int) -> None:
        stored_chat = StoredChat(workers[number % WORKERS], 500 + number)
        stored_chat.walk_to_review(f"words of {number}")
        stored_chat.submit(f"receipt of {number}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(walk, range(16)))
    assert load_comments(workers[0])["informed_why"] == sorted(f"words of {number}" for number in range(16))
    assert fetch_rows(workers[0], "select * from runs") == fetch_rows(workers[0], "select * from outbox_entries") == []


def test_a_receipt_used_at_several_workers_at_once_takes_out_one_response_and_says_so_once(
    workers: list[Database],
) -> None:
    stored_chat = StoredChat(workers[0], 1)
    stored_chat.walk_to_review()
    stored_chat.submit("mine")
    again: Reply = Tap("", 0, "", "withdraw_yes", "mine")
    at_once(workers, [IncomingUpdate(2_000 + number, 10 + number, again, "en") for number in range(6)])
    found = [event for number in range(6) for event in StoredChat(workers[0], 10 + number).deliver_entries()]
    assert sorted(event.kind for event in found) == ["response_not_found"] * 5 + ["response_withdrawn"]
    assert load_choices(workers[0]) == []
