"""Blocks of text, as lists of placed pieces. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from bot.pictures.letters import Style, fold, line_height, overhang, width
from bot.pictures.pieces import Box, Piece, Text


def bottom(pieces: Sequence[Piece], otherwise: int) -> int:
    """Where the lowest piece ends; `otherwise` where there is none."""
    return max((piece.box.bottom for piece in pieces), default=otherwise)


def text_block(words: str, style: Style, colour: str, box: Box) -> list[Text]:
    """The lines of a text from the box's top down, folded to its width; they may end below it: see `bottom`."""
    tops = range(box.top, 2**31, line_height(style))
    lines = fold(words, style, box.right - box.left)
    return [_placed(line, style, colour, box.left, top) for line, top in zip(lines, tops, strict=False)]


def _placed(line: str, style: Style, colour: str, left: int, top: int) -> Text:
    start = left - overhang(line, style)
    return Text(Box(start, top, start + width(line, style), top + line_height(style)), line, style, colour)


def flush_right(lines: Sequence[Text], right: int) -> list[Text]:
    """The lines moved sideways, so that each ends at `right`."""
    return [_moved(line, right - line.box.right, 0) for line in lines]


def centred(lines: Sequence[Text], box: Box) -> list[Text]:
    """The lines moved up or down, so that the lowest and the box's top are as far from the box's middle."""
    down = (box.bottom - bottom(lines, box.bottom)) // 2
    return [_moved(line, 0, down) for line in lines]


def _moved(text: Text, right: int, down: int) -> Text:
    box = text.box
    return replace(text, box=Box(box.left + right, box.top + down, box.right + right, box.bottom + down))
