"""Times that all workers share: when the bot was last healthy, and the slots of broadcasts."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from threading import Barrier
from time import time
from typing import Any

import pytest

from storage.db.database import Database, open_database
from storage.db.shared_clock import (
    BROADCAST_INTERVAL_MS,
    MAX_BOOKING_AHEAD_MS,
    book_broadcast_slot,
    load_last_healthy,
    record_healthy,
)
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.raw_sql import execute_sql, fetch_rows

HOUR_MS = 3_600_000


def check_healthy(database: Database) -> tuple[int, int]:
    """Loads the last healthy time and records a new one, as the downtime check does."""
    found = load_last_healthy(database)
    record_healthy(database)
    return found


SET_FUNCTIONS: dict[str, Callable[[Database], Any]] = {
    "next_broadcast": book_broadcast_slot,
    "last_healthy": record_healthy,
}


@pytest.fixture
def workers(database_url: str) -> Iterator[list[Database]]:
    """One worker on SQLite, used from many threads; three on PostgreSQL."""
    worker_count = 1 if database_url.startswith("sqlite") else 3
    with ExitStack() as stack:
        yield [stack.enter_context(closing(open_database(database_url, TEST_SECRET_KEY))) for _ in range(worker_count)]


def book_slot_time(database: Database) -> int:
    """Books a slot; returns its time in milliseconds since 1970, from the time of the next free slot."""
    book_broadcast_slot(database)
    return (
        int(fetch_rows(database, "select time_ms from shared_clock where name = 'next_broadcast'")[0][0])
        - BROADCAST_INTERVAL_MS
    )


def test_concurrent_bookings_get_different_slots_40_ms_apart(workers: list[Database]) -> None:
    """Six threads book eight slots each; the last slot is 47 intervals after the first, so none was given twice."""
    barrier = Barrier(6, timeout=60)

    def book_eight(number: int) -> list[float]:
        barrier.wait()
        return [book_broadcast_slot(workers[number % len(workers)]) for _ in range(8)]

    started_at = time() * 1000
    with ThreadPoolExecutor(6) as threads:
        waits = [wait for found in threads.map(book_eight, range(6)) for wait in found]
    elapsed = time() * 1000 - started_at
    [(next_free,)] = fetch_rows(workers[0], "select time_ms from shared_clock")
    assert next_free - started_at >= 48 * BROADCAST_INTERVAL_MS - 1
    assert max(waits) * 1000 >= 47 * BROADCAST_INTERVAL_MS - elapsed - 1


def test_consecutive_slots_are_40_ms_apart(database: Database) -> None:
    slot_times = [book_slot_time(database) for _ in range(10)]
    assert all(later - earlier >= BROADCAST_INTERVAL_MS for earlier, later in pairwise(slot_times))


def test_the_first_slot_after_a_pause_is_free_at_once(database: Database) -> None:
    assert book_broadcast_slot(database) == 0
    execute_sql(database, "update shared_clock set time_ms = time_ms - 60000")
    assert book_broadcast_slot(database) == 0


def test_a_clock_set_back_by_an_hour_does_not_delay_broadcasts(database: Database) -> None:
    """Slots booked before are an hour ahead, further than anybody books."""
    book_broadcast_slot(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms + ?", HOUR_MS)
    assert book_broadcast_slot(database) == 0
    assert 0 < book_broadcast_slot(database) < 0.1


def test_a_long_queue_within_the_booking_limit_is_kept(database: Database) -> None:
    book_broadcast_slot(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms + ?", MAX_BOOKING_AHEAD_MS - 1_000)
    assert MAX_BOOKING_AHEAD_MS / 1000 - 2 < book_broadcast_slot(database) < MAX_BOOKING_AHEAD_MS / 1000


def test_the_first_healthy_time_has_no_gap(database: Database) -> None:
    assert check_healthy(database) == (0, 0)


def test_the_gap_is_the_time_since_the_last_healthy_time(database: Database) -> None:
    check_healthy(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms - ?", HOUR_MS)
    gap, since = check_healthy(database)
    assert 3600 <= gap < 3630
    assert abs(datetime.fromtimestamp(since, UTC) + timedelta(hours=1) - datetime.now(UTC)) < timedelta(seconds=30)
    assert check_healthy(database)[0] < 30, "the bot has been healthy since then"


def test_a_clock_set_back_is_no_gap(database: Database) -> None:
    check_healthy(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms + ?", HOUR_MS)
    assert check_healthy(database)[0] == 0
    assert check_healthy(database)[0] < 30


def test_the_gap_remains_until_a_worker_records_a_healthy_time(workers: list[Database]) -> None:
    """If prompts are repeated and the worker is killed meanwhile, the next start must see the gap again."""
    record_healthy(workers[0])
    execute_sql(workers[0], "update shared_clock set time_ms = time_ms - ?", HOUR_MS)
    assert all(load_last_healthy(worker)[0] > 1000 for worker in workers)
    record_healthy(workers[0])
    assert all(load_last_healthy(worker)[0] < 30 for worker in workers)


@pytest.mark.parametrize("name", SET_FUNCTIONS)
def test_concurrent_first_writes_of_a_time_create_one_row(workers: list[Database], name: str) -> None:
    barrier = Barrier(6, timeout=60)

    def set_time(number: int) -> None:
        barrier.wait()
        SET_FUNCTIONS[name](workers[number % len(workers)])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(set_time, range(6)))
    assert fetch_rows(workers[0], "select name from shared_clock") == [(name,)]
