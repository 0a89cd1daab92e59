"""A workbook for Excel: the same tables with labels, a codebook, a chart. Row by row, in little memory."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from storage.downloads.cells import Row, number_or_code
from storage.downloads.charting import add_chart
from storage.downloads.columns import Column
from storage.downloads.printing import HEAD, LEFT, LINE, new_sheet
from storage.downloads.readme import about
from storage.downloads.tables import Download, Table
from storage.faults import NotDownloaded

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
