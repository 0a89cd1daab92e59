"""Exports of scales of any length: formats have the same rows, no point is a missing value, both ends are named."""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pyreadstat
import pytest
from openpyxl import load_workbook

from flows.scale import MAX_POINTS, MIN_POINTS, list_points
from storage.db.database import Database
from storage.export.codebook import load_codebook
from storage.export.spss import find_missing_range
from tests.support.export_readers import (
    read_excel_with_pandas,
    read_fields,
    read_with_openpyxl,
    read_with_pandas,
    read_with_pyreadstat,
)
from tests.support.export_validators import measure_k_anonymity, validate_package
from tests.support.flow_files import copy_flow, serve_library, set_scale
from tests.support.random_responses import RELEASE_SIZE, make_random_answers, release_answers, write_export


@pytest.fixture(params=range(MIN_POINTS, MAX_POINTS + 1))
def point_count(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[int]:
    """The length of all scales of the library's flow."""
    set_scale(copy_flow(tmp_path / "library"), request.param)
    with serve_library(tmp_path / "library"):
        yield request.param


@pytest.fixture
def mixed_scales(tmp_path: Path) -> Iterator[None]:
    """A library in which two questions of the test have other scales than the rest."""
    set_scale(set_scale(copy_flow(tmp_path / "library"), 7, "informed"), 4, "connected")
    with serve_library(tmp_path / "library"):
        yield


def release_crowd(database: Database, count: int = 400) -> None:
    release_answers(database, make_random_answers(Random(count), count))


def read_chart_sheet(workbook: Path) -> tuple[str, list[object]]:
    """The line above the chart, and the headings of its columns."""
    rows = list(load_workbook(workbook)["chart"].iter_rows(values_only=True))
    return str(rows[0][0]), [cell for cell in rows[3][1:] if cell is not None]


def check_formats(database: Database, folder: Path) -> None:
    package, workbook, sav = (
        write_export(database, folder / f"general.{kind}", kind) for kind in ("package", "xlsx", "sav")
    )
    rows = read_with_pandas(package)
    assert rows
    assert measure_k_anonymity(package) >= RELEASE_SIZE
    assert validate_package(package) == []
    assert read_with_openpyxl(workbook) == rows
    assert read_excel_with_pandas(workbook) == rows
    assert read_with_pyreadstat(sav) == rows


def test_all_formats_have_the_same_rows(point_count: int, sqlite_database: Database, tmp_path: Path) -> None:
    release_crowd(sqlite_database)
    check_formats(sqlite_database, tmp_path)
    fields = read_fields(tmp_path / "general.package", "responses")
    assert [one["value"] for one in fields["informed"]["categories"]] == list(list_points(point_count))
    worst, best = -(point_count // 2), point_count // 2
    assert fields["informed"]["unit"] == f"steps, from {worst} (worst) to {best} (best)"


def test_no_point_is_a_missing_value_in_spss(point_count: int, sqlite_database: Database, tmp_path: Path) -> None:
    release_crowd(sqlite_database)
    frame, _ = pyreadstat.read_sav(write_export(sqlite_database, tmp_path / "general.sav", "sav"))
    assert {*frame["informed"].dropna()} == {*list_points(point_count)}
    [column] = load_codebook("connection_test").build_columns(["informed"])
    assert find_missing_range(column) == {"lo": -9, "hi": -4 if point_count > 5 else -3}


def test_the_ends_of_a_scale_are_named(point_count: int, sqlite_database: Database, tmp_path: Path) -> None:
    release_crowd(sqlite_database)
    worst, best = -(point_count // 2), point_count // 2
    about, headings = read_chart_sheet(write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx"))
    assert f"from {best}, the best, to {worst}, the worst." in about
    assert headings[0] == f"{best} (best)"
    assert f"{worst} (worst)" in headings
    with ZipFile(write_export(sqlite_database, tmp_path / "general.zip")) as package:
        readme = package.read("README.txt").decode()
    assert f"A step goes from {best} (best) to {worst} (worst)." in readme


@pytest.mark.usefixtures("mixed_scales")
def test_an_export_can_have_scales_of_different_lengths(sqlite_database: Database, tmp_path: Path) -> None:
    release_crowd(sqlite_database)
    check_formats(sqlite_database, tmp_path)
    about, headings = read_chart_sheet(tmp_path / "general.xlsx")
    assert "from the best to the worst" in about
    assert headings[:3] == ["3", "2", "1"]
    with ZipFile(tmp_path / "general.package") as package:
        readme = package.read("README.txt").decode()
    assert "A step goes from the highest number of its question (best) to the lowest (worst)." in readme
