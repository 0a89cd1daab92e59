"""A workbook for Excel: the tables of an export with labels instead of codes, a codebook and a chart."""

import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError

from storage.errors import ExportError
from storage.export.codebook import ExportColumn
from storage.export.datapackage import build_about_sheet_text
from storage.export.excel_chart import add_chart
from storage.export.excel_sheets import (
    NARROW_COLUMN_DIGITS,
    PAGE_WIDTH_DIGITS,
    WIDE_COLUMN_DIGITS,
    SheetColumn,
    write_table_sheet,
    write_text_sheet,
)
from storage.export.tables import CampaignExport, ExportRow, ExportTable, parse_code

WORKBOOK_TIMESTAMP = datetime(2000, 1, 1, tzinfo=UTC)  # fixed: the same release gives the same bytes
WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
FILTER_BUTTON_DIGITS = 4  # the width of the filter's button beside a heading
LONG_TEXT_COLUMNS = {"words"}  # columns of whole sentences
CODEBOOK_WIDTHS = {  # {key of the heading: width in digits}
    "column": WIDE_COLUMN_DIGITS,
    "short": WIDE_COLUMN_DIGITS,
    "asked": PAGE_WIDTH_DIGITS,
    "code": NARROW_COLUMN_DIGITS,
    "meaning": WIDE_COLUMN_DIGITS,
    "missing": NARROW_COLUMN_DIGITS,
}


def write_xlsx(export: CampaignExport, target: Path) -> None:
    """Writes the workbook. Raises `ExportError` if temporary files cannot be written, `OSError` if `target` cannot."""
    # Not straight to the file: on a full disk XlsxWriter would keep it open and print a traceback at exit.
    buffer = BytesIO()
    try:
        with tempfile.TemporaryDirectory() as folder:
            _write_workbook(export, buffer, folder)
    except (OSError, FileCreateError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.args[0].strerror
        folder = tempfile.tempdir or "TMPDIR"
        message = f"Temporary files can't be written to {folder} ({reason}): make room there, or set TMPDIR."
        raise ExportError(message, "write_failed") from error
    target.write_bytes(buffer.getbuffer())


def _write_workbook(export: CampaignExport, target: IO[bytes], folder: str) -> None:
    texts = export.codebook.export_texts
    with Workbook(target, {"tmpdir": folder, **WORKBOOK_OPTIONS}) as workbook:
        workbook.set_properties({"title": export.title, "comments": export.source, "created": WORKBOOK_TIMESTAMP})
        write_text_sheet(workbook, texts.format_text("sheet_about"), build_about_sheet_text(export).splitlines())
        for table in export.tables:
            columns = [SheetColumn(column.name, _compute_column_width(column)) for column in table.columns]
            write_table_sheet(workbook, table.name, columns, _iter_labelled_rows(table))
        columns = [SheetColumn(texts.format_text(key), width) for key, width in CODEBOOK_WIDTHS.items()]
        write_table_sheet(workbook, texts.format_text("sheet_codebook"), columns, _iter_codebook_rows(export))
        add_chart(export, workbook)


def _compute_column_width(column: ExportColumn) -> int:
    """Returns the width of the longest label; a fixed one for columns of free text."""
    if not column.codes and not column.is_number:
        return PAGE_WIDTH_DIGITS if column.name in LONG_TEXT_COLUMNS else WIDE_COLUMN_DIGITS
    label_lengths = (len(code.label) for code in column.codes if code.is_missing or not column.is_number)
    return max(NARROW_COLUMN_DIGITS, FILTER_BUTTON_DIGITS + len(column.name), *label_lengths)


def _iter_labelled_rows(table: ExportTable) -> Iterator[ExportRow]:
    """Yields the rows with labels for codes. Numbers stay numbers, for calculations."""
    labels = [{code.code: code.label for code in column.codes} for column in table.columns]
    for row in table.iter_rows():
        yield tuple(
            cell if isinstance(cell, int) else column_labels.get(cell, cell)
            for cell, column_labels in zip(row, labels, strict=True)
        )


def _iter_codebook_rows(export: CampaignExport) -> Iterator[ExportRow]:
    """Yields a row for each code of each column of the responses."""
    yes_text = export.codebook.export_texts.format_text("yes")
    for column in export.responses.columns:
        for code in column.codes:
            missing_text = yes_text if code.is_missing else ""
            yield column.name, column.short_name, column.label, parse_code(code.code), code.label, missing_text
