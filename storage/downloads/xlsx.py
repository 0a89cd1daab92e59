"""A workbook for Excel: the same tables with labels, a codebook, a chart. Row by row, in little memory."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from textwrap import wrap

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from storage.downloads.cells import Row, number_or_code
from storage.downloads.charting import add_chart
from storage.downloads.columns import Column
from storage.downloads.printing import new_sheet
from storage.downloads.readme import readme
from storage.downloads.tables import Download, Table

NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
SAFE = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
NARROW, WIDE, PAGE = 16, 32, 100  # characters
LONG = {"words"}  # columns of whole sentences
LINE = 15  # points


def write_xlsx(download: Download, to: Path) -> None:
    """Writes the workbook there."""
    own = download.book.own
    with TemporaryDirectory() as folder, Workbook(str(to), {"tmpdir": folder, **SAFE}) as book:
        book.set_properties({"title": download.title, "comments": download.source, "created": NO_TIME})
        _write_page(book, own.text("sheet_about"), readme(download).splitlines())
        for table in download.tables:
            widths = [_width(column) for column in table.columns]
            _write(book, table.name, [column.name for column in table.columns], widths, _labelled(table))
        heads = [own.text(name) for name in ("column", "asked", "code", "meaning", "missing")]
        _write(book, own.text("sheet_codebook"), heads, [WIDE, PAGE, NARROW, WIDE, NARROW], _codebook(download))
        add_chart(download, book)


def _write_page(book: Workbook, name: str, lines: Iterable[str]) -> None:
    sheet = new_sheet(book, name)
    sheet.set_column(0, 0, PAGE)
    fitting = (part for line in lines for part in wrap(line, PAGE, drop_whitespace=False) or [""])
    for number, line in enumerate(fitting):
        sheet.write_string(number, 0, line)


def _write(book: Workbook, name: str, heads: Sequence[str], widths: Sequence[int], rows: Iterable[Row]) -> None:
    """A sheet with its heads in sight and a filter on each."""
    sheet = new_sheet(book, name)
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width, wrapped)
    sheet.freeze_panes(1, 0)
    for place, head in enumerate(heads):
        sheet.write_string(0, place, head, book.add_format({"bold": True, "bottom": 1}))
    last = 0
    for last, row in enumerate(rows, start=1):
        lines = _lines(row, widths)
        if lines > 1:  # each row that is set is kept in memory
            sheet.set_row(last, LINE * lines)
        _write_row(sheet, last, row)
    sheet.autofilter(0, 0, last, len(heads) - 1)


def _width(column: Column) -> int:
    return PAGE if column.name in LONG else NARROW if column.is_number else WIDE


def _lines(row: Row, widths: Sequence[int]) -> int:
    """How many lines the longest cell takes: programs that open the file don't look for themselves."""
    cells = zip(row, widths, strict=True)
    return max(sum(1 + max(0, len(line) - 1) // width for line in str(cell).split("\n")) for cell, width in cells)


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
            yield column.name, column.label, number_or_code(value.code), value.label, yes if value.missing else ""
