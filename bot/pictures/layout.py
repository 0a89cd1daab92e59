"""Blocks of text, as lists of placed pieces. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.pictures.letters import Style, fold, line_height, overhang, width
from bot.pictures.pieces import Box, Piece, Text

Block = Callable[[int], Sequence[Piece]]
"""From where it begins, in pixels from the top, to its pieces; none where there is nothing to say."""


def stack(blocks: Sequence[Block], top: int, gap: int) -> list[Piece]:
    """The blocks under each other, from `top` down."""
    pieces: list[Piece] = []
    for block in blocks:
        pieces += block(bottom(pieces, top - gap) + gap)
    return pieces


def bottom(pieces: Sequence[Piece], otherwise: int) -> int:
    """Where the lowest piece ends; `otherwise` where there is none."""
    return max((piece.box.bottom for piece in pieces), default=otherwise)


def text_block(words: str, style: Style, colour: str, box: Box) -> list[Text]:
    """The lines of a text from the box's top down, folded to its width; they may end below it: see `bottom`."""
    height = line_height(style, words)
    tops = range(box.top, 2**31, height)
    lines = fold(words, style, box.right - box.left)
    return [_placed(line, style, colour, box.left, top, height) for line, top in zip(lines, tops, strict=False)]


def _placed(line: str, style: Style, colour: str, left: int, top: int, height: int) -> Text:
    start = left - overhang(line, style)
    return Text(Box(start, top, start + width(line, style), top + height), line, style, colour)


def flush_right(lines: Sequence[Text], right: int) -> list[Text]:
    """The lines moved sideways, so that each ends at `right`."""
    return [_moved(line, right - line.box.right, 0) for line in lines]


def middled(lines: Sequence[Text], left: int, right: int) -> list[Text]:
    """The lines moved sideways, so that each has as much room at its left as at its right."""
    return [_moved(line, (left + right - line.box.left - line.box.right) // 2, 0) for line in lines]


def centred(lines: Sequence[Text], box: Box) -> list[Text]:
    """The lines moved up or down, so that the lowest and the box's top are as far from the box's middle."""
    down = (box.bottom - bottom(lines, box.bottom)) // 2
    return [_moved(line, 0, down) for line in lines]


def _moved(text: Text, right: int, down: int) -> Text:
    box = text.box
    return replace(text, box=Box(box.left + right, box.top + down, box.right + right, box.bottom + down))
