"""A file for SPSS: the rows, with labels and user-missing values. It holds one table, which is made in memory."""

import errno
from collections.abc import Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from storage.errors import NotDownloaded
from storage.export.codebook import WITHHELD, Column
from storage.export.tables import Cell, Download, number_or_code

NO_ANSWER = {WITHHELD: -9, "not_asked": -8, "skipped": -7}
NO_STEP = -6  # an answer that is no step; a second one is -5
LEFT_OUT = {"lo": -9, "hi": -3}  # of means; steps begin at -2
LABEL, VALUE_LABEL, LINE = 255, 120, 80  # bytes that SPSS keeps
NO_PYREADSTAT = "The format sav needs pyreadstat, which is not here: pip install 'connection-test-bot[sav]'."


def write_sav(download: Download, to: Path) -> None:
    """Writes the rows there. Raises `NotDownloaded` where the extra `sav` is not installed, `OSError`."""
    try:
        from pandas import DataFrame  # noqa: PLC0415 - an extra
        from pyreadstat import ReadstatError  # noqa: PLC0415 - the same
        from pyreadstat import write_sav as write  # noqa: PLC0415 - the same
    except ImportError as fault:
        raise NotDownloaded(NO_PYREADSTAT) from fault
    columns = download.responses.columns
    numbers = [numbers_of(column) for column in columns]
    rows = [[_number(cell, of) for cell, of in zip(row, numbers, strict=True)] for row in download.responses.rows()]
    frame = DataFrame(rows, columns=[column.name for column in columns], dtype="float64")
    try:
        write(frame, str(to), **_about(download), **_described(columns, numbers))
    except ReadstatError as fault:  # it does not say more
        raise OSError(errno.EIO, str(fault)) from fault


def numbers_of(column: Column) -> dict[Cell, int]:
    """The number that stands for each code. A step stands for itself, what is no answer is under zero, and the rest
    counts from 1.
    """
    found: dict[Cell, int] = {}
    free = iter(range(NO_STEP, 0)) if column.is_number else iter(range(1, 1 + len(column.codes)))
    for value in column.codes:
        cell = number_or_code(value.code)
        if isinstance(cell, int):
            found[cell] = cell
        else:
            found[cell] = NO_ANSWER[value.code] if value.code in NO_ANSWER else next(free)
    return found


def _number(cell: Cell, numbers: dict[Cell, int]) -> int | None:
    """None, SPSS's own missing value, for a code that this version of the flow does not know."""
    return numbers.get(cell, cell if isinstance(cell, int) else None)


def _about(download: Download) -> dict[str, Any]:
    """What the file says of itself, as pyreadstat takes it."""
    words = wrap(f"{download.source} {download.book.own.text('about')}", LINE // 2)
    return {"file_label": _cut(download.title, LINE), "note": [_cut(line, LINE) for line in words]}


def _described(columns: Sequence[Column], numbers: Sequence[dict[Cell, int]]) -> dict[str, Any]:
    """The labels of columns and codes, and which codes are no value, as pyreadstat takes them."""
    labels = {
        column.name: {of[number_or_code(one.code)]: _cut(one.label, VALUE_LABEL) for one in column.codes}
        for column, of in zip(columns, numbers, strict=True)
    }
    return {
        "column_labels": {column.name: _cut(column.label, LABEL) for column in columns},
        "variable_value_labels": labels,
        "missing_ranges": {column.name: [LEFT_OUT] for column in columns if column.missing},
        "variable_measure": {column.name: "ordinal" if column.is_number else "nominal" for column in columns},
        "variable_format": {column.name: "F8.0" for column in columns},
    }


def _cut(text: str, most: int) -> str:
    """The text, no longer than so many bytes."""
    return text.encode()[:most].decode(errors="ignore")
