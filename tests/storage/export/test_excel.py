"""A workbook: the tables with labels, a codebook, a chart; and nothing in it that Excel would run."""

import re
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet

from storage.db.database import Database
from storage.export.codebook import load_codebook
from tests.support.export_readers import read_excel_with_pandas, read_table, read_with_openpyxl, read_with_pandas
from tests.support.random_responses import (
    HOSTILE_TEXTS,
    add_comments,
    make_random_answers,
    release_answers,
    write_export,
)

REST = "Withheld, or rounded off"
SHEETS = ["about", "responses", "summary", "comments", "withheld", "codebook", "chart"]


@pytest.fixture
def workbook(sqlite_database: Database, tmp_path: Path) -> Path:
    release_answers(sqlite_database, add_comments(make_random_answers(Random(3), 90), HOSTILE_TEXTS))
    return write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx")


def test_it_holds_the_same_rows_as_the_package(workbook: Path, sqlite_database: Database, tmp_path: Path) -> None:
    package = write_export(sqlite_database, tmp_path / "general.zip")
    assert read_with_openpyxl(workbook) == read_with_pandas(package)
    assert read_excel_with_pandas(workbook) == read_with_pandas(package)
    said = [
        str(row[2]).replace("_x000D_", "\r") for row in read_with_openpyxl(workbook, "comments")
    ]  # Excel's own escape
    assert said == [row["words"] for row in read_table(package, "comments")]


def test_its_heads_stay_in_sight_and_its_columns_are_wide_enough(workbook: Path) -> None:
    read = load_workbook(workbook)
    assert read.sheetnames == SHEETS
    for name in SHEETS[1:-1]:
        sheet = read[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
        assert sheet.print_title_rows == "$1:$1"
        for of in sheet.column_dimensions.values():  # neighbours of one width are told together
            assert of.width >= max(16, *(3 + len(sheet.cell(1, place).value) for place in range(of.min, of.max + 1)))
        assert all(cell.font.bold and cell.alignment.wrap_text for cell in sheet[1])
        assert {cell.alignment.horizontal for row in sheet.iter_rows() for cell in row} == {"left"}


def test_no_row_of_labels_takes_two_lines(sqlite_database: Database, tmp_path: Path) -> None:
    release_answers(sqlite_database, make_random_answers(Random(3), 30))
    read = load_workbook(write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx"))
    told = {row[4] for row in read["summary"].iter_rows(min_row=2, values_only=True)}
    assert "Some: fewer than that, perhaps none" in told
    for name in ("responses", "summary", "withheld"):
        assert heights(read[name]) == []


def test_a_long_comment_has_the_lines_that_it_takes_and_no_more_than_excel_bears(
    sqlite_database: Database, tmp_path: Path
) -> None:
    said = ["x" * 80, "well said " * 33, "one line\n\nand another", "so much to say " * 250, *["fine"] * 6]
    release_answers(sqlite_database, add_comments(make_random_answers(Random(3), 30), said))
    sheet = load_workbook(write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx"))["comments"]
    assert sorted(heights(sheet)) == [45, 45, 405]


def heights(sheet: Worksheet) -> list[float]:
    """Of the rows that are higher than one line."""
    return [of.height for of in sheet.row_dimensions.values() if of.height]


def test_its_first_sheet_says_how_to_read_it_and_leaves_the_columns_to_the_codebook(workbook: Path) -> None:
    lines = [cell for (cell,) in load_workbook(workbook)["about"].iter_rows()]
    assert len(lines) < 70
    assert [line.value for line in lines if line.font.bold] == [
        "The connection test: answers in “general”, release 1",
        "WHAT IS IN IT",
        "HOW TO READ IT",
        "WHAT IS WITHHELD, AND WHY",
        "THE COLUMNS",
        "SOURCE AND LICENCE",
    ]
    assert not [line for line in lines if str(line.value).startswith(" ") or "A bit worse" in str(line.value)]


def test_the_codebook_says_what_each_code_of_each_column_means(workbook: Path) -> None:
    lines = read_with_openpyxl(workbook, "codebook")
    assert ("informed", "Knowing", -2, "Lost in jargon and forms") in [(*line[:2], *line[3:5]) for line in lines]
    assert {line[0] for line in lines} == {head.value for head in load_workbook(workbook)["responses"][1]}
    no_answer = {line[3] for line in lines if line[5] == "yes"}
    assert no_answer == {"not_sure", "skipped", "not_asked", "*"}


def test_nothing_in_it_is_a_formula_or_a_link(workbook: Path) -> None:
    with ZipFile(workbook) as file:
        sheets = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search("<f[ >]|<hyperlink", sheet) for sheet in sheets)
    starts = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    cells = [cell for name in SHEETS[1:5] for row in read_with_openpyxl(workbook, name) for cell in row]
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith(starts)]


def test_the_chart_shows_the_counts_of_the_summary_and_what_is_missing_to_the_total(workbook: Path) -> None:
    chart = chart_of(workbook)
    assert "percentStacked" in chart
    (_, *heads), *rows = load_workbook(workbook)["chart"].iter_rows(min_row=4, values_only=True)
    assert heads == ["2 (best)", "1", "0", "-1", "-2 (worst)", "Not sure", "Skipped", REST]
    assert chart.count("<c:ser>") == len(heads)
    answers = [str(head).split(" (")[0] for head in heads]
    shown = {(row[0], answer): count for row in rows for answer, count in zip(answers, row[1:], strict=True)}
    names, totals = load_codebook("connection_test"), dict[str, int]()
    for question, answer, label, count, _ in read_with_openpyxl(workbook, "summary"):
        if isinstance(count, int) and answer == "total":
            totals[names.get_short_name(str(question))] = count
        elif isinstance(count, int):
            assert (
                shown[names.get_short_name(str(question)), str(answer if isinstance(answer, int) else label)] == count
            )
    for name, *numbers, rest in rows:
        assert rest == max(0, totals[str(name)] - sum(filter(None, numbers)))


def test_the_chart_can_be_told_apart_in_grey_and_its_longest_name_has_room(workbook: Path) -> None:
    chart = chart_of(workbook)
    looks = re.findall(r"<c:ser>.*?<c:spPr>(.*?)</c:spPr>", chart)
    heads = [cell.value for cell in load_workbook(workbook)["chart"][4]][1:]
    marks = {
        head: re.findall('prst="(.*?)"', look) for head, look in zip(heads, looks, strict=True) if "pattFill" in look
    }
    assert set(marks) == {"-1", "-2 (worst)", "Not sure"}
    assert len({mark for [mark] in marks.values()}) == len(marks)
    [beside] = re.findall(r'<c:plotArea>.*?<c:x val="(.*?)"/>', chart)
    names = load_codebook("connection_test")
    longest = max(len(names.get_short_name(place.id)) for place in names.flow.questions if place.kind == "choice")
    assert float(beside) * 960 > 8 * longest  # pixels


def chart_of(workbook: Path) -> str:
    with ZipFile(workbook) as file:
        return file.read("xl/charts/chart1.xml").decode()


def test_where_counts_are_told_in_words_there_is_no_chart_and_it_says_why(
    sqlite_database: Database, tmp_path: Path
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(3), 20))
    workbook = write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx")
    with ZipFile(workbook) as file:
        assert not [name for name in file.namelist() if "chart1" in name]
    assert "too few answers for numbers" in str(load_workbook(workbook)["chart"]["A1"].value)
