"""Several workers on one PostgreSQL database: turns of one chat wait for each other, other chats do not wait."""

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


def deliver(database: Database, update: IncomingUpdate) -> bool:
    assert isinstance(update.content, Reply)
    return take_turn(database, update, update.content, NOW) is not None


def process_at_once(
    workers: list[Database], updates: list[IncomingUpdate], deliver_update: Deliver = deliver
) -> list[bool]:
    """Processes the updates in eight threads, each with the next worker in turn."""
    barrier = Barrier(min(THREADS, len(updates)), timeout=60)

    def one(number: int, update: IncomingUpdate) -> bool:
        if number < barrier.parties:
            barrier.wait()
        return deliver_update(workers[number % len(workers)], update)

    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(one, range(len(updates)), updates))


def test_turns_of_one_chat_never_overlap(workers: list[Database]) -> None:
    """Texts for one question arrive in many threads; none overwrites another, and prompts are numbered without gaps."""
    stored_chat = StoredChat(workers[0], 1)
    stored_chat.send_reply(Command("start"))
    while not (
        stored_chat.prompt_event
        and stored_chat.prompt_event.kind == "step_reached"
        and stored_chat.prompt_event.step == "informed_why"
    ):
        stored_chat.send_reply(stored_chat.make_next_reply())
    before, update_ids_before, *_ = load_state(stored_chat)
    words = [f"word{number}" for number in range(40)]
    updates = [IncomingUpdate(1_000 + number, 1, TextReply(word, number), "en") for number, word in enumerate(words)]
    assert process_at_once(workers, updates) == [True] * 40
    run, update_ids_after, *_ = load_state(stored_chat)
    assert before is not None
    assert run is not None
    stored_text = " ".join(
        [
            *(answer.value or "" for answer in run.answers.values()),
            run.pending_text.full_text if run.pending_text else "",
        ]
    )
    assert sorted(word for word in stored_text.split() if word.startswith("word")) == sorted(words)
    assert run.prompt == before.prompt + 40
    assert sorted(update_ids_after) == sorted([*update_ids_before, *(update.update_id for update in updates)])
    assert len(fetch_rows(workers[0], "select id from outbox_entries where chat_id = 1")) == 40


def test_the_same_update_at_several_workers_is_processed_once(workers: list[Database]) -> None:
    for number in range(10):
        update = IncomingUpdate(number, 100 + number, Command("start"), "en")
        assert sorted(process_at_once(workers, [update] * 6)) == [False] * 5 + [True]
    assert fetch_rows(workers[0], "select count(*), count(distinct chat_id) from outbox_entries") == [(10, 10)]


@pytest.mark.parametrize("kind", ["left", "blocked"])
def test_a_block_or_departure_at_several_workers_is_processed_once(workers: list[Database], kind: str) -> None:
    update = IncomingUpdate(7, 5, "blocked" if kind == "blocked" else GroupDeparture(), "en")
    answers = process_at_once(
        workers, [update] * 6, lambda database, same: take_update(database, same, NOW) is not None
    )
    assert sorted(answers) == [False] * 5 + [True]
    assert fetch_rows(workers[0], "select update_id from processed_updates") == [(7,)]
    assert fetch_rows(workers[0], "select * from chats") == []


def test_turns_of_different_chats_run_concurrently(workers: list[Database]) -> None:
    """During a turn of one chat, turns of another chat complete, and the first chat's next turn waits."""
    may_end, is_locked = Event(), Event()

    def slow_turn() -> None:
        with workers[0].transaction() as session:
            lock_chat(session, 1)
            is_locked.set()
            assert may_end.wait(60)

    with ThreadPoolExecutor(2) as threads:
        slow = threads.submit(slow_turn)
        assert is_locked.wait(60)
        StoredChat(workers[1], 2).walk_to_review()
        next_turn = threads.submit(deliver, workers[1], IncomingUpdate(1, 1, Command("start"), "en"))
        while not fetch_rows(workers[0], WAITING_SESSIONS_SQL):
            assert not next_turn.done(), "two turns of one chat overlapped"
        may_end.set()
        slow.result(20)
        assert next_turn.result(20)


def test_a_purge_waits_for_a_turn_of_the_same_chat(workers: list[Database]) -> None:
    """The purge starts when the turn has locked its chat but not yet its run, and there is no deadlock."""
    StoredChat(workers[0], 1).walk_to_review()
    for table in ("runs", "chats"):
        execute_sql(workers[0], f"update {table} set seen_at = 1")
    now, purges = datetime.now(UTC), list[Future[PurgeCounts]]()

    def begin_the_purge(_: DriverConnection, statement: str, _values: object) -> None:
        if statement.startswith("UPDATE runs"):
            purges.append(threads.submit(delete_expired_data, workers[1], now, timedelta(days=30)))
            while not fetch_rows(workers[0], WAITING_SESSIONS_SQL):
                assert not purges[0].done(), "the purge did not wait for the turn"

    with ThreadPoolExecutor(1) as threads, listen_to_statements(workers[0].engine, begin_the_purge):
        assert take_turn(workers[0], IncomingUpdate(900, 1, Command("start"), "en"), Command("start"), now)
        assert purges[0].result(20) == PurgeCounts(0, 0, 0)
    assert fetch_rows(workers[0], "select step from runs") == [("check",)]


def test_concurrent_runs_submit_their_own_responses(workers: list[Database]) -> None:
    def walk(number: int) -> None:
        stored_chat = StoredChat(workers[number % WORKERS], 500 + number)
        stored_chat.walk_to_review(f"words of {number}")
        stored_chat.submit(f"receipt of {number}")

    with ThreadPoolExecutor(THREADS) as threads:
        list(threads.map(walk, range(16)))
    assert load_comments(workers[0])["informed_why"] == sorted(f"words of {number}" for number in range(16))
    assert fetch_rows(workers[0], "select * from runs") == fetch_rows(workers[0], "select * from outbox_entries") == []


def test_a_receipt_used_at_several_workers_withdraws_once(
    workers: list[Database],
) -> None:
    stored_chat = StoredChat(workers[0], 1)
    stored_chat.walk_to_review()
    stored_chat.submit("mine")
    withdrawal: Reply = Tap("", 0, "", "withdraw_yes", "mine")
    process_at_once(workers, [IncomingUpdate(2_000 + number, 10 + number, withdrawal, "en") for number in range(6)])
    events = [event for number in range(6) for event in StoredChat(workers[0], 10 + number).deliver_entries()]
    assert sorted(event.kind for event in events) == ["response_not_found"] * 5 + ["response_withdrawn"]
    assert load_choices(workers[0]) == []
