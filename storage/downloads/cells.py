"""No cell may start a formula in a spreadsheet (OWASP ASVS 1.2.10), in any format: files are saved as others later."""

from collections.abc import Callable
from typing import Any

Cell = int | str
Row = tuple[Cell, ...]
Put = Callable[[Row], Any]  # cells beside each other, as they are wanted; what it gives can be added up
STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")  # the wide ones count in East Asian versions of Excel


def all_guarded(cells: Row) -> Row:
    """The cells, each guarded."""
    return tuple(map(guarded, cells))


def guarded(cell: Cell) -> Cell:
    """The cell, with an apostrophe before words that could start a formula. Numbers are typed: they never do."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in STARTS else cell


def number_or_code(code: str) -> Cell:
    """A code as it stands in a cell: steps and counts are numbers. Only for codes of ours, not for people's words."""
    return int(code) if code.lstrip("-").isdecimal() else code
