"""No cell may start a formula in a spreadsheet (OWASP ASVS 1.2.10), in any format: files are saved as others later."""

from collections.abc import Callable
from typing import Any, TypeVar

Put = TypeVar("Put")
Cell = int | str
Row = tuple[Cell, ...]
STARTS = tuple("=+-@\t\r\n\0＝＋－＠")  # the wide ones count in East Asian versions of Excel


def guarded(cell: Cell) -> Cell:
    """The cell, with an apostrophe before words that could start a formula. Numbers are typed: they never do."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(STARTS) else cell


class Codes(dict[Any, Put]):
    """Codes as they are put into cells: there are few, in a million rows."""

    def __init__(self, put: Callable[[Cell], Put]) -> None:
        super().__init__()
        self._put = put

    def __missing__(self, code: str) -> Put:
        self[code] = self._put(guarded(number_or_code(code)))
        return self[code]


def number_or_code(code: str) -> Cell:
    """A code as it stands in a cell: steps and counts are numbers. Only for codes of ours, not for people's words."""
    return int(code) if code.lstrip("-").isdecimal() else code
