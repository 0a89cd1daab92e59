"""The chart of a workbook: for each question, what share of all who were asked answered so."""

from collections.abc import Sequence
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from storage.downloads.cells import number_or_code
from storage.downloads.codebook import TOTAL, WITHHELD
from storage.downloads.printing import HEAD, LEFT, LINE, new_sheet
from storage.downloads.tables import Download

NAMES, NUMBERS = 28, 13  # characters
WIDTH, BAR = 960, 56  # pixels
ABOVE, BELOW, BESIDE = 76, 60, 170  # pixels around the bars: title and axis, legend, names
Counts = dict[str, dict[str, int]]
Look = dict[str, Any]


def _pattern(name: str, colour: str, behind: str) -> Look:
    return {"pattern": {"pattern": name, "fg_color": colour, "bg_color": behind}}


# Told apart by all eyes, and in grey: what is under zero is striped.
LOOKS: dict[str, Look] = {
    "2": {"fill": {"color": "#2166AC"}},
    "1": {"fill": {"color": "#92C5DE"}},
    "0": {"fill": {"color": "#E6E6E6"}},
    "-1": _pattern("wide_upward_diagonal", "#B2182B", "#FDDBC7"),
    "-2": _pattern("dark_horizontal", "#67001F", "#D6604D"),
    "skipped": {"fill": {"color": "#8C8C8C"}},
    WITHHELD: {"fill": {"color": "#FFFFFF"}},
}
NO_STEP = _pattern("percent_20", "#404040", "#FFFFFF")
LAST = ("skipped", WITHHELD)
EDGE = {"border": {"color": "#595959", "width": 0.75}}


def add_chart(download: Download, book: Workbook) -> None:
    """Adds a sheet with the counts and their chart. Where counts are told in words, it says so."""
    own = download.book.own
    counts = _counts(download)
    sheet = new_sheet(book, own.text("sheet_chart"))
    sheet.fit_to_pages(1, 1)
    lines = own.text("chart_about" if counts else "chart_empty").splitlines()
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
    if counts:
        answers = _answers(counts)
        _write_counts(download, book, sheet, len(lines) + 1, answers, counts)
        _draw(download, book, sheet, len(lines) + 1, answers, len(counts))


def _counts(download: Download) -> Counts:
    """{question: {answer: count}} where there are numbers. What is missing to the total counts as withheld, so that a
    bar shows shares of all.
    """
    found: Counts = {}
    for question, answer, _, count, _ in download.summary.rows():
        if isinstance(count, int):
            found.setdefault(str(question), {})[str(answer)] = count
    for of in found.values():
        of[WITHHELD] = max(0, of.pop(TOTAL) - sum(of.values()))
    return found


def _answers(counts: Counts) -> list[str]:
    """The answers that are there: steps first, the best of them first; what is withheld last."""
    found = {answer for of in counts.values() for answer in of}
    steps = sorted((answer for answer in found if isinstance(number_or_code(answer), int)), key=int, reverse=True)
    others = sorted(found - {*steps, *LAST})
    return [*steps, *others, *(answer for answer in LAST if answer in found)]


def _write_counts(
    download: Download, book: Workbook, sheet: Worksheet, top: int, answers: Sequence[str], counts: Counts
) -> None:
    left, bold = book.add_format(LEFT), book.add_format(HEAD)
    sheet.set_column(0, 0, NAMES)
    sheet.set_column(1, len(answers), NUMBERS, left)
    sheet.set_row(top, 2 * LINE)
    sheet.write_string(top, 0, download.book.own.text("short"), bold)
    for place, answer in enumerate(answers, start=1):
        question = next(one for one, of in counts.items() if answer in of)
        sheet.write_string(top, place, _head(download, answer, question), bold)
    for row, (question, found) in enumerate(counts.items(), start=top + 1):
        sheet.write_string(row, 0, download.book.name_of(question))
        for place, answer in enumerate(answers, start=1):
            if answer in found:
                sheet.write_number(row, place, found[answer])


def _head(download: Download, answer: str, question: str) -> str:
    """A step by its number: its words differ from question to question."""
    own = download.book.own
    if answer == WITHHELD:
        return own.text("chart_rest")
    if isinstance(number_or_code(answer), int):
        return own.text(f"chart_step{answer}") if own.has(f"chart_step{answer}") else answer
    return download.book.answer(question, answer)


def _draw(
    download: Download, book: Workbook, sheet: Worksheet, top: int, answers: Sequence[str], questions: int
) -> None:
    name, own, first, last = sheet.get_name(), download.book.own, top + 1, top + questions
    bars = book.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for place, answer in enumerate(answers, start=1):
        values = {"values": [name, first, place, last, place], "categories": [name, first, 0, last, 0]}
        bars.add_series({"name": [name, top, place], "gap": 40, **LOOKS.get(answer, NO_STEP), **EDGE, **values})
    height = BAR * questions + ABOVE + BELOW
    left, width, high = BESIDE / WIDTH, 1 - 1.3 * BESIDE / WIDTH, BAR * questions / height
    bars.set_plotarea({"layout": {"x": left, "y": ABOVE / height, "width": width, "height": high}})
    bars.set_title({"name": own.text("chart_title")})
    bars.set_y_axis({"reverse": True})
    bars.set_legend({"position": "bottom"})
    bars.set_size({"width": WIDTH, "height": height})
    sheet.insert_chart(last + 2, 0, bars, {"description": own.text("chart_about")})
