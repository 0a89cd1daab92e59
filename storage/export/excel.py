"""A workbook for Excel: the same tables with labels, a codebook, a chart. Row by row, in little memory."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from storage.errors import NotDownloaded
from storage.export.codebook import TOTAL, WITHHELD, Column
from storage.export.datapackage import about
from storage.export.tables import Download, Row, Table, number_or_code

# @@DOC A sheet of a workbook that prints on pages of full width.
A4 = 9  # Excel's number of it
LINE = 15  # points
# Numbers stand left too: at the right of their column, they stick to the words of the next.
LEFT = {"text_wrap": True, "valign": "top", "align": "left"}
HEAD = {**LEFT, "bold": True, "bottom": 1}


def new_sheet(book: Workbook, name: str) -> Worksheet:
    """An empty sheet of this name."""
    sheet = book.add_worksheet(name)
    sheet.set_paper(A4)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


# @@DOC The chart of a workbook: for each question, what share of all who were asked answered so.
NAMES, NUMBERS = 28, 13  # characters
WIDTH, BAR = 960, 56  # pixels
ABOVE, BELOW, CHART_BESIDE = 76, 60, 170  # pixels around the bars: title and axis, legend, names
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
    left, width, high = CHART_BESIDE / WIDTH, 1 - 1.3 * CHART_BESIDE / WIDTH, BAR * questions / height
    bars.set_plotarea({"layout": {"x": left, "y": ABOVE / height, "width": width, "height": high}})
    bars.set_title({"name": own.text("chart_title")})
    bars.set_y_axis({"reverse": True})
    bars.set_legend({"position": "bottom"})
    bars.set_size({"width": WIDTH, "height": height})
    sheet.insert_chart(last + 2, 0, bars, {"description": own.text("chart_about")})


NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
SAFE = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
NARROW, WIDE, PAGE = 16, 32, 100  # digits; a hundred of them take the room of about 115 letters
BESIDE = 4  # digits: the button of the filter, beside a head
LONG = {"words"}  # columns of whole sentences
HIGHEST = 405  # points; Excel takes no row that is much higher


def write_xlsx(download: Download, to: Path) -> None:
    """Writes the workbook there. Raises `NotDownloaded` where temporary files can't be written, `OSError`."""
    whole = BytesIO()  # XlsxWriter can't let go of a file on a full disk: one more traceback would come at the end
    try:
        with tempfile.TemporaryDirectory() as folder:
            _write_book(download, whole, folder)
    except (OSError, FileCreateError) as fault:
        said = fault.strerror if isinstance(fault, OSError) else fault.args[0].strerror
        fix = "make room there, or name another folder in TMPDIR"
        raise NotDownloaded(
            f"{tempfile.tempdir or 'TMPDIR'} takes no temporary files ({said}): {fix}.", "no_room"
        ) from fault
    to.write_bytes(whole.getbuffer())


def _write_book(download: Download, to: IO[bytes], folder: str) -> None:
    own = download.book.own
    with Workbook(to, {"tmpdir": folder, **SAFE}) as book:
        book.set_properties({"title": download.title, "comments": download.source, "created": NO_TIME})
        _write_page(book, own.text("sheet_about"), about(download).splitlines())
        for table in download.tables:
            widths = [_width(column) for column in table.columns]
            _write(book, table.name, [column.name for column in table.columns], widths, _labelled(table))
        heads = [own.text(name) for name in ("column", "short", "asked", "code", "meaning", "missing")]
        _write(book, own.text("sheet_codebook"), heads, [WIDE, WIDE, PAGE, NARROW, WIDE, NARROW], _codebook(download))
        add_chart(download, book)


def _write_page(book: Workbook, name: str, lines: Iterable[str]) -> None:
    """A sheet of text. Its title and its heads, which are in capitals, are bold."""
    sheet = new_sheet(book, name)
    sheet.set_column(0, 0, PAGE)
    bold = book.add_format({"bold": True})
    fitting = (part for line in lines for part in wrap(line, PAGE) or [""])
    for number, line in enumerate(fitting):
        sheet.write_string(number, 0, line, bold if number == 0 or line.isupper() else None)


def _write(book: Workbook, name: str, heads: Sequence[str], widths: Sequence[int], rows: Iterable[Row]) -> None:
    """A sheet with its heads in sight, on each page too, and a filter on each."""
    sheet = new_sheet(book, name)
    left, bold = book.add_format(LEFT), book.add_format(HEAD)
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width, left)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, bold)
    last = 0
    for last, row in enumerate(rows, start=1):
        lines = _lines(row, widths)
        if lines > 1:  # each row that is set is kept in memory
            sheet.set_row(last, min(HIGHEST, LINE * lines))
        _write_row(sheet, last, row)
    sheet.autofilter(0, 0, last, len(heads) - 1)


def _width(column: Column) -> int:
    """As wide as the longest label that can stand there. Where others' words do, nobody knows before."""
    if not column.codes and not column.is_number:
        return PAGE if column.name in LONG else WIDE
    labels = (len(value.label) for value in column.codes if value.missing or not column.is_number)
    return max(NARROW, BESIDE + len(column.name), *labels)


def _lines(row: Row, widths: Sequence[int]) -> int:
    """How many lines the longest cell takes: not all programs that open the file look for themselves."""
    cells = zip(row, widths, strict=True)
    return max(sum(_lines_of(line, width) for line in str(cell).split("\n")) for cell, width in cells)


def _lines_of(line: str, width: int) -> int:
    return len(wrap(line, width * 115 // 100)) or 1


def _write_row(sheet: Worksheet, number: int, row: Row) -> None:
    for place, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(number, place, cell)
        else:
            sheet.write_string(number, place, cell)


def _labelled(table: Table) -> Iterator[Row]:
    """The rows with labels for codes. Numbers stay numbers, so that they can be reckoned with."""
    labels = [{value.code: value.label for value in column.codes} for column in table.columns]
    for row in table.rows():
        yield tuple(cell if isinstance(cell, int) else of.get(cell, cell) for cell, of in zip(row, labels, strict=True))


def _codebook(download: Download) -> Iterator[Row]:
    """The columns of the rows: a line for each code."""
    yes = download.book.own.text("yes")
    for column in download.responses.columns:
        for value in column.codes:
            missing = yes if value.missing else ""
            yield column.name, column.short, column.label, number_or_code(value.code), value.label, missing
