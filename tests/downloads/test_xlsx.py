"""A workbook: the tables with labels, a codebook, a chart; and nothing in it that Excel would run."""

import re
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from storage.database import Database
from storage.downloads.codebook import codebook_of
from tests.downloads.crowd import NASTY, crowd, release, with_words, written
from tests.downloads.reading import by_openpyxl, by_pandas, by_pandas_from_excel, table

SHEETS = ["about", "responses", "summary", "comments", "withheld", "codebook", "chart"]


@pytest.fixture
def workbook(on_file: Database, tmp_path: Path) -> Path:
    release(on_file, with_words(crowd(Random(3), 90), NASTY))
    return written(on_file, tmp_path / "general.xlsx", "xlsx")


def test_it_holds_the_same_rows_as_the_package(workbook: Path, on_file: Database, tmp_path: Path) -> None:
    package = written(on_file, tmp_path / "general.zip")
    assert by_openpyxl(workbook) == by_pandas(package)
    assert by_pandas_from_excel(workbook) == by_pandas(package)
    said = [str(row[2]).replace("_x000D_", "\r") for row in by_openpyxl(workbook, "comments")]  # Excel's own escape
    assert said == [row["words"] for row in table(package, "comments")]


def test_its_heads_stay_in_sight_and_its_columns_are_wide_enough(workbook: Path) -> None:
    read = load_workbook(workbook)
    assert read.sheetnames == SHEETS
    for name in SHEETS[1:-1]:
        sheet = read[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
        assert all(dimension.width >= 16 for dimension in sheet.column_dimensions.values())
        assert all(cell.font.bold for cell in sheet[1])


def test_the_codebook_says_what_each_code_of_each_column_means(workbook: Path) -> None:
    lines = by_openpyxl(workbook, "codebook")
    assert ("informed", -2, "Lost in jargon and forms") in [(line[0], line[2], line[3]) for line in lines]
    assert {line[0] for line in lines} == {head.value for head in load_workbook(workbook)["responses"][1]}
    no_answer = {line[2] for line in lines if line[4] == "yes"}
    assert no_answer == {"not_sure", "skipped", "not_asked", "*"}


def test_nothing_in_it_is_a_formula_or_a_link(workbook: Path) -> None:
    with ZipFile(workbook) as file:
        sheets = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search("<f[ >]|<hyperlink", sheet) for sheet in sheets)
    starts = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    cells = [cell for name in SHEETS[1:5] for row in by_openpyxl(workbook, name) for cell in row]
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith(starts)]


def test_the_chart_shows_the_counts_of_the_summary(workbook: Path) -> None:
    with ZipFile(workbook) as file:
        chart = file.read("xl/charts/chart1.xml").decode()
    assert "percentStacked" in chart
    (_, *heads), *rows = load_workbook(workbook)["chart"].iter_rows(min_row=3, values_only=True)
    assert heads[:5] == ["2", "1", "0", "-1", "-2"]
    assert chart.count("<c:ser>") == len(heads)
    shown = {(row[0], head): count for row in rows for head, count in zip(heads, row[1:], strict=True) if count}
    names, words = codebook_of("connection_test"), ("Not sure", "Skipped")
    counted = {
        (names.name_of(str(row[0])), row[2] if row[2] in words else str(row[1])): row[3]
        for row in by_openpyxl(workbook, "summary")
        if isinstance(row[3], int) and row[1] != "total"
    }
    assert shown == counted


def test_where_counts_are_told_in_words_there_is_no_chart_and_it_says_why(on_file: Database, tmp_path: Path) -> None:
    release(on_file, crowd(Random(3), 20))
    workbook = written(on_file, tmp_path / "general.xlsx", "xlsx")
    with ZipFile(workbook) as file:
        assert not [name for name in file.namelist() if "chart1" in name]
    assert "too few answers for numbers" in str(load_workbook(workbook)["chart"]["A1"].value)
