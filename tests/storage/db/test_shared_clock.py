"""Moments that all workers share: when the bot was last well, and the places of what goes to many."""

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

HOUR = 3_600_000


def well_again(database: Database) -> tuple[int, int]:
    """As upkeep does when nobody is to be asked again."""
    found = load_last_healthy(database)
    record_healthy(database)
    return found


MOMENTS: dict[str, Callable[[Database], Any]] = {
    "next_broadcast": book_broadcast_slot,
    "last_healthy": record_healthy,
}


@pytest.fixture
def workers(database_url: str) -> Iterator[list[Database]]:
    """With SQLite there is one; what is asked of it comes from many threads all the same."""
    many = 1 if database_url.startswith("sqlite") else 3
    with ExitStack() as ending:
        yield [ending.enter_context(closing(open_database(database_url, TEST_SECRET_KEY))) for _ in range(many)]


def booked(database: Database) -> int:
    """Books a place; gives its moment, in milliseconds since 1970, by when the next one is free."""
    book_broadcast_slot(database)
    return (
        int(fetch_rows(database, "select time_ms from shared_clock where name = 'next_broadcast'")[0][0])
        - BROADCAST_INTERVAL_MS
    )


def test_each_place_is_booked_once_and_they_are_40_ms_apart(workers: list[Database]) -> None:
    """Eight times six places, asked for at once: the last is 47 places after the first, so none was given twice."""
    together = Barrier(6, timeout=60)

    def several(number: int) -> list[float]:
        together.wait()
        return [book_broadcast_slot(workers[number % len(workers)]) for _ in range(8)]

    began = time() * 1000
    with ThreadPoolExecutor(6) as threads:
        waits = [wait for found in threads.map(several, range(6)) for wait in found]
    took = time() * 1000 - began
    [(free,)] = fetch_rows(workers[0], "select time_ms from shared_clock")
    assert free - began >= 48 * BROADCAST_INTERVAL_MS - 1
    assert max(waits) * 1000 >= 47 * BROADCAST_INTERVAL_MS - took - 1


def test_one_after_the_other_waits_40_ms_more_each(database: Database) -> None:
    moments = [booked(database) for _ in range(10)]
    assert all(later - earlier >= BROADCAST_INTERVAL_MS for earlier, later in pairwise(moments))


def test_nobody_waits_when_nothing_was_said_lately(database: Database) -> None:
    assert book_broadcast_slot(database) == 0
    execute_sql(database, "update shared_clock set time_ms = time_ms - 60000")
    assert book_broadcast_slot(database) == 0


def test_a_clock_that_was_set_back_by_an_hour_stalls_nothing(database: Database) -> None:
    """What was booked then lies an hour ahead now: nobody books that far."""
    book_broadcast_slot(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms + ?", HOUR)
    assert book_broadcast_slot(database) == 0
    assert 0 < book_broadcast_slot(database) < 0.1


def test_a_queue_that_is_long_but_not_a_clock_s_doing_is_waited_for(database: Database) -> None:
    book_broadcast_slot(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms + ?", MAX_BOOKING_AHEAD_MS - 1_000)
    assert MAX_BOOKING_AHEAD_MS / 1000 - 2 < book_broadcast_slot(database) < MAX_BOOKING_AHEAD_MS / 1000


def test_the_first_time_well_there_is_no_gap(database: Database) -> None:
    assert well_again(database) == (0, 0)


def test_the_gap_is_as_long_as_the_bot_was_not_well(database: Database) -> None:
    well_again(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms - ?", HOUR)
    gap, since = well_again(database)
    assert 3600 <= gap < 3630
    assert abs(datetime.fromtimestamp(since, UTC) + timedelta(hours=1) - datetime.now(UTC)) < timedelta(seconds=30)
    assert well_again(database)[0] < 30, "it is well since then"


def test_a_clock_that_was_set_back_is_no_gap(database: Database) -> None:
    well_again(database)
    execute_sql(database, "update shared_clock set time_ms = time_ms + ?", HOUR)
    assert well_again(database)[0] == 0
    assert well_again(database)[0] < 30


def test_the_gap_is_there_until_a_worker_says_that_it_is_well(workers: list[Database]) -> None:
    """Cut off while it asks again, it must find the gap the next time."""
    record_healthy(workers[0])
    execute_sql(workers[0], "update shared_clock set time_ms = time_ms - ?", HOUR)
    assert all(load_last_healthy(worker)[0] > 1000 for worker in workers)
    record_healthy(workers[0])
    assert all(load_last_healthy(worker)[0] < 30 for worker in workers)


@pytest.mark.parametrize("name", MOMENTS)
def test_many_at_once_begin_a_moment_that_was_never_noted(workers: list[Database], name: str) -> None:
    together = Barrier(6, timeout=60)

    def begin(number: int) -> None:
        together.wait()
        MOMENTS[name](workers[number % len(workers)])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(begin, range(6)))
    assert fetch_rows(workers[0], "select name from shared_clock") == [(name,)]
