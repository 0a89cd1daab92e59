"""Diverging bars and their legend. Pure.

A bar has one segment for each point of the scale: 0 lies around the middle of the bar, lower points on the left, higher
ones on the right.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import NamedTuple

from bot.graphics import palette
from bot.graphics.elements import BarSegment, Box, Element, StraightLine, find_bottom, lay_out_text
from bot.graphics.model import QuestionTally
from bot.graphics.text_layout import TextStyle, line_height, measure_width, normalize_text
from flows.disclosure_control import SUPPRESSED

MIN_SEGMENT_PIXELS = 4  # so that a small number can be seen
AXIS_WIDTH = 4


@dataclass(frozen=True, slots=True)
class BarScale:
    """The scale of a set of bars, in pixels: the length of one answer, the length of a suppressed segment, and how far
    the middle is from the left.
    """

    pixels_per_answer: float
    suppressed_length: int
    middle_offset: int


class LegendEntry(NamedTuple):
    """A point, or None for suppressed; and the text beside its pattern."""

    point: int | None
    label: str


def fit_bar_scale(questions: Sequence[QuestionTally], width: int, suppressed_length: int) -> BarScale:
    """The largest scale at which all bars stay within `width` pixels; the same for all, so that they compare."""
    half_width = width // 2
    max_half_segments = max((len(question.points) // 2 + 1 for question in questions), default=1)
    pixels_per_answer = min(
        (
            (half_width - suppressed_count * suppressed_length - MIN_SEGMENT_PIXELS * max_half_segments) / answer_count
            for answer_count, suppressed_count in _half_totals(questions)
            if answer_count
        ),
        default=1.0,
    )
    return BarScale(pixels_per_answer, suppressed_length, half_width)


def _half_totals(questions: Sequence[QuestionTally]) -> list[tuple[float, float]]:
    """The answers and the suppressed segments of each half of each bar."""
    return [
        _half_total(side_cells, question.cells_by_point.get(0))
        for question in questions
        if question.display_mode == "numbers"
        for side_cells in (question.below_middle, question.above_middle)
    ]


def _half_total(side_cells: Sequence[str], middle_cell: str | None) -> tuple[float, float]:
    """The answers and the suppressed segments on one side of the middle; the point 0, if there is one, counts half."""
    weighted_cells = [(cell, 1.0) for cell in side_cells] + ([(middle_cell, 0.5)] if middle_cell else [])
    answer_count = sum(int(cell) * weight for cell, weight in weighted_cells if cell != SUPPRESSED)
    return answer_count, sum(weight for cell, weight in weighted_cells if cell == SUPPRESSED)


def lay_out_bar(question: QuestionTally, scale: BarScale, left: int, height: int, top: int) -> list[Element]:
    """The bar of a question that has numbers, and the axis: short lines above and below the middle."""
    lengths = {point: _segment_length(cell, scale) for point, cell in question.cells_by_point.items()}
    middle, overshoot = left + scale.middle_offset, height // 7
    length_below = sum(length for point, length in lengths.items() if point < 0)
    edges = accumulate(lengths.values(), initial=middle - length_below - lengths.get(0, 0) // 2)
    bar_top, bar_bottom = top + overshoot, top + overshoot + height
    segments = [
        BarSegment(Box(segment_left, bar_top, segment_right, bar_bottom), None if cell == SUPPRESSED else point)
        for point, cell, (segment_left, segment_right) in zip(
            question.points, question.point_cells, pairwise(edges), strict=True
        )
    ]
    half = AXIS_WIDTH // 2
    axis = [Box(middle - half, y, middle + half, y + overshoot) for y in (top, bar_bottom)]
    return [*(StraightLine(box, palette.LINE_COLOUR) for box in axis), *segments]


def _segment_length(cell: str, scale: BarScale) -> int:
    if cell == SUPPRESSED:
        return scale.suppressed_length
    return max(round(int(cell) * scale.pixels_per_answer), MIN_SEGMENT_PIXELS)


def lay_out_legend(entries: Sequence[LegendEntry], style: TextStyle, left: int, right: int, top: int) -> list[Element]:
    """The entries side by side, in as many rows as they need between `left` and `right`."""
    swatch_size, gap = round(style.size * 0.9), style.size // 3
    elements: list[Element] = []
    entry_left, row_top = left, top
    for entry in entries:
        entry_width = swatch_size + gap + measure_width(normalize_text(entry.label), style)
        if entry_left > left and entry_left + entry_width > right:
            entry_left, row_top = left, find_bottom(elements, top)
        label_box = Box(entry_left + swatch_size + gap, row_top, right, row_top)
        swatch_top = row_top + (line_height(style, entry.label) - swatch_size) // 2
        swatch_box = Box(entry_left, swatch_top, entry_left + swatch_size, swatch_top + swatch_size)
        elements.append(BarSegment(swatch_box, entry.point))
        elements += lay_out_text(entry.label, style, palette.TEXT_COLOUR, label_box)
        entry_left += entry_width + 2 * gap
    return elements
