"""Letters: which font, how wide a text is, where its lines break.

Lines are measured by the font, never by counting characters. Fonts are read from the package, once per thread and size:
FreeType's faces must not be shared between threads.
"""

import re
import threading
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from importlib.resources import files
from io import BytesIO
from itertools import count, groupby, pairwise
from math import ceil, floor
from typing import Literal, NamedTuple

from fpdf.bidi import BidiParagraph
from fpdf.enums import TextDirection
from PIL import ImageFont, features

_GAP = re.compile(r"[^\S\u00a0\u202f]+")  # French keeps its "!" with the word before by a space that does not break
_LETTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)  # a letter and the accents that belong to it
_JOINERS = "\u200c\u200d"  # invisible, but Urdu and Persian letters look different beside them
_NEEDLESS = re.compile(f"(?<![\u0600-\u06ff])[{_JOINERS}]|[\ufe00-\ufe0f]")  # joiners elsewhere, looks of emoji


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
    return files("bot.graphics").joinpath("fonts", f"NotoSans-{weight}.ttf").read_bytes()


def font(style: Style) -> ImageFont.FreeTypeFont:
    """The font of a style; one object per thread."""
    if style not in _shelf.fonts:
        _shelf.fonts[style] = ImageFont.truetype(BytesIO(_font_file(style.weight)), style.size)
    return _shelf.fonts[style]


def line_height(style: Style, text: str = "") -> int:
    """From one line to the next, in pixels: tall enough that an accent on a capital never touches the line above."""
    return sum(font(style).getmetrics()) + 2 * headroom(style, text)


def headroom(style: Style, text: str) -> int:
    """How much more a line needs above and below, in pixels: Arabic letters reach further than Latin ones."""
    return ceil(style.size / 6) if runs_left(text) else 0


def runs_left(text: str) -> bool:
    """Whether any letter of the text is written from right to left."""
    return any(unicodedata.bidirectional(sign) in ("R", "AL") for sign in text)


def runs_right(text: str) -> bool:
    """Whether any letter of the text is written from left to right."""
    return any(unicodedata.bidirectional(sign) == "L" for sign in text)


def begins_right(text: str) -> bool:
    """Whether the first letter of the text is written from right to left."""
    return next((runs_left(sign) for sign in text if sign.isalpha()), False)


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
    seen = (sign for sign in _NEEDLESS.sub("", unicodedata.normalize("NFC", text)) if _is_seen(sign))
    return _GAP.sub(" ", "".join(seen)).strip()


def _is_seen(sign: str) -> bool:
    return sign.isspace() or sign in _JOINERS or unicodedata.category(sign)[0] != "C"


def drawable(text: str) -> str:
    """The text without the signs that no font of ours has; a plainer form stands in for those that have one. Empty
    where no letter and no digit is left.
    """
    kept = "".join(sign if _can_show(sign) else _plainer(sign) for sign in tidy(text))
    return tidy(kept) if any(map(str.isalnum, kept)) else ""


def shortened(text: str, longest: int) -> str:
    """The text, cut at a space and ended by "…" where it has more than `longest` signs."""
    if len(text) <= longest:
        return text
    cut = text[: longest - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def cut(text: str, style: Style, limit: int, lines: int) -> str:
    """The text, cut at a space and ended by "…" where it would take more than so many lines."""
    text = tidy(text)
    if len(_wrap(text, style, limit)) <= lines:
        return text
    fits = bisect_left(range(1, len(text)), True, key=lambda n: len(_wrap(shortened(text, n), style, limit)) > lines)
    return shortened(text, max(fits, 1))


def _plainer(sign: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKC", sign) if _can_show(one))


def _can_show(sign: str) -> bool:
    return sign.isspace() or _is_known(sign)


@lru_cache(maxsize=1024)
def fold(text: str, style: Style, limit: int) -> tuple[str, ...]:
    """The lines of a text, none wider than `limit` pixels: as few as will do, and of like length, so that no word is
    left alone on the last one. A word that is wider than a line is broken with a hyphen, a link without one: it would
    be typed. No text, no lines.
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
    hyphen = "" if runs_left(word) or "/" in word or "?start=" in word else "-"
    for pieces in count(1):
        cuts = [len(letters) * i // pieces for i in range(pieces + 1)]
        parts = ["".join(letters[a:b]) for a, b in pairwise(cuts)]
        parts = [f"{part}{hyphen}" for part in parts[:-1]] + parts[-1:]
        if pieces >= len(letters) or all(width(part, style) <= limit for part in parts):
            return parts
    raise AssertionError  # count() has no end


def can_draw(text: str) -> bool:
    """Whether every sign of the text is in our fonts. If not, say it in words: a picture would show empty boxes."""
    return all(map(_can_show, tidy(text)))


@cache
def _is_known(sign: str) -> bool:
    if runs_left(sign) and not features.check_feature("raqm"):  # Pillow then joins no letters, and turns them round
        return False
    return all(_drawing(sign, weight) != _drawing("\uffff", weight) for weight in ("Regular", "Bold"))


def _drawing(sign: str, weight: Literal["Regular", "Bold"]) -> tuple[tuple[int, int], bytes]:
    mask = font(Style(weight, 40)).getmask(sign)
    return mask.size, bytes(mask)


# @@DOC A line as it is seen from left to right, cut where its direction changes: the Unicode Bidirectional Algorithm.
# @@
# @@ fpdf2 works out each letter's level rightly; but it leaves numbers within Arabic letters on the wrong side.
# @@
class Run(NamedTuple):
    """Letters of one direction, in the order in which they are read."""

    text: str
    level: int

    @property
    def from_right(self) -> bool:
        """Whether they are written from right to left."""
        return self.level % 2 == 1


def runs_of(line: str, *, from_right: bool) -> list[Run]:
    """The runs of a line, from the left; `from_right`: the line as a whole begins at the right."""
    base = TextDirection.RTL if from_right else TextDirection.LTR
    letters = BidiParagraph(text=line, base_direction=base, preserve_bn_chars=True).get_characters()
    by_level = groupby(letters, key=lambda letter: letter.embedding_level)
    return _as_seen([Run("".join(letter.character for letter in group), level) for level, group in by_level])


def _as_seen(runs: Sequence[Run]) -> list[Run]:
    """From the highest level down, each stretch of that level or above is turned round (rule L2)."""
    seen = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        stretches = groupby(seen, key=partial(_reaches, level))
        seen = [run for turned, stretch in stretches for run in (reversed(list(stretch)) if turned else stretch)]
    return seen


def _reaches(level: int, run: Run) -> bool:
    return run.level >= level
