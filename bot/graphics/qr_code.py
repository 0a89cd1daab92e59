"""A link as a QR code, encoded by segno."""

from functools import lru_cache

from bot.graphics.elements import Box, Layout, QrCode

QUIET_ZONE_MODULES = 4  # the white margin that the standard asks for
_MODULE_PIXELS = 16  # sharp in a chat, and still sharp when printed 10 cm wide


def lay_out_qr_code(link: str) -> Layout:
    """A page that is nothing but the code, about 800 pixels wide."""
    modules = encode_modules(link)
    side = len(modules) * _MODULE_PIXELS
    return Layout(side, side, (QrCode(Box(0, 0, side, side), modules),))


def place_qr_code(link: str, centre_x: int, top: int, max_side: int) -> QrCode:
    """The code around `centre_x`, as wide up to `max_side` as a whole number of pixels for each module allows."""
    modules = encode_modules(link)
    size = max_side // len(modules) * len(modules)
    return QrCode(Box(centre_x - size // 2, top, centre_x - size // 2 + size, top + size), modules)


@lru_cache(maxsize=64)
def encode_modules(link: str) -> tuple[tuple[bool, ...], ...]:
    """The rows of modules, True if dark, with the quiet zone.

    A quarter of the code may be lost (level Q), because posters get torn and wet.
    """
    import segno  # noqa: PLC0415 - only posters and codes need it

    code = segno.make_qr(link, error="q", boost_error=False)
    return tuple(tuple(bool(module) for module in row) for row in code.matrix_iter(border=QUIET_ZONE_MODULES))
