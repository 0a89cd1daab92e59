"""Patterns with words beside them, in rows that are as full as they can be."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.pictures import palette
from bot.pictures.layout import bottom, text_block
from bot.pictures.letters import Style, line_height, tidy, width
from bot.pictures.pieces import Bar, Box, Piece


class Entry(NamedTuple):
    """A step, or None for what is withheld; and the words beside its pattern."""

    step: int | None
    words: str


def row(entries: Sequence[Entry], style: Style, left: int, right: int, top: int) -> list[Piece]:
    """The entries beside each other, going on below where the row is full."""
    side, gap = round(style.size * 0.9), style.size // 3
    pieces: list[Piece] = []
    start, line = left, top
    for entry in entries:
        needed = side + gap + width(tidy(entry.words), style)
        if start > left and start + needed > right:
            start, line = left, bottom(pieces, top)
        words = text_block(entry.words, style, palette.INK, Box(start + side + gap, line, right, line))
        swatch = line + (line_height(style, entry.words) - side) // 2
        pieces += [Bar(Box(start, swatch, start + side, swatch + side), entry.step), *words]
        start += needed + 2 * gap
    return pieces
