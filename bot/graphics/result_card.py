"""The picture of one person's connection test: from words to a PNG.

On a small phone (320 px, less the chat's margins) it is shown a quarter as wide: 48 pixels here are 12 there. Telegram
narrows pictures that are much taller than wide, so a card with short words stays under 1.4 times its width.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain

from bot.graphics import palette, text_layout
from bot.graphics.elements import (
    STEPS,
    Block,
    Box,
    Mark,
    Page,
    Panel,
    Piece,
    Scale,
    Verdict,
    bottom,
    centred,
    flush_right,
    stack,
    text_block,
)
from bot.graphics.png import MARK_COLOURS, paint
from bot.graphics.text_layout import Style, line_height, tidy, width

__all__ = ["Card", "CardLine", "Verdict", "can_draw", "draw_card"]

WIDTH = 1080
MARGIN, PADDING, GAP, INSET = 40, 40, 24, 14
MARK, MARK_GAP = 128, 36
SIDE, SCALE_HEIGHT, SCALE_GAP = 215, 100, 10
LEFT, RIGHT = MARGIN + PADDING, WIDTH - MARGIN - PADDING

TITLE, NAME, RESULT = Style("Bold", 68), Style("Bold", 60), Style("Bold", 64)
WORDS, ENDS, FOOT = Style("Regular", 58), Style("Regular", 50), Style("Regular", 50)


@dataclass(frozen=True, slots=True)
class CardLine:
    """One question of the test: what it asks about; whether it passes, as a sign and in words; and the person's step,
    -2 … 2 where 2 is best, or None where there is none to show (not sure, skipped, not asked).
    """

    name: str
    verdict: Verdict
    words: str
    score: int | None

    def __post_init__(self) -> None:
        if self.score is not None and self.score not in STEPS:
            raise ValueError(f"A score is a step from -2 to 2, or None, but this is {self.score}")


@dataclass(frozen=True, slots=True)
class Card:
    """All words of the picture, in any language in Latin letters, without markup: the title, one line a question, the
    result of all, what the scale's least and most step are called, and the rule behind the result. A part without words
    is left out.
    """

    title: str
    lines: tuple[CardLine, ...]
    result: str
    least: str
    most: str
    foot: str


def draw_card(card: Card) -> bytes:
    """The card as a PNG file: RGB, 1080 pixels wide, as high as its words need (about 1,500 for three short lines).

    The same card gives the same bytes. May be called from any thread; takes 0.1 to 0.3 seconds. Words that
    `can_draw` refuses come out as empty boxes.
    """
    return paint(arrange(card))


def can_draw(card: Card) -> bool:
    """Whether our fonts have every sign of the card's words; if not, send the words without the picture."""
    named = chain.from_iterable((line.name, line.words) for line in card.lines)
    return all(map(text_layout.can_draw, (card.title, *named, card.result, card.least, card.most, card.foot)))


def arrange(card: Card) -> Page:
    """Where everything goes, from the top down. Pure."""
    blocks: list[Block] = [
        partial(_paragraph, card.title, TITLE, palette.INK, MARGIN + INSET),
        *(partial(_line, card, line) for line in card.lines),
        partial(_result, card.result),
        partial(_paragraph, card.foot, FOOT, palette.SOFT_INK, MARGIN + INSET),
    ]
    pieces = stack(blocks, MARGIN, GAP)
    return Page(WIDTH, bottom(pieces, MARGIN) + MARGIN, tuple(pieces))


def _paragraph(words: str, style: Style, colour: str, left: int, top: int) -> Sequence[Piece]:
    return text_block(words, style, colour, Box(left, top, WIDTH - left, top))


def _line(card: Card, line: CardLine, top: int) -> list[Piece]:
    """A white panel: the mark with name and words beside it, and the scale below."""
    start = top + PADDING // 2
    beside = LEFT + MARK + MARK_GAP
    name = text_block(line.name, NAME, palette.INK, Box(beside, start, RIGHT, start))
    colour = MARK_COLOURS[line.verdict]
    words = text_block(line.words, WORDS, colour, Box(beside, bottom(name, start), RIGHT, start))
    first_two = line_height(NAME) + line_height(WORDS)
    mark = Box(LEFT, start + (first_two - MARK) // 2, LEFT + MARK, start + (first_two + MARK) // 2)
    below = max(bottom(name + words, start), start + first_two) + SCALE_GAP
    inside = [*name, *words, Mark(mark, line.verdict), *_scale(card, line.score, colour, below)]
    return [_panel(top, bottom(inside, top) + PADDING // 2, palette.PANEL, palette.EDGE), *inside]


def _scale(card: Card, score: int | None, colour: str, top: int) -> list[Piece]:
    """The five stones between the words for their ends, or above them where the words are too long for one line."""
    ends = (card.least, card.most)
    short = all(width(tidy(end), ENDS) <= SIDE - GAP // 2 for end in ends)
    left, right = (LEFT + SIDE, RIGHT - SIDE) if short else (LEFT, RIGHT)
    scale = Scale(Box(left, top, right, top + SCALE_HEIGHT), score, colour)
    at, limit = (top, SIDE) if short else (scale.box.bottom, (RIGHT - LEFT - GAP) // 2)
    least, most = (text_block(end, ENDS, palette.SOFT_INK, Box(LEFT, at, LEFT + limit, at)) for end in ends)
    words = [*least, *flush_right(most, RIGHT)]
    return [scale, *(centred(words, scale.box) if short else words)]


def _result(words: str, top: int) -> list[Piece]:
    lines = text_block(words, RESULT, palette.RESULT_INK, Box(LEFT, top + PADDING // 2, RIGHT, top))
    panel = _panel(top, bottom(lines, top) + PADDING // 2, palette.RESULT, palette.RESULT)
    return [panel, *lines] if lines else []


def _panel(top: int, end: int, colour: str, edge: str) -> Panel:
    return Panel(Box(MARGIN, top, WIDTH - MARGIN, end), colour, edge)
