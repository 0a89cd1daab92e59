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

_WHITESPACE = re.compile(
    r"[^\S\u00a0\u202f]+"
)  # French keeps its "!" with the word before by a space that does not break
_LETTER_WITH_ACCENTS = re.compile(r".[\u0300-\u036f]*", re.DOTALL)  # a letter and the accents that belong to it
_JOINERS = "\u200c\u200d"  # invisible, but Urdu and Persian letters look different beside them
_REMOVABLE_CHARACTERS = re.compile(
    f"(?<![\u0600-\u06ff])[{_JOINERS}]|[\ufe00-\ufe0f]"
)  # joiners elsewhere, looks of emoji


@dataclass(frozen=True, slots=True)
class TextStyle:
    """How a text is set: the weight, and the size in pixels per em."""

    weight: Literal["Regular", "Bold"]
    size: int


class _FontCache(threading.local):
    def __init__(self) -> None:
        self.fonts: dict[TextStyle, ImageFont.FreeTypeFont] = {}


_font_cache = _FontCache()


@cache
def _read_font_file(weight: str) -> bytes:
    return files("bot.graphics").joinpath("fonts", f"NotoSans-{weight}.ttf").read_bytes()


def load_font(style: TextStyle) -> ImageFont.FreeTypeFont:
    """The font of a style; one object per thread."""
    if style not in _font_cache.fonts:
        _font_cache.fonts[style] = ImageFont.truetype(BytesIO(_read_font_file(style.weight)), style.size)
    return _font_cache.fonts[style]


def line_height(style: TextStyle, text: str = "") -> int:
    """From one line to the next, in pixels: tall enough that an accent on a capital never touches the line above."""
    return sum(load_font(style).getmetrics()) + 2 * extra_line_space(style, text)


def extra_line_space(style: TextStyle, text: str) -> int:
    """How much more a line needs above and below, in pixels: Arabic letters reach further than Latin ones."""
    return ceil(style.size / 6) if has_right_to_left_letter(text) else 0


def has_right_to_left_letter(text: str) -> bool:
    """Whether any letter of the text is written from right to left."""
    return any(unicodedata.bidirectional(character) in ("R", "AL") for character in text)


def has_left_to_right_letter(text: str) -> bool:
    """Whether any letter of the text is written from left to right."""
    return any(unicodedata.bidirectional(character) == "L" for character in text)


def starts_right_to_left(text: str) -> bool:
    """Whether the first letter of the text is written from right to left."""
    return next((has_right_to_left_letter(character) for character in text if character.isalpha()), False)


@lru_cache(maxsize=4096)
def measure_width(text: str, style: TextStyle) -> int:
    """The width of one line in pixels: its ink or its advance, whichever is wider. Folding asks again and again."""
    right = max(load_font(style).getbbox(text)[2], load_font(style).getlength(text))
    return ceil(right) + measure_left_overhang(text, style)


def measure_left_overhang(text: str, style: TextStyle) -> int:
    """How far the ink begins before the line does, in pixels: a "j" does."""
    return max(-floor(load_font(style).getbbox(text)[0]), 0)


def normalize_text(text: str) -> str:
    """The text with accents composed, each run of white space as one space, and invisible signs dropped."""
    visible = (
        character
        for character in _REMOVABLE_CHARACTERS.sub("", unicodedata.normalize("NFC", text))
        if _is_visible(character)
    )
    return _WHITESPACE.sub(" ", "".join(visible)).strip()


def _is_visible(character: str) -> bool:
    return character.isspace() or character in _JOINERS or unicodedata.category(character)[0] != "C"


def to_drawable(text: str) -> str:
    """The text without the signs that no font of ours has; a plainer form stands in for those that have one. Empty
    where no letter and no digit is left.
    """
    drawable_text = "".join(
        character if _is_drawable(character) else _compatible_form(character) for character in normalize_text(text)
    )
    return normalize_text(drawable_text) if any(map(str.isalnum, drawable_text)) else ""


def truncate(text: str, max_length: int) -> str:
    """The text, cut at a space and ended by "…" where it has more than `longest` signs."""
    if len(text) <= max_length:
        return text
    shortened = text[: max_length - 1]
    return f"{shortened.rsplit(' ', 1)[0] if ' ' in shortened else shortened}…"


def truncate_to_lines(text: str, style: TextStyle, max_width: int, max_lines: int) -> str:
    """The text, cut at a space and ended by "…" where it would take more than so many lines."""
    text = normalize_text(text)
    if len(_wrap_greedily(text, style, max_width)) <= max_lines:
        return text
    max_length = bisect_left(
        range(1, len(text)), True, key=lambda n: len(_wrap_greedily(truncate(text, n), style, max_width)) > max_lines
    )
    return truncate(text, max(max_length, 1))


def _compatible_form(character: str) -> str:
    return "".join(replacement for replacement in unicodedata.normalize("NFKC", character) if _is_drawable(replacement))


def _is_drawable(character: str) -> bool:
    return character.isspace() or _has_glyph(character)


@lru_cache(maxsize=1024)
def wrap_evenly(text: str, style: TextStyle, max_width: int) -> tuple[str, ...]:
    """The lines of a text, none wider than `limit` pixels: as few as will do, and of like length, so that no word is
    left alone on the last one. A word that is wider than a line is broken with a hyphen, a link without one: it would
    be typed. No text, no lines.
    """
    text = normalize_text(text)
    lines = _wrap_greedily(text, style, max_width)
    widest = max((measure_width(word, style) for word in text.split(" ")), default=0)
    if len(lines) <= 1 or widest > max_width:
        return lines
    candidate_widths = range(widest, max_width, 8)
    width_index = bisect_left(candidate_widths, True, key=lambda w: len(_wrap_greedily(text, style, w)) <= len(lines))
    return _wrap_greedily(text, style, min(widest + 8 * width_index, max_width))


def _wrap_greedily(text: str, style: TextStyle, max_width: int) -> tuple[str, ...]:
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        extended_line = f"{current} {word}".strip(" ")
        if measure_width(extended_line, style) <= max_width:
            current = extended_line
            continue
        *full_parts, rest = _split_word(word, style, max_width)
        lines += [current, *full_parts]
        current = rest
    return tuple(line for line in [*lines, current] if line)


def _split_word(word: str, style: TextStyle, max_width: int) -> list[str]:
    letters = _LETTER_WITH_ACCENTS.findall(word)
    hyphen = "" if has_right_to_left_letter(word) or "/" in word or "?start=" in word else "-"
    for part_count in count(1):
        cut_indexes = [len(letters) * i // part_count for i in range(part_count + 1)]
        parts = ["".join(letters[a:b]) for a, b in pairwise(cut_indexes)]
        parts = [f"{part}{hyphen}" for part in parts[:-1]] + parts[-1:]
        if part_count >= len(letters) or all(measure_width(part, style) <= max_width for part in parts):
            return parts
    raise AssertionError  # count() has no end


def can_draw_text(text: str) -> bool:
    """Whether every sign of the text is in our fonts. If not, say it in words: a picture would show empty boxes."""
    return all(map(_is_drawable, normalize_text(text)))


@cache
def _has_glyph(character: str) -> bool:
    if has_right_to_left_letter(character) and not features.check_feature(
        "raqm"
    ):  # Pillow then joins no letters, and turns them round
        return False
    return all(_glyph_bitmap(character, weight) != _glyph_bitmap("\uffff", weight) for weight in ("Regular", "Bold"))


def _glyph_bitmap(character: str, weight: Literal["Regular", "Bold"]) -> tuple[tuple[int, int], bytes]:
    mask = load_font(TextStyle(weight, 40)).getmask(character)
    return mask.size, bytes(mask)


# @@DOC A line as it is seen from left to right, cut where its direction changes: the Unicode Bidirectional Algorithm.
# @@
# @@ fpdf2 works out each letter's level rightly; but it leaves numbers within Arabic letters on the wrong side.
# @@
class TextRun(NamedTuple):
    """Letters of one direction, in the order in which they are read."""

    text: str
    level: int

    @property
    def is_right_to_left(self) -> bool:
        """Whether they are written from right to left."""
        return self.level % 2 == 1


def split_runs(line: str, *, is_right_to_left: bool) -> list[TextRun]:
    """The runs of a line, from the left; `from_right`: the line as a whole begins at the right."""
    base = TextDirection.RTL if is_right_to_left else TextDirection.LTR
    letters = BidiParagraph(text=line, base_direction=base, preserve_bn_chars=True).get_characters()
    by_level = groupby(letters, key=lambda letter: letter.embedding_level)
    return _in_visual_order(
        [TextRun("".join(letter.character for letter in group), level) for level, group in by_level]
    )


def _in_visual_order(runs: Sequence[TextRun]) -> list[TextRun]:
    """From the highest level down, each stretch of that level or above is turned round (rule L2)."""
    ordered = list(runs)
    for level in range(max((run.level for run in runs), default=0), 0, -1):
        stretches = groupby(ordered, key=partial(_is_at_least_level, level))
        ordered = [
            run for is_reversed, stretch in stretches for run in (reversed(list(stretch)) if is_reversed else stretch)
        ]
    return ordered


def _is_at_least_level(level: int, run: TextRun) -> bool:
    return run.level >= level
