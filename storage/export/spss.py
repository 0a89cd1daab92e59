"""A file for SPSS: the responses, with labels and user-missing values. It holds one table, which is built in memory."""

import errno
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from flows.disclosure_control import SUPPRESSED
from storage.errors import ExportError
from storage.export.codebook import ExportColumn
from storage.export.tables import CampaignExport, Cell, parse_code

NO_ANSWER_NUMBERS = {SUPPRESSED: -9, "not_asked": -8, "skipped": -7}
NOT_SURE_NUMBERS = range(-6, -3)  # for answers that are no point of the scale: only *not sure* so far
LOWEST_MISSING_NUMBER = -9
USUAL_HIGHEST_MISSING_NUMBER = -3  # -4 for a scale that has the point -3
MAX_LABEL_BYTES, MAX_VALUE_LABEL_BYTES, MAX_LINE_BYTES = 255, 120, 80  # SPSS's limits
CREATION_TIME_OFFSET, NO_CREATION_TIME = 92, b"01 Jan 7000:00:00"  # bytes in the header of an uncompressed file
PYREADSTAT_MISSING_MESSAGE = (
    "The format sav needs pyreadstat, which is not installed: pip install 'connection-test-bot[sav]'."
)


def write_sav(export: CampaignExport, target: Path) -> None:
    """Writes the responses. Raises `ExportError` if the extra `sav` is not installed, `OSError` if writing fails."""
    try:
        from pandas import DataFrame  # noqa: PLC0415 - an optional dependency
        from pyreadstat import ReadstatError  # noqa: PLC0415 - an optional dependency
        from pyreadstat import write_sav as write  # noqa: PLC0415 - an optional dependency
    except ImportError as error:
        raise ExportError(PYREADSTAT_MISSING_MESSAGE) from error
    columns = export.responses.columns
    numbers = [assign_numbers(column) for column in columns]
    rows = [
        [_get_cell_number(cell, column_numbers) for cell, column_numbers in zip(row, numbers, strict=True)]
        for row in export.responses.iter_rows()
    ]
    frame = DataFrame(rows, columns=[column.name for column in columns], dtype="float64")
    try:
        write(frame, str(target), **_build_file_metadata(export), **_build_variable_metadata(columns, numbers))
    except ReadstatError as error:  # it has no error number
        raise OSError(errno.EIO, str(error)) from error
    _erase_creation_time(target)


def assign_numbers(column: ExportColumn) -> dict[Cell, int]:
    """Returns the number of each code: a point is its own, missing answers are negative, others count from 1."""
    numbers: dict[Cell, int] = {}
    free_numbers = iter(NOT_SURE_NUMBERS if column.is_number else range(1, 1 + len(column.codes)))
    for code in column.codes:
        cell = parse_code(code.code)
        if isinstance(cell, int):
            numbers[cell] = cell
        else:
            numbers[cell] = NO_ANSWER_NUMBERS[code.code] if code.code in NO_ANSWER_NUMBERS else next(free_numbers)
    return numbers


def find_missing_range(column: ExportColumn) -> dict[str, int]:
    """Returns the range of the numbers that are no values: it ends below the worst point of the scale."""
    points = [cell for code in column.codes if isinstance(cell := parse_code(code.code), int)]
    return {"lo": LOWEST_MISSING_NUMBER, "hi": min(USUAL_HIGHEST_MISSING_NUMBER, min(points, default=0) - 1)}


def _erase_creation_time(target: Path) -> None:
    """Replaces the date and time in the file's header: an export does not say when it was made.

    Source of the position: the PSPP developers' guide, "System File Format", file header record.
    """
    with target.open("r+b") as file:
        file.seek(CREATION_TIME_OFFSET)
        file.write(NO_CREATION_TIME)


def _get_cell_number(cell: Cell, numbers: dict[Cell, int]) -> int | None:
    """Returns the number of a cell; None, SPSS's system-missing value, for a code of another version of the flow."""
    return numbers.get(cell, cell if isinstance(cell, int) else None)


def _build_file_metadata(export: CampaignExport) -> dict[str, Any]:
    """Returns the arguments of pyreadstat for the file."""
    lines = wrap(f"{export.source} {export.codebook.export_texts.format_text('about')}", MAX_LINE_BYTES // 2)
    return {
        "file_label": _truncate(export.title, MAX_LINE_BYTES),
        "note": [_truncate(line, MAX_LINE_BYTES) for line in lines],
    }


def _build_variable_metadata(columns: Sequence[ExportColumn], numbers: Sequence[dict[Cell, int]]) -> dict[str, Any]:
    """Returns the arguments of pyreadstat for the columns."""
    labels = {
        column.name: {
            column_numbers[parse_code(code.code)]: _truncate(code.label, MAX_VALUE_LABEL_BYTES) for code in column.codes
        }
        for column, column_numbers in zip(columns, numbers, strict=True)
    }
    return {
        "column_labels": {column.name: _truncate(column.label, MAX_LABEL_BYTES) for column in columns},
        "variable_value_labels": labels,
        "missing_ranges": {column.name: [find_missing_range(column)] for column in columns if column.missing_codes},
        "variable_measure": {column.name: "ordinal" if column.is_number else "nominal" for column in columns},
        "variable_format": {column.name: "F8.0" for column in columns},
    }


def _truncate(text: str, max_bytes: int) -> str:
    return text.encode()[:max_bytes].decode(errors="ignore")
