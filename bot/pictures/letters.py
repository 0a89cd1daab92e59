"""Letters: which font, how wide a text is, where its lines break.

Lines are measured by the font, never by counting characters. Fonts are read from the package, once per thread and size:
FreeType's faces must not be shared between threads.
"""

import re
import threading
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from io import BytesIO
from itertools import count, pairwise
from math import ceil, floor
from typing import Literal

from PIL import ImageFont

_GAP = re.compile(r"[^\S\u00a0\u202f]+")  # French keeps its "!" with the word before by a space that does not break
_LETTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)  # a letter and the accents that belong to it


@dataclass(frozen=True, slots=True)
class Style:
    """How a text is set: the weight, and the size in pixels per em."""

    weight: Literal["Regular", "Bold"]
    size: int


class _Shelf(threading.local):
    def __init__(self) -> None:
        self.fonts: dict[Style, ImageFont.FreeTypeFont] = {}


_shelf = _Shelf()


@cache
def _font_file(weight: str) -> bytes:
    return files("bot.pictures").joinpath("fonts", f"NotoSans-{weight}.ttf").read_bytes()


def font(style: Style) -> ImageFont.FreeTypeFont:
    """The font of a style; one object per thread."""
    if style not in _shelf.fonts:
        _shelf.fonts[style] = ImageFont.truetype(BytesIO(_font_file(style.weight)), style.size)
    return _shelf.fonts[style]


def line_height(style: Style) -> int:
    """From one line to the next, in pixels: tall enough that an accent on a capital never touches the line above."""
    return sum(font(style).getmetrics())


@lru_cache(maxsize=4096)
def width(text: str, style: Style) -> int:
    """The width of one line in pixels: its ink or its advance, whichever is wider. Folding asks again and again."""
    right = max(font(style).getbbox(text)[2], font(style).getlength(text))
    return ceil(right) + overhang(text, style)


def overhang(text: str, style: Style) -> int:
    """How far the ink begins before the line does, in pixels: a "j" does."""
    return max(-floor(font(style).getbbox(text)[0]), 0)


def tidy(text: str) -> str:
    """The text with accents composed, each run of white space as one space, and invisible signs dropped."""
    seen = (
        sign for sign in unicodedata.normalize("NFC", text) if sign.isspace() or unicodedata.category(sign)[0] != "C"
    )
    return _GAP.sub(" ", "".join(seen)).strip()


def fold(text: str, style: Style, limit: int) -> tuple[str, ...]:
    """The lines of a text, none wider than `limit` pixels: as few as will do, and of like length, so that no word is
    left alone on the last one. A word that is wider than a line is broken with a hyphen. No text, no lines.
    """
    text = tidy(text)
    lines = _wrap(text, style, limit)
    widest = max((width(word, style) for word in text.split(" ")), default=0)
    if len(lines) <= 1 or widest > limit:
        return lines
    widths = range(widest, limit, 8)
    narrow = bisect_left(widths, True, key=lambda w: len(_wrap(text, style, w)) <= len(lines))
    return _wrap(text, style, min(widest + 8 * narrow, limit))


def _wrap(text: str, style: Style, limit: int) -> tuple[str, ...]:
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        joined = f"{current} {word}".strip(" ")
        if width(joined, style) <= limit:
            current = joined
            continue
        *broken, rest = _break(word, style, limit)
        lines += [current, *broken]
        current = rest
    return tuple(line for line in [*lines, current] if line)


def _break(word: str, style: Style, limit: int) -> list[str]:
    letters = _LETTER.findall(word)
    for pieces in count(1):
        cuts = [len(letters) * i // pieces for i in range(pieces + 1)]
        parts = ["".join(letters[a:b]) for a, b in pairwise(cuts)]
        parts = [f"{part}-" for part in parts[:-1]] + parts[-1:]
        if pieces >= len(letters) or all(width(part, style) <= limit for part in parts):
            return parts
    raise AssertionError  # count() has no end


def can_draw(text: str) -> bool:
    """Whether every sign of the text is in our fonts. If not, say it in words: a picture would show empty boxes."""
    return all(_is_known(sign) for sign in tidy(text) if not sign.isspace())


@cache
def _is_known(sign: str) -> bool:
    return all(_drawing(sign, weight) != _drawing("\uffff", weight) for weight in ("Regular", "Bold"))


def _drawing(sign: str, weight: Literal["Regular", "Bold"]) -> tuple[tuple[int, int], bytes]:
    mask = font(Style(weight, 40)).getmask(sign)
    return mask.size, bytes(mask)
