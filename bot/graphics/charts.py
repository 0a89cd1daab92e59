"""A campaign's results as pictures for a phone: a bar a question, its steps around the middle, worse at the left.

What was told in words is drawn in words: a bar would need a length that nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import NamedTuple

from bot.graphics import palette
from bot.graphics.alt_text import apart_line, asked_line, in_words, is_from_right, named, rules, title_line, wording_of
from bot.graphics.elements import (
    STEPS,
    Bar,
    Block,
    Box,
    Mark,
    Page,
    Panel,
    Piece,
    Rule,
    bottom,
    faced,
    stack,
    text_block,
)
from bot.graphics.model import WITHHELD, Results, Tally, verdict, verdict_of_all
from bot.graphics.png import MARK_COLOURS, paint
from bot.graphics.text_layout import Style, line_height, tidy, width
from flows.localization import Wording

# @@DOC A diverging bar: the middle step around the middle, worse at its left, better at its right.
LEAST = 4  # pixels: what is there can be seen


@dataclass(frozen=True, slots=True)
class Measure:
    """How long a bar's parts are, in pixels: one answer, and what is withheld. The middle is so far from the left."""

    answer: float
    stub: int
    middle: int


def measure(questions: Sequence[Tally], room: int, stub: int) -> Measure:
    """The longest scale with which all bars stay within the room, to be compared with each other."""
    numbered = [one for one in questions if one.shown == "numbers"]
    sides = [
        side for one in numbered for side in (_side(one.steps[:2], one.steps[2]), _side(one.steps[3:], one.steps[2]))
    ]
    half = room // 2
    longest = min(
        ((half - withheld * stub - LEAST * 3) / answers for answers, withheld in sides if answers), default=1.0
    )
    return Measure(longest, stub, half)


def _side(steps: Sequence[str], middle: str) -> tuple[float, float]:
    """How many answers stand at one side of the middle, and how many parts are withheld; the middle counts half."""
    cells = [(cell, 1.0) for cell in steps] + [(middle, 0.5)]
    answers = sum(int(cell) * part for cell, part in cells if cell != WITHHELD)
    return answers, sum(part for cell, part in cells if cell == WITHHELD)


def bar(question: Tally, scale: Measure, left: int, height: int, top: int) -> Sequence[Piece]:
    """The bar of a question that is told in numbers, with a line through the middle."""
    lengths = [_length(cell, scale) for cell in question.steps]
    before = sum(lengths[:2]) + lengths[2] // 2
    edges = list(accumulate(lengths, initial=left + scale.middle - before))
    parts = [
        Bar(Box(start, top, end, top + height), None if cell == WITHHELD else step)
        for step, cell, (start, end) in zip(STEPS, question.steps, pairwise(edges), strict=True)
    ]
    middle, over = left + scale.middle, height // 7
    axis = (Box(middle - 2, at, middle + 2, at + over) for at in (top, top + height + over))
    lower = [Bar(Box(p.box.left, p.box.top + over, p.box.right, p.box.bottom + over), p.step) for p in parts]
    return [*(Rule(one, palette.STONE) for one in axis), *lower]


def _length(cell: str, scale: Measure) -> int:
    return scale.stub if cell == WITHHELD else max(round(int(cell) * scale.answer), LEAST)


# @@DOC Patterns with words beside them, in rows that are as full as they can be.
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


WIDTH = 1080
MARGIN, PADDING, GAP = 40, 36, 24
LEFT, RIGHT = MARGIN + PADDING, WIDTH - MARGIN - PADDING
BAR = 76
MOST_QUESTIONS = 3  # a taller picture would be narrowed by Telegram, and its letters with it


class Sizes:
    """The letters, in percent of what is usual."""

    def __init__(self, percent: int) -> None:
        self.title, self.name = Style("Bold", 58 * percent // 100), Style("Bold", 50 * percent // 100)
        self.words, self.numbers = Style("Regular", 45 * percent // 100), Style("Bold", 48 * percent // 100)


def draw_charts(results: Results, words: Wording | None = None, *, percent: int = 100) -> tuple[bytes, ...]:
    """The results as PNG pictures, 1080 pixels wide: the test, then up to three of the other questions each.

    `percent` makes letters larger, up to 200; the pictures get higher.
    """
    return tuple(draw_chart(results, part, words, percent=percent) for part in parts_of(results))


def draw_chart(results: Results, part: tuple[Tally, ...], words: Wording | None = None, *, percent: int = 100) -> bytes:
    """One of these pictures: that of this part of the questions."""
    return paint(arrange(results, part, words or wording_of(results.language), percent))


def parts_of(results: Results) -> list[tuple[Tally, ...]]:
    """The questions of each picture."""
    groups = (tuple(one for one in results.questions if one.in_test is in_test) for in_test in (True, False))
    starts = ((group, at) for group in groups for at in range(0, len(group), MOST_QUESTIONS))
    return [group[at : at + MOST_QUESTIONS] for group, at in starts]


def arrange(results: Results, questions: tuple[Tally, ...], words: Wording, percent: int = 100) -> Page:
    """Where everything of one picture goes, from the top down. Pure."""
    sizes = Sizes(percent)
    scale = measure(questions, RIGHT - LEFT, _stub(sizes))
    blocks: list[Block] = [
        partial(_paragraph, title_line(results, words), sizes.title, palette.INK),
        partial(_paragraph, asked_line(results, words), sizes.words, palette.SOFT_INK),
        *(partial(_question, one, words, sizes, scale) for one in questions),
        partial(_legend, questions, words, sizes),
        partial(_overall, questions, words, sizes),
        partial(_paragraph, " ".join(rules(questions, words)), sizes.words, palette.SOFT_INK),
    ]
    pieces = stack([block for block in blocks if block(0)], MARGIN, GAP)
    page = Page(WIDTH, bottom(pieces, MARGIN) + MARGIN, tuple(pieces))
    return faced(page, from_right=is_from_right(words))


def _paragraph(words: str, style: Style, colour: str, top: int) -> Sequence[Piece]:
    return text_block(words, style, colour, Box(MARGIN, top, WIDTH - MARGIN, top))


def _question(question: Tally, words: Wording, sizes: Sizes, scale: Measure, top: int) -> Sequence[Piece]:
    """A white panel: the name, what is said of it where it is of the test, and the answers."""
    blocks: list[Block] = [
        partial(_name, question, words, sizes),
        *_answers(question, words, sizes, scale),
    ]
    return _panelled(blocks, palette.PANEL, palette.EDGE, top)


def _panelled(blocks: Sequence[Block], colour: str, edge: str, top: int) -> Sequence[Piece]:
    inside = stack(blocks, top + GAP // 2, GAP // 3)
    return [Panel(Box(MARGIN, top, WIDTH - MARGIN, bottom(inside, top) + GAP // 2), colour, edge), *inside]


def _name(question: Tally, words: Wording, sizes: Sizes, top: int) -> Sequence[Piece]:
    if not question.in_test:
        return text_block(named(question.name), sizes.name, palette.INK, Box(LEFT, top, RIGHT, top))
    said, side = verdict(question), round(1.3 * sizes.name.size)
    told = words.text("verdict_line", {"name": named(question.name), "verdict": words.text(f"verdict_{said}")})
    start = LEFT + side + GAP
    line = text_block(told, sizes.name, MARK_COLOURS[said], Box(start, top, RIGHT, top))
    return [Mark(Box(LEFT, top, LEFT + side, top + side), said), *line]


def _answers(question: Tally, words: Wording, sizes: Sizes, scale: Measure) -> list[Block]:
    if question.shown != "numbers":
        lines = in_words(question, words)
        return [partial(_inside, line, sizes.words, palette.INK) for line in lines]
    counts = [Entry(step, cell) for step, cell in zip(STEPS, question.steps, strict=True)]
    return [
        partial(bar, question, scale, LEFT, BAR),
        partial(row, counts, sizes.numbers, LEFT, RIGHT),
        partial(_inside, apart_line(question, words), sizes.words, palette.SOFT_INK),
    ]


def _inside(line: str, style: Style, colour: str, top: int) -> Sequence[Piece]:
    return text_block(line, style, colour, Box(LEFT, top, RIGHT, top))


def _legend(questions: Sequence[Tally], words: Wording, sizes: Sizes, top: int) -> Sequence[Piece]:
    """What the patterns mean, where there are any."""
    numbered = [one for one in questions if one.shown == "numbers"]
    if not numbered:
        return []
    entries = [Entry(step, words.text(f"step_{step}")) for step in STEPS]
    if any(WITHHELD in one.steps for one in numbered):
        entries.append(Entry(None, words.text("legend_withheld")))
    return row(entries, sizes.words, MARGIN, WIDTH - MARGIN, top)


def _overall(questions: tuple[Tally, ...], words: Wording, sizes: Sizes, top: int) -> Sequence[Piece]:
    said = verdict_of_all(questions)
    if said is None:
        return []
    block = partial(_inside, words.text(f"overall_{said}"), sizes.name, palette.RESULT_INK)
    return _panelled([block], palette.RESULT, palette.RESULT, top)


def _stub(sizes: Sizes) -> int:
    """How wide a part is drawn whose length is withheld: always the same."""
    return width(WITHHELD, sizes.numbers) + GAP
