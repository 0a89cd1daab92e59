"""A campaign's results as pictures for a phone: a bar a question, its steps around the middle, worse at the left.

What was told in words is drawn in words: a bar would need a length that nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, pairwise
from typing import NamedTuple

from bot.graphics import palette
from bot.graphics.alt_text import (
    describe_question_in_words,
    format_reading_rules,
    format_survey_line,
    format_title,
    format_unscored_cells,
    is_written_right_to_left,
    load_graphics_texts,
    to_drawable_name,
)
from bot.graphics.elements import (
    SCORES,
    BarSegment,
    Block,
    Box,
    Element,
    Layout,
    Panel,
    StraightLine,
    VerdictMark,
    apply_direction,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.model import WITHHELD_CELL, CampaignResults, QuestionTally, decide_overall_verdict, decide_verdict
from bot.graphics.png import VERDICT_COLOURS, paint_png
from bot.graphics.text_layout import TextStyle, line_height, measure_width, normalize_text
from flows.localization import Localization

# @@DOC A diverging bar: the middle step around the middle, worse at its left, better at its right.
MIN_SEGMENT_PIXELS = 4  # pixels: what is there can be seen


@dataclass(frozen=True, slots=True)
class BarScale:
    """How long a bar's parts are, in pixels: one answer, and what is withheld. The middle is so far from the left."""

    pixels_per_answer: float
    withheld_length: int
    middle_offset: int


def fit_bar_scale(questions: Sequence[QuestionTally], width: int, withheld_length: int) -> BarScale:
    """The longest scale with which all bars stay within the room, to be compared with each other."""
    numeric_questions = [question for question in questions if question.display_mode == "numbers"]
    half_totals = [
        half_total
        for one in numeric_questions
        for half_total in (
            _half_total(one.score_cells[:2], one.score_cells[2]),
            _half_total(one.score_cells[3:], one.score_cells[2]),
        )
    ]
    half_width = width // 2
    pixels_per_answer = min(
        (
            (half_width - withheld_count * withheld_length - MIN_SEGMENT_PIXELS * 3) / answer_count
            for answer_count, withheld_count in half_totals
            if answer_count
        ),
        default=1.0,
    )
    return BarScale(pixels_per_answer, withheld_length, half_width)


def _half_total(side_cells: Sequence[str], middle_cell: str) -> tuple[float, float]:
    """How many answers stand at one side of the middle, and how many parts are withheld; the middle counts half."""
    weighted_cells = [(cell, 1.0) for cell in side_cells] + [(middle_cell, 0.5)]
    answer_count = sum(int(cell) * weight for cell, weight in weighted_cells if cell != WITHHELD_CELL)
    return answer_count, sum(part for cell, part in weighted_cells if cell == WITHHELD_CELL)


def lay_out_bar(question: QuestionTally, scale: BarScale, left: int, height: int, top: int) -> Sequence[Element]:
    """The bar of a question that is told in numbers, with a line through the middle."""
    lengths = [_segment_length(cell, scale) for cell in question.score_cells]
    length_before_middle = sum(lengths[:2]) + lengths[2] // 2
    edges = list(accumulate(lengths, initial=left + scale.middle_offset - length_before_middle))
    segments = [
        BarSegment(Box(segment_left, top, segment_right, top + height), None if cell == WITHHELD_CELL else score)
        for score, cell, (segment_left, segment_right) in zip(
            SCORES, question.score_cells, pairwise(edges), strict=True
        )
    ]
    middle, overshoot = left + scale.middle_offset, height // 7
    axis = (Box(middle - 2, axis_top, middle + 2, axis_top + overshoot) for axis_top in (top, top + height + overshoot))
    lowered_segments = [
        BarSegment(
            Box(segment.box.left, segment.box.top + overshoot, segment.box.right, segment.box.bottom + overshoot),
            segment.score,
        )
        for segment in segments
    ]
    return [*(StraightLine(box, palette.LINE_COLOUR) for box in axis), *lowered_segments]


def _segment_length(cell: str, scale: BarScale) -> int:
    return (
        scale.withheld_length
        if cell == WITHHELD_CELL
        else max(round(int(cell) * scale.pixels_per_answer), MIN_SEGMENT_PIXELS)
    )


# @@DOC Patterns with words beside them, in rows that are as full as they can be.
class LegendEntry(NamedTuple):
    """A step, or None for what is withheld; and the words beside its pattern."""

    score: int | None
    label: str


def lay_out_legend(entries: Sequence[LegendEntry], style: TextStyle, left: int, right: int, top: int) -> list[Element]:
    """The entries beside each other, going on below where the row is full."""
    swatch_size, gap = round(style.size * 0.9), style.size // 3
    elements: list[Element] = []
    entry_left, line_top = left, top
    for entry in entries:
        entry_width = swatch_size + gap + measure_width(normalize_text(entry.label), style)
        if entry_left > left and entry_left + entry_width > right:
            entry_left, line_top = left, find_bottom(elements, top)
        label_lines = lay_out_text(
            entry.label, style, palette.TEXT_COLOUR, Box(entry_left + swatch_size + gap, line_top, right, line_top)
        )
        swatch_top = line_top + (line_height(style, entry.label) - swatch_size) // 2
        elements += [
            BarSegment(Box(entry_left, swatch_top, entry_left + swatch_size, swatch_top + swatch_size), entry.score),
            *label_lines,
        ]
        entry_left += entry_width + 2 * gap
    return elements


CHART_WIDTH = 1080
CHART_MARGIN, PANEL_PADDING, BLOCK_GAP = 40, 36, 24
CONTENT_LEFT, CONTENT_RIGHT = CHART_MARGIN + PANEL_PADDING, CHART_WIDTH - CHART_MARGIN - PANEL_PADDING
BAR_HEIGHT = 76
MAX_QUESTIONS_PER_CHART = 3  # a taller picture would be narrowed by Telegram, and its letters with it


class ChartStyles:
    """The letters, in percent of what is usual."""

    def __init__(self, percent: int) -> None:
        self.title, self.name = TextStyle("Bold", 58 * percent // 100), TextStyle("Bold", 50 * percent // 100)
        self.body, self.numbers = TextStyle("Regular", 45 * percent // 100), TextStyle("Bold", 48 * percent // 100)


def draw_charts(
    results: CampaignResults, localization: Localization | None = None, *, percent: int = 100
) -> tuple[bytes, ...]:
    """The results as PNG pictures, 1080 pixels wide: the test, then up to three of the other questions each.

    `percent` makes letters larger, up to 200; the pictures get higher.
    """
    return tuple(draw_chart(results, group, localization, percent=percent) for group in group_questions(results))


def draw_chart(
    results: CampaignResults,
    questions: tuple[QuestionTally, ...],
    localization: Localization | None = None,
    *,
    percent: int = 100,
) -> bytes:
    """One of these pictures: that of this part of the questions."""
    return paint_png(lay_out_chart(results, questions, localization or load_graphics_texts(results.language), percent))


def group_questions(results: CampaignResults) -> list[tuple[QuestionTally, ...]]:
    """The questions of each picture."""
    questions_by_kind = (
        tuple(question for question in results.questions if question.is_in_test is is_in_test)
        for is_in_test in (True, False)
    )
    starts = ((group, start) for group in questions_by_kind for start in range(0, len(group), MAX_QUESTIONS_PER_CHART))
    return [group[at : at + MAX_QUESTIONS_PER_CHART] for group, at in starts]


def lay_out_chart(
    results: CampaignResults, questions: tuple[QuestionTally, ...], localization: Localization, percent: int = 100
) -> Layout:
    """Where everything of one picture goes, from the top down. Pure."""
    styles = ChartStyles(percent)
    scale = fit_bar_scale(questions, CONTENT_RIGHT - CONTENT_LEFT, _withheld_length(styles))
    blocks: list[Block] = [
        partial(_paragraph, format_title(results, localization), styles.title, palette.TEXT_COLOUR),
        partial(_paragraph, format_survey_line(results, localization), styles.body, palette.MUTED_TEXT_COLOUR),
        *(partial(_question_panel, question, localization, styles, scale) for question in questions),
        partial(_legend_row, questions, localization, styles),
        partial(_overall_verdict, questions, localization, styles),
        partial(
            _paragraph, " ".join(format_reading_rules(questions, localization)), styles.body, palette.MUTED_TEXT_COLOUR
        ),
    ]
    elements = stack_blocks([block for block in blocks if block(0)], CHART_MARGIN, BLOCK_GAP)
    layout = Layout(CHART_WIDTH, find_bottom(elements, CHART_MARGIN) + CHART_MARGIN, tuple(elements))
    return apply_direction(layout, is_right_to_left=is_written_right_to_left(localization))


def _paragraph(text: str, style: TextStyle, colour: str, top: int) -> Sequence[Element]:
    return lay_out_text(text, style, colour, Box(CHART_MARGIN, top, CHART_WIDTH - CHART_MARGIN, top))


def _question_panel(
    question: QuestionTally, localization: Localization, styles: ChartStyles, scale: BarScale, top: int
) -> Sequence[Element]:
    """A white panel: the name, what is said of it where it is of the test, and the answers."""
    blocks: list[Block] = [
        partial(_question_heading, question, localization, styles),
        *_answer_blocks(question, localization, styles, scale),
    ]
    return _in_panel(blocks, palette.PANEL_COLOUR, palette.PANEL_EDGE_COLOUR, top)


def _in_panel(blocks: Sequence[Block], colour: str, edge: str, top: int) -> Sequence[Element]:
    elements = stack_blocks(blocks, top + BLOCK_GAP // 2, BLOCK_GAP // 3)
    return [
        Panel(
            Box(CHART_MARGIN, top, CHART_WIDTH - CHART_MARGIN, find_bottom(elements, top) + BLOCK_GAP // 2),
            colour,
            edge,
        ),
        *elements,
    ]


def _question_heading(
    question: QuestionTally, localization: Localization, styles: ChartStyles, top: int
) -> Sequence[Element]:
    if not question.is_in_test:
        return lay_out_text(
            to_drawable_name(question.name),
            styles.name,
            palette.TEXT_COLOUR,
            Box(CONTENT_LEFT, top, CONTENT_RIGHT, top),
        )
    verdict, mark_size = decide_verdict(question), round(1.3 * styles.name.size)
    label = localization.format_text(
        "verdict_line",
        {"name": to_drawable_name(question.name), "verdict": localization.format_text(f"verdict_{verdict}")},
    )
    label_left = CONTENT_LEFT + mark_size + BLOCK_GAP
    label_lines = lay_out_text(label, styles.name, VERDICT_COLOURS[verdict], Box(label_left, top, CONTENT_RIGHT, top))
    return [VerdictMark(Box(CONTENT_LEFT, top, CONTENT_LEFT + mark_size, top + mark_size), verdict), *label_lines]


def _answer_blocks(
    question: QuestionTally, localization: Localization, styles: ChartStyles, scale: BarScale
) -> list[Block]:
    if question.display_mode != "numbers":
        lines = describe_question_in_words(question, localization)
        return [partial(_panel_text, line, styles.body, palette.TEXT_COLOUR) for line in lines]
    entries = [LegendEntry(score, cell) for score, cell in zip(SCORES, question.score_cells, strict=True)]
    return [
        partial(lay_out_bar, question, scale, CONTENT_LEFT, BAR_HEIGHT),
        partial(lay_out_legend, entries, styles.numbers, CONTENT_LEFT, CONTENT_RIGHT),
        partial(_panel_text, format_unscored_cells(question, localization), styles.body, palette.MUTED_TEXT_COLOUR),
    ]


def _panel_text(line: str, style: TextStyle, colour: str, top: int) -> Sequence[Element]:
    return lay_out_text(line, style, colour, Box(CONTENT_LEFT, top, CONTENT_RIGHT, top))


def _legend_row(
    questions: Sequence[QuestionTally], localization: Localization, styles: ChartStyles, top: int
) -> Sequence[Element]:
    """What the patterns mean, where there are any."""
    numeric_questions = [question for question in questions if question.display_mode == "numbers"]
    if not numeric_questions:
        return []
    entries = [LegendEntry(score, localization.format_text(f"step_{score}")) for score in SCORES]
    if any(WITHHELD_CELL in one.score_cells for one in numeric_questions):
        entries.append(LegendEntry(None, localization.format_text("legend_withheld")))
    return lay_out_legend(entries, styles.body, CHART_MARGIN, CHART_WIDTH - CHART_MARGIN, top)


def _overall_verdict(
    questions: tuple[QuestionTally, ...], localization: Localization, styles: ChartStyles, top: int
) -> Sequence[Element]:
    verdict = decide_overall_verdict(questions)
    if verdict is None:
        return []
    block = partial(
        _panel_text, localization.format_text(f"overall_{verdict}"), styles.name, palette.RESULT_TEXT_COLOUR
    )
    return _in_panel([block], palette.RESULT_PANEL_COLOUR, palette.RESULT_PANEL_COLOUR, top)


def _withheld_length(styles: ChartStyles) -> int:
    """How wide a part is drawn whose length is withheld: always the same."""
    return measure_width(WITHHELD_CELL, styles.numbers) + BLOCK_GAP
