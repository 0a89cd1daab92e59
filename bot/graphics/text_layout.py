"""Text measurement: fonts, widths, line breaks, and which characters can be drawn.

Widths come from the font, never from counting characters. Pillow is loaded with the first font.
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
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

# French typography joins "!" to the word before it by a no-break space, so those two spaces do not count here.
_WHITESPACE = re.compile(r"[^\S\u00a0\u202f]+")
_LETTER_WITH_ACCENTS = re.compile(r".[\u0300-\u036f]*", re.DOTALL)
_JOINERS = "\u200c\u200d"  # invisible, but they change the shape of the Urdu and Persian letters beside them
# Joiners after other letters, and the variation selectors of emoji.
_REMOVABLE_CHARACTERS = re.compile(f"(?<![\u0600-\u06ff])[{_JOINERS}]|[\ufe00-\ufe0f]")
_GLYPH_TEST_SIZE = 40
_WIDTH_STEP = 8  # pixels between the line widths that `wrap_evenly` tries


@dataclass(frozen=True, slots=True)
class TextStyle:
    """The weight of the font, and its size in pixels per em."""

    weight: Literal["Regular", "Bold"]
    size: int


class _FontCache(threading.local):
    """One font object per thread and style: threads must not share FreeType faces."""

    def __init__(self) -> None:
        self.fonts: dict[TextStyle, FreeTypeFont] = {}


_font_cache = _FontCache()


def load_font(style: TextStyle) -> "FreeTypeFont":
    """The font of a style, one object per thread."""
    if style not in _font_cache.fonts:
        _font_cache.fonts[style] = _open_font(style)
    return _font_cache.fonts[style]


def _open_font(style: TextStyle) -> "FreeTypeFont":
    from PIL import ImageFont  # noqa: PLC0415 - a bot that sends only text never loads Pillow

    return ImageFont.truetype(BytesIO(_read_font_file(style.weight)), style.size)


@cache
def _read_font_file(weight: str) -> bytes:
    return files("bot.graphics").joinpath("fonts", f"NotoSans-{weight}.ttf").read_bytes()


def line_height(style: TextStyle, text: str = "") -> int:
    """The distance between lines in pixels: enough that an accent on a capital never touches the line above."""
    return sum(load_font(style).getmetrics()) + 2 * extra_line_space(style, text)


def extra_line_space(style: TextStyle, text: str) -> int:
    """The pixels to add above and below a line: Arabic letters reach further than Latin ones."""
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


@lru_cache(maxsize=4096)  # line breaking measures the same words many times
def measure_width(text: str, style: TextStyle) -> int:
    """The width of one line in pixels: its ink or its advance, whichever is wider."""
    font = load_font(style)
    right = max(font.getbbox(text)[2], font.getlength(text))
    return ceil(right) + measure_left_overhang(text, style)


@lru_cache(maxsize=1024)  # each line is measured when it is placed, and again when it is painted
def measure_left_overhang(text: str, style: TextStyle) -> int:
    """How many pixels the ink begins before the line does, as that of "j" does."""
    return max(-floor(load_font(style).getbbox(text)[0]), 0)


def normalize_text(text: str) -> str:
    """The text with composed accents, single spaces, and without invisible characters."""
    composed = _REMOVABLE_CHARACTERS.sub("", unicodedata.normalize("NFC", text))
    return _WHITESPACE.sub(" ", "".join(filter(_is_visible, composed))).strip()


def _is_visible(character: str) -> bool:
    return character.isspace() or character in _JOINERS or unicodedata.category(character)[0] != "C"


def can_draw_text(text: str) -> bool:
    """Whether the fonts have every character of the text. Missing ones would be drawn as empty boxes."""
    return all(map(_is_drawable, normalize_text(text)))


def to_drawable(text: str) -> str:
    """The text without characters that the fonts lack, or with a plainer form of them, such as "1" for "①". Empty if
    no letter and no digit remains.
    """
    drawable_text = "".join(
        character if _is_drawable(character) else _compatible_form(character) for character in normalize_text(text)
    )
    return normalize_text(drawable_text) if any(map(str.isalnum, drawable_text)) else ""


def _compatible_form(character: str) -> str:
    return "".join(filter(_is_drawable, unicodedata.normalize("NFKC", character)))


def _is_drawable(character: str) -> bool:
    return character.isspace() or _has_glyph(character)


@cache
def _has_glyph(character: str) -> bool:
    if has_right_to_left_letter(character) and not _can_shape_text():
        return False
    return all(_glyph_bitmap(character, weight) != _glyph_bitmap("\uffff", weight) for weight in ("Regular", "Bold"))


def _can_shape_text() -> bool:
    """Whether Pillow has Raqm. Without it, Arabic letters are neither joined nor put in order."""
    from PIL import features  # noqa: PLC0415 - a bot that sends only text never loads Pillow

    return bool(features.check_feature("raqm"))


def _glyph_bitmap(character: str, weight: Literal["Regular", "Bold"]) -> tuple[tuple[int, int], bytes]:
    mask = load_font(TextStyle(weight, _GLYPH_TEST_SIZE)).getmask(character)
    return mask.size, bytes(mask)


def truncate(text: str, max_length: int) -> str:
    """The text, cut at a space and ended by "…" if it has more than `max_length` characters."""
    if len(text) <= max_length:
        return text
    shortened = text[: max_length - 1]
    return f"{shortened.rsplit(' ', 1)[0] if ' ' in shortened else shortened}…"


def truncate_to_lines(text: str, style: TextStyle, max_width: int, max_lines: int) -> str:
    """The text, cut at a space and ended by "…" if it would take more than `max_lines` lines."""
    text = normalize_text(text)
    if len(_wrap_greedily(text, style, max_width)) <= max_lines:
        return text
    max_length = bisect_left(
        range(1, len(text)),
        True,
        key=lambda length: len(_wrap_greedily(truncate(text, length), style, max_width)) > max_lines,
    )
    return truncate(text, max(max_length, 1))


@lru_cache(maxsize=1024)
def wrap_evenly(text: str, style: TextStyle, max_width: int) -> tuple[str, ...]:
    """The lines of a text, none wider than `max_width` pixels: as few as possible and of similar length, so that no
    word is alone on the last line. A word wider than a line is broken with a hyphen; a link without one, because
    people type it. An empty text has no lines.
    """
    text = normalize_text(text)
    lines = _wrap_greedily(text, style, max_width)
    widest_word = max((measure_width(word, style) for word in text.split(" ")), default=0)
    if len(lines) <= 1 or widest_word > max_width:
        return lines
    candidate_widths = range(widest_word, max_width, _WIDTH_STEP)
    index = bisect_left(candidate_widths, True, key=lambda width: len(_wrap_greedily(text, style, width)) <= len(lines))
    return _wrap_greedily(text, style, min(widest_word + _WIDTH_STEP * index, max_width))


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
    """The word in as few parts of equal length as fit the width; a letter keeps its accents."""
    letters = _LETTER_WITH_ACCENTS.findall(word)
    is_unhyphenated = has_right_to_left_letter(word) or "/" in word or "?start=" in word
    hyphen = "" if is_unhyphenated else "-"
    for part_count in count(1):
        cut_indexes = [len(letters) * i // part_count for i in range(part_count + 1)]
        parts = ["".join(letters[start:end]) for start, end in pairwise(cut_indexes)]
        parts = [f"{part}{hyphen}" for part in parts[:-1]] + parts[-1:]
        if part_count >= len(letters) or all(measure_width(part, style) <= max_width for part in parts):
            return parts
    raise AssertionError  # `count` never ends
