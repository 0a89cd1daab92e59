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
from storage.db.shared_clock import FAR, PACE, book, last_well, well_now
from tests.support.postgresql import SECRET
from tests.support.raw_sql import change, rows

HOUR = 3_600_000


def well_again(database: Database) -> tuple[int, int]:
    """As upkeep does when nobody is to be asked again."""
    found = last_well(database)
    well_now(database)
    return found


MOMENTS: dict[str, Callable[[Database], Any]] = {"bulk": book, "well": well_now}


@pytest.fixture
def workers(address: str) -> Iterator[list[Database]]:
    """With SQLite there is one; what is asked of it comes from many threads all the same."""
    many = 1 if address.startswith("sqlite") else 3
    with ExitStack() as ending:
        yield [ending.enter_context(closing(open_database(address, SECRET))) for _ in range(many)]


def booked(database: Database) -> int:
    """Books a place; gives its moment, in milliseconds since 1970, by when the next one is free."""
    book(database)
    return int(rows(database, "select at from moments where name = 'bulk'")[0][0]) - PACE


def test_each_place_is_booked_once_and_they_are_40_ms_apart(workers: list[Database]) -> None:
    """Eight times six places, asked for at once: the last is 47 places after the first, so none was given twice."""
    together = Barrier(6, timeout=60)

    def several(number: int) -> list[float]:
        together.wait()
        return [book(workers[number % len(workers)]) for _ in range(8)]

    began = time() * 1000
    with ThreadPoolExecutor(6) as threads:
        waits = [wait for found in threads.map(several, range(6)) for wait in found]
    took = time() * 1000 - began
    [(free,)] = rows(workers[0], "select at from moments")
    assert free - began >= 48 * PACE - 1
    assert max(waits) * 1000 >= 47 * PACE - took - 1


def test_one_after_the_other_waits_40_ms_more_each(database: Database) -> None:
    moments = [booked(database) for _ in range(10)]
    assert all(later - earlier >= PACE for earlier, later in pairwise(moments))


def test_nobody_waits_when_nothing_was_said_lately(database: Database) -> None:
    assert book(database) == 0
    change(database, "update moments set at = at - 60000")
    assert book(database) == 0


def test_a_clock_that_was_set_back_by_an_hour_stalls_nothing(database: Database) -> None:
    """What was booked then lies an hour ahead now: nobody books that far."""
    book(database)
    change(database, "update moments set at = at + ?", HOUR)
    assert book(database) == 0
    assert 0 < book(database) < 0.1


def test_a_queue_that_is_long_but_not_a_clock_s_doing_is_waited_for(database: Database) -> None:
    book(database)
    change(database, "update moments set at = at + ?", FAR - 1_000)
    assert FAR / 1000 - 2 < book(database) < FAR / 1000


def test_the_first_time_well_there_is_no_gap(database: Database) -> None:
    assert well_again(database) == (0, 0)


def test_the_gap_is_as_long_as_the_bot_was_not_well(database: Database) -> None:
    well_again(database)
    change(database, "update moments set at = at - ?", HOUR)
    gap, since = well_again(database)
    assert 3600 <= gap < 3630
    assert abs(datetime.fromtimestamp(since, UTC) + timedelta(hours=1) - datetime.now(UTC)) < timedelta(seconds=30)
    assert well_again(database)[0] < 30, "it is well since then"


def test_a_clock_that_was_set_back_is_no_gap(database: Database) -> None:
    well_again(database)
    change(database, "update moments set at = at + ?", HOUR)
    assert well_again(database)[0] == 0
    assert well_again(database)[0] < 30


def test_the_gap_is_there_until_a_worker_says_that_it_is_well(workers: list[Database]) -> None:
    """Cut off while it asks again, it must find the gap the next time."""
    well_now(workers[0])
    change(workers[0], "update moments set at = at - ?", HOUR)
    assert all(last_well(worker)[0] > 1000 for worker in workers)
    well_now(workers[0])
    assert all(last_well(worker)[0] < 30 for worker in workers)


@pytest.mark.parametrize("name", MOMENTS)
def test_many_at_once_begin_a_moment_that_was_never_noted(workers: list[Database], name: str) -> None:
    together = Barrier(6, timeout=60)

    def begin(number: int) -> None:
        together.wait()
        MOMENTS[name](workers[number % len(workers)])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(begin, range(6)))
    assert rows(workers[0], "select name from moments") == [(name,)]
