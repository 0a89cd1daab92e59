"""The chart of a workbook: for each question, what share of its answers was which."""

from collections.abc import Sequence

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from storage.downloads.cells import number_or_code
from storage.downloads.codebook import TOTAL
from storage.downloads.printing import new_sheet
from storage.downloads.tables import Download

COLOURS = ("#2166AC", "#92C5DE", "#D9D9D9", "#F4A582", "#B2182B", "#8C8C8C", "#F0F0F0")  # told apart by all eyes
NAMES = 28  # characters
WIDTH, BAR = 960, 56  # pixels
Counts = dict[str, dict[str, int]]


def add_chart(download: Download, book: Workbook) -> None:
    """Adds a sheet with the counts and their chart. Where counts are told in words, it says so."""
    own = download.book.own
    counts = _counts(download)
    sheet = new_sheet(book, own.text("sheet_chart"))
    sheet.fit_to_pages(1, 1)
    sheet.set_column(0, 0, NAMES)
    sheet.write_string(0, 0, own.text("chart_about" if counts else "chart_empty"))
    if counts:
        answers = _answers(counts)
        _write_counts(download, sheet, answers, counts)
        _draw(download, book, sheet, answers, len(counts))


def _counts(download: Download) -> Counts:
    """{question: {answer: count}} where there are numbers; those withheld are left out."""
    found: Counts = {}
    for question, answer, _, count, _ in download.summary.rows():
        if isinstance(count, int) and answer != TOTAL:
            found.setdefault(str(question), {})[str(answer)] = count
    return found


def _answers(counts: Counts) -> list[str]:
    """The answers that are there: steps first, the best of them first."""
    found = dict.fromkeys(answer for of in counts.values() for answer in of)
    steps = sorted((answer for answer in found if isinstance(number_or_code(answer), int)), key=int, reverse=True)
    return [*steps, *(answer for answer in found if answer not in steps)]


def _write_counts(download: Download, sheet: Worksheet, answers: Sequence[str], counts: Counts) -> None:
    for place, answer in enumerate(answers, start=1):
        sheet.write_string(2, place, _head(download, answer, next(one for one, of in counts.items() if answer in of)))
    for row, (question, found) in enumerate(counts.items(), start=3):
        sheet.write_string(row, 0, download.book.name_of(question))
        for place, answer in enumerate(answers, start=1):
            if answer in found:
                sheet.write_number(row, place, found[answer])


def _head(download: Download, answer: str, question: str) -> str:
    """A step by its number: its words differ from question to question."""
    return answer if isinstance(number_or_code(answer), int) else download.book.answer(question, answer)


def _draw(download: Download, book: Workbook, sheet: Worksheet, answers: Sequence[str], questions: int) -> None:
    name, own = sheet.get_name(), download.book.own
    bars = book.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for place, colour in zip(range(1, len(answers) + 1), COLOURS, strict=False):
        values = {"values": [name, 3, place, 2 + questions, place], "categories": [name, 3, 0, 2 + questions, 0]}
        bars.add_series({"name": [name, 2, place], "fill": {"color": colour}, "gap": 40, **values})
    bars.set_title({"name": own.text("chart_title")})
    bars.set_y_axis({"reverse": True})
    bars.set_legend({"position": "bottom"})
    bars.set_size({"width": WIDTH, "height": BAR * (questions + 3)})
    sheet.insert_chart(questions + 5, 0, bars, {"description": own.text("chart_about")})
