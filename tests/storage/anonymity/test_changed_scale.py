"""After the length of a scale changes, earlier answers are not counted as answers on the new scale."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import permutations
from pathlib import Path
from random import Random
from types import MappingProxyType

import pytest

from flows.engine import fit_run
from flows.loader import load_walk
from flows.models import Answer, Run
from flows.scale import MAX_POINTS, MIN_POINTS, list_points
from storage.anonymity.gateway import ShownRow, open_release_view
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database
from tests.support.export_readers import read_with_openpyxl, read_with_pandas, read_with_pyreadstat
from tests.support.flow_files import copy_flow, serve_library, set_scale
from tests.support.random_responses import RELEASE_SIZE, make_random_answers, release_answers, write_export
from tests.support.responses import release_responses, withdraw_by_receipt

CROWD = 200
LENGTHS = range(MIN_POINTS, MAX_POINTS + 1)


@contextmanager
def serve_scale(folder: Path, point_count: int) -> Iterator[None]:
    """Serves the library's flow with scales of this length."""
    library = folder / f"of {point_count}"
    set_scale(copy_flow(library), point_count)
    with serve_library(library):
        yield


def read_column(database: Database, question: str) -> tuple[Counter[str], dict[str, str]]:
    """The answers to a question in the rows, and its displayed counts."""
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as view:
        rows: list[ShownRow] = list(view.iter_rows())
        column_index = view.columns.index(question)
        counts = {one.answer: one.display_value for one in view.count_answers() if one.question == question}
        return Counter(row[column_index] for row in rows), counts


@pytest.mark.parametrize(("before", "after"), list(permutations(LENGTHS, 2)))
def test_answers_on_another_scale_count_as_not_asked(
    before: int, after: int, sqlite_database: Database, tmp_path: Path
) -> None:
    random = Random(before)
    with serve_scale(tmp_path, before):
        release_answers(sqlite_database, make_random_answers(random, CROWD))
        former_answers, _ = read_column(sqlite_database, "informed")
    points = {*map(str, list_points(before))}
    with serve_scale(tmp_path, after):
        answers, counts = read_column(sqlite_database, "informed")
    assert points & former_answers.keys()
    assert not {*map(str, list_points(MAX_POINTS))} & answers.keys()
    assert answers["not_asked"] >= sum(former_answers[point] for point in points)
    assert counts.keys() == {"", *map(str, list_points(after)), "not_sure", "skipped"}
    assert not any(counts[str(point)].isdigit() for point in list_points(after))


def test_new_answers_are_counted_without_earlier_ones(sqlite_database: Database, tmp_path: Path) -> None:
    release_answers(sqlite_database, [{"role": "neighbour", "informed": "2"}] * 100)
    with serve_scale(tmp_path, 7):
        mixed = [{"informed": answer} for answer in ("2/7", "3/7", "-1/7", "-3/7") for _ in range(50)]
        release_answers(sqlite_database, [{"role": "neighbour", **person} for person in mixed])
        answers, counts = read_column(sqlite_database, "informed")
        for kind, read in (("package", read_with_pandas), ("xlsx", read_with_openpyxl), ("sav", read_with_pyreadstat)):
            rows = read(write_export(sqlite_database, tmp_path / f"x.{kind}", kind))
            cells = Counter(row[5] for row in rows)
            assert {point: cells[point] for point in (3, 2, -1, -3)} == dict.fromkeys((3, 2, -1, -3), 50)
            assert cells["Not asked"] == 100
    assert {point: answers[point] for point in ("3", "2", "-1", "-3")} == dict.fromkeys(("3", "2", "-1", "-3"), 50)
    assert answers["not_asked"] == 100
    assert (counts[""], counts["2"], counts["3"]) == ("200", "50", "50")


def test_a_response_on_the_former_scale_can_be_withdrawn(sqlite_database: Database, tmp_path: Path) -> None:
    release_responses(sqlite_database, *range(20))
    with serve_scale(tmp_path, 4):
        before, _ = read_column(sqlite_database, "connected")
        withdraw_by_receipt(sqlite_database, 3)
        assert read_column(sqlite_database, "connected")[0] == before


def test_an_unfinished_run_is_asked_again_on_the_new_scale(tmp_path: Path) -> None:
    answers = MappingProxyType({"role": Answer("neighbour"), "informed": Answer("2"), "confident": Answer("not_sure")})
    run = replace(Run("runrun01", "connection_test", 1, "en", "connected", 4), answers=answers)
    assert fit_run(load_walk().flow, run).answers == answers
    with serve_scale(tmp_path, 7):
        assert {*fit_run(load_walk().flow, run).answers} == {"role", "confident"}
