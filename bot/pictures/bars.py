"""A diverging bar: the middle step around the middle, worse at its left, better at its right."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from bot.pictures import palette
from bot.pictures.pieces import STEPS, Bar, Box, Piece, Rule
from bot.pictures.tallies import WITHHELD, Tally

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
