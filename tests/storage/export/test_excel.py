"""The Excel workbook: labelled tables, a codebook, a chart, and nothing that Excel would execute."""

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


def test_the_workbook_has_the_same_rows_as_the_package(
    workbook: Path, sqlite_database: Database, tmp_path: Path
) -> None:
    package = write_export(sqlite_database, tmp_path / "general.zip")
    assert read_with_openpyxl(workbook) == read_with_pandas(package)
    assert read_excel_with_pandas(workbook) == read_with_pandas(package)
    comments = [
        str(row[2]).replace("_x000D_", "\r") for row in read_with_openpyxl(workbook, "comments")
    ]  # Excel's own escape sequence
    assert comments == [row["words"] for row in read_table(package, "comments")]


def test_headings_are_frozen_and_columns_wide_enough(workbook: Path) -> None:
    opened = load_workbook(workbook)
    assert opened.sheetnames == SHEETS
    for name in SHEETS[1:-1]:
        sheet = opened[name]
        assert sheet.freeze_panes == "A2"
        assert sheet.auto_filter.ref
        assert sheet.print_title_rows == "$1:$1"
        for dimension in sheet.column_dimensions.values():  # neighbours of one width are grouped
            assert dimension.width >= max(
                16, *(3 + len(sheet.cell(1, column).value) for column in range(dimension.min, dimension.max + 1))
            )
        assert all(cell.font.bold and cell.alignment.wrap_text for cell in sheet[1])
        assert {cell.alignment.horizontal for row in sheet.iter_rows() for cell in row} == {"left"}


def test_labels_fit_on_one_line(sqlite_database: Database, tmp_path: Path) -> None:
    release_answers(sqlite_database, make_random_answers(Random(3), 30))
    opened = load_workbook(write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx"))
    answer_labels = {row[4] for row in opened["summary"].iter_rows(min_row=2, values_only=True)}
    assert "Some: fewer than that, perhaps none" in answer_labels
    for name in ("responses", "summary", "withheld"):
        assert row_heights(opened[name]) == []


def test_long_comments_get_higher_rows_up_to_excel_s_limit(sqlite_database: Database, tmp_path: Path) -> None:
    comments = ["x" * 80, "well said " * 33, "one line\n\nand another", "so much to say " * 250, *["fine"] * 6]
    release_answers(sqlite_database, add_comments(make_random_answers(Random(3), 30), comments))
    sheet = load_workbook(write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx"))["comments"]
    assert sorted(row_heights(sheet)) == [45, 45, 405]


def row_heights(sheet: Worksheet) -> list[float]:
    """The heights of rows that are higher than one line."""
    return [dimension.height for dimension in sheet.row_dimensions.values() if dimension.height]


def test_the_first_sheet_explains_the_workbook_without_the_columns(workbook: Path) -> None:
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


def test_the_codebook_explains_each_code_of_each_column(workbook: Path) -> None:
    lines = read_with_openpyxl(workbook, "codebook")
    assert ("informed", "Knowing", -2, "Lost in jargon and forms") in [(*line[:2], *line[3:5]) for line in lines]
    assert {line[0] for line in lines} == {head.value for head in load_workbook(workbook)["responses"][1]}
    no_answer = {line[3] for line in lines if line[5] == "yes"}
    assert no_answer == {"not_sure", "skipped", "not_asked", "*"}


def test_the_workbook_has_no_formulas_or_links(workbook: Path) -> None:
    with ZipFile(workbook) as file:
        sheets = [file.read(name).decode() for name in file.namelist() if name.startswith("xl/worksheets/sheet")]
    assert not any(re.search("<f[ >]|<hyperlink", sheet) for sheet in sheets)
    starts = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
    cells = [cell for name in SHEETS[1:5] for row in read_with_openpyxl(workbook, name) for cell in row]
    assert not [cell for cell in cells if isinstance(cell, str) and cell.startswith(starts)]


def test_the_chart_shows_the_summary_s_counts_and_the_rest(workbook: Path) -> None:
    chart = read_chart(workbook)
    assert "percentStacked" in chart
    (_, *heads), *rows = load_workbook(workbook)["chart"].iter_rows(min_row=4, values_only=True)
    assert heads == ["2 (best)", "1", "0", "-1", "-2 (worst)", "Not sure", "Skipped", REST]
    assert chart.count("<c:ser>") == len(heads)
    answers = [str(head).split(" (")[0] for head in heads]
    charted = {(row[0], answer): count for row in rows for answer, count in zip(answers, row[1:], strict=True)}
    names, totals = load_codebook("connection_test"), dict[str, int]()
    for question, answer, label, count, _ in read_with_openpyxl(workbook, "summary"):
        if isinstance(count, int) and answer == "total":
            totals[names.get_short_name(str(question))] = count
        elif isinstance(count, int):
            assert (
                charted[names.get_short_name(str(question)), str(answer if isinstance(answer, int) else label)] == count
            )
    for name, *numbers, rest in rows:
        assert rest == max(0, totals[str(name)] - sum(filter(None, numbers)))


def test_the_chart_is_legible_in_grey_and_has_room_for_long_names(workbook: Path) -> None:
    chart = read_chart(workbook)
    styles = re.findall(r"<c:ser>.*?<c:spPr>(.*?)</c:spPr>", chart)
    heads = [cell.value for cell in load_workbook(workbook)["chart"][4]][1:]
    patterns = {
        head: re.findall('prst="(.*?)"', style)
        for head, style in zip(heads, styles, strict=True)
        if "pattFill" in style
    }
    assert set(patterns) == {"-1", "-2 (worst)", "Not sure"}
    assert len({pattern for [pattern] in patterns.values()}) == len(patterns)
    [plot_left] = re.findall(r'<c:plotArea>.*?<c:x val="(.*?)"/>', chart)
    names = load_codebook("connection_test")
    longest = max(len(names.get_short_name(column.id)) for column in names.flow.questions if column.kind == "choice")
    assert float(plot_left) * 960 > 8 * longest  # pixels


def read_chart(workbook: Path) -> str:
    with ZipFile(workbook) as file:
        return file.read("xl/charts/chart1.xml").decode()


def test_without_numbers_there_is_no_chart_but_an_explanation(sqlite_database: Database, tmp_path: Path) -> None:
    release_answers(sqlite_database, make_random_answers(Random(3), 20))
    workbook = write_export(sqlite_database, tmp_path / "general.xlsx", "xlsx")
    with ZipFile(workbook) as file:
        assert not [name for name in file.namelist() if "chart1" in name]
    assert "too few answers for numbers" in str(load_workbook(workbook)["chart"]["A1"].value)
