"""Sheets of a workbook for Excel: text and tables, for printing too. Written row by row, in little memory."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from textwrap import wrap

from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from storage.export.tables import ExportRow

A4_PAPER_CODE = 9  # Excel's number for it
LINE_HEIGHT_POINTS = 15
MAX_ROW_HEIGHT_POINTS = 405  # Excel's limit is a little higher
# Excel measures column widths in digits; 100 digits have room for about 115 letters.
NARROW_COLUMN_DIGITS, WIDE_COLUMN_DIGITS, PAGE_WIDTH_DIGITS = 16, 32, 100
LETTERS_PER_100_DIGITS = 115
# Numbers are aligned left too: at the right they touch the text of the next column.
CELL_FORMAT = {"text_wrap": True, "valign": "top", "align": "left"}
HEADING_FORMAT = {**CELL_FORMAT, "bold": True, "bottom": 1}


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet: its heading and its width."""

    heading: str
    width_digits: int


def add_sheet(workbook: Workbook, name: str) -> Worksheet:
    """Adds an empty sheet that prints on landscape A4 pages."""
    sheet = workbook.add_worksheet(name)
    sheet.set_paper(A4_PAPER_CODE)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


def write_text_sheet(workbook: Workbook, name: str, lines: Iterable[str]) -> None:
    """Adds a sheet of text. The first line, and headings in capitals, are bold."""
    sheet = add_sheet(workbook, name)
    sheet.set_column(0, 0, PAGE_WIDTH_DIGITS)
    bold_format = workbook.add_format({"bold": True})
    wrapped_lines = (part for line in lines for part in wrap(line, PAGE_WIDTH_DIGITS) or [""])
    for number, line in enumerate(wrapped_lines):
        sheet.write_string(number, 0, line, bold_format if number == 0 or line.isupper() else None)


def write_table_sheet(workbook: Workbook, name: str, columns: Sequence[SheetColumn], rows: Iterable[ExportRow]) -> None:
    """Adds a sheet with a table. Its headings stay in view, are repeated on each printed page, and have filters."""
    sheet = add_sheet(workbook, name)
    cell_format, heading_format = workbook.add_format(CELL_FORMAT), workbook.add_format(HEADING_FORMAT)
    for number, column in enumerate(columns):
        sheet.set_column(number, number, column.width_digits, cell_format)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for number, column in enumerate(columns):
        sheet.write_string(0, number, column.heading, heading_format)
    last_row = 0
    for last_row, row in enumerate(rows, start=1):
        line_count = _count_row_lines(row, columns)
        if line_count > 1:  # XlsxWriter keeps each row with a height in memory
            sheet.set_row(last_row, min(MAX_ROW_HEIGHT_POINTS, LINE_HEIGHT_POINTS * line_count))
        _write_row(sheet, last_row, row)
    sheet.autofilter(0, 0, last_row, len(columns) - 1)


def _count_row_lines(row: ExportRow, columns: Sequence[SheetColumn]) -> int:
    """Counts the lines of the tallest cell, for programs that do not fit the height of rows themselves."""
    return max(
        sum(_count_wrapped_lines(line, column.width_digits) for line in str(cell).split("\n"))
        for cell, column in zip(row, columns, strict=True)
    )


def _count_wrapped_lines(line: str, width_digits: int) -> int:
    return len(wrap(line, width_digits * LETTERS_PER_100_DIGITS // 100)) or 1


def _write_row(sheet: Worksheet, row_number: int, row: ExportRow) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(row_number, column, cell)
        else:
            sheet.write_string(row_number, column, cell)
