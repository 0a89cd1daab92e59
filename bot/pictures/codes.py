"""A link as a QR code."""

from functools import lru_cache

import segno

from bot.pictures.painting import paint
from bot.pictures.pieces import Box, Code, Page

QUIET = 4  # modules of white around it: the standard asks for four
_MODULE = 16  # pixels; a chat shows it sharp, and printed 10 cm wide it still is


def draw_code(link: str) -> bytes:
    """The link as a PNG of its own, black on white, about 800 pixels wide."""
    modules = modules_of(link)
    side = len(modules) * _MODULE
    return paint(Page(side, side, (Code(Box(0, 0, side, side), modules),)))


@lru_cache(maxsize=64)
def modules_of(link: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of dark modules, with the quiet zone. A quarter may be lost (level Q): posters get torn and wet."""
    code = segno.make_qr(link, error="q", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix_iter(border=QUIET))


def placed_code(link: str, middle: int, top: int, side: int) -> Code:
    """The code around a middle, at most `side` wide: as wide as a whole number of pixels a module allows."""
    modules = modules_of(link)
    size = side // len(modules) * len(modules)
    return Code(Box(middle - size // 2, top, middle - size // 2 + size, top + size), modules)
