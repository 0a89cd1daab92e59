"""The layout of a campaign's results as pictures for a phone: a panel for each question, with its bar or in words.

A question that is shown in words has no bar, because its true numbers are suppressed.
"""

from collections.abc import Sequence
from functools import partial

from bot.graphics import palette
from bot.graphics.alt_text import (
    describe_question_in_words,
    format_other_cells,
    format_question_heading,
    format_reading_rules,
    format_survey_line,
    format_title,
    is_written_right_to_left,
    to_drawable_name,
)
from bot.graphics.bars import BarScale, LegendEntry, fit_bar_scale, lay_out_bar, lay_out_legend
from bot.graphics.elements import (
    Block,
    Box,
    Element,
    Layout,
    Panel,
    VerdictMark,
    apply_direction,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.model import (
    CampaignResults,
    QuestionTally,
    decide_overall_verdict,
    decide_verdict,
    list_all_points,
)
from bot.graphics.text_layout import TextStyle, measure_width
from flows.disclosure_control import SUPPRESSED
from flows.localization import Localization

CHART_WIDTH = 1080
CHART_MARGIN, PANEL_PADDING, BLOCK_GAP = 40, 36, 24
CONTENT_LEFT, CONTENT_RIGHT = CHART_MARGIN + PANEL_PADDING, CHART_WIDTH - CHART_MARGIN - PANEL_PADDING
BAR_HEIGHT = 76
MAX_QUESTIONS_PER_CHART = 3  # Telegram would narrow a taller picture, and make its letters smaller


class ChartStyles:
    """The text styles of a chart, in percent of their usual size."""

    def __init__(self, percent: int) -> None:
        self.title = TextStyle("Bold", 58 * percent // 100)
        self.name = TextStyle("Bold", 50 * percent // 100)
        self.body = TextStyle("Regular", 45 * percent // 100)
        self.numbers = TextStyle("Bold", 48 * percent // 100)


def group_questions(results: CampaignResults) -> list[tuple[QuestionTally, ...]]:
    """The questions of each picture: those of the test, then up to three of the others each."""
    questions_by_kind = (
        tuple(question for question in results.questions if question.is_in_test is is_in_test)
        for is_in_test in (True, False)
    )
    return [
        questions[start : start + MAX_QUESTIONS_PER_CHART]
        for questions in questions_by_kind
        for start in range(0, len(questions), MAX_QUESTIONS_PER_CHART)
    ]


def lay_out_chart(
    results: CampaignResults, questions: tuple[QuestionTally, ...], localization: Localization, percent: int = 100
) -> Layout:
    """One picture, from the top down, with letters of `percent` (up to 200); larger letters make it taller. Pure."""
    styles = ChartStyles(percent)
    scale = fit_bar_scale(questions, CONTENT_RIGHT - CONTENT_LEFT, _suppressed_length(styles))
    rules = " ".join(format_reading_rules(questions, localization))
    blocks: list[Block] = [
        partial(_paragraph, format_title(results, localization), styles.title, palette.TEXT_COLOUR),
        partial(_paragraph, format_survey_line(results, localization), styles.body, palette.MUTED_TEXT_COLOUR),
        *(partial(_question_panel, question, localization, styles, scale) for question in questions),
        partial(_legend_row, questions, localization, styles),
        partial(_overall_verdict, questions, localization, styles),
        partial(_paragraph, rules, styles.body, palette.MUTED_TEXT_COLOUR),
    ]
    elements = stack_blocks([block for block in blocks if block(0)], CHART_MARGIN, BLOCK_GAP)
    layout = Layout(CHART_WIDTH, find_bottom(elements, CHART_MARGIN) + CHART_MARGIN, tuple(elements))
    return apply_direction(layout, is_right_to_left=is_written_right_to_left(localization))


def _paragraph(text: str, style: TextStyle, colour: str, top: int) -> Sequence[Element]:
    return lay_out_text(text, style, colour, Box(CHART_MARGIN, top, CHART_WIDTH - CHART_MARGIN, top))


def _question_panel(
    question: QuestionTally, localization: Localization, styles: ChartStyles, scale: BarScale, top: int
) -> Sequence[Element]:
    """A white panel: the name, the verdict of a question of the test, and the answers."""
    blocks: list[Block] = [
        partial(_question_heading, question, localization, styles),
        *_answer_blocks(question, localization, styles, scale),
    ]
    return _in_panel(blocks, palette.PANEL_COLOUR, palette.PANEL_EDGE_COLOUR, top)


def _in_panel(blocks: Sequence[Block], colour: str, edge: str, top: int) -> Sequence[Element]:
    elements = stack_blocks(blocks, top + BLOCK_GAP // 2, BLOCK_GAP // 3)
    panel_box = Box(CHART_MARGIN, top, CHART_WIDTH - CHART_MARGIN, find_bottom(elements, top) + BLOCK_GAP // 2)
    return [Panel(panel_box, colour, edge), *elements]


def _question_heading(
    question: QuestionTally, localization: Localization, styles: ChartStyles, top: int
) -> Sequence[Element]:
    if not question.is_in_test:
        return _panel_text(to_drawable_name(question.name), styles.name, palette.TEXT_COLOUR, top)
    verdict, mark_size = decide_verdict(question), round(1.3 * styles.name.size)
    mark = VerdictMark(Box(CONTENT_LEFT, top, CONTENT_LEFT + mark_size, top + mark_size), verdict)
    label_box = Box(CONTENT_LEFT + mark_size + BLOCK_GAP, top, CONTENT_RIGHT, top)
    heading = format_question_heading(question, localization)
    return [mark, *lay_out_text(heading, styles.name, palette.VERDICT_COLOURS[verdict], label_box)]


def _answer_blocks(
    question: QuestionTally, localization: Localization, styles: ChartStyles, scale: BarScale
) -> list[Block]:
    if question.display_mode != "numbers":
        lines = describe_question_in_words(question, localization)
        return [partial(_panel_text, line, styles.body, palette.TEXT_COLOUR) for line in lines]
    entries = [LegendEntry(point, cell) for point, cell in question.cells_by_point.items()]
    return [
        partial(lay_out_bar, question, scale, CONTENT_LEFT, BAR_HEIGHT),
        partial(lay_out_legend, entries, styles.numbers, CONTENT_LEFT, CONTENT_RIGHT),
        partial(_panel_text, format_other_cells(question, localization), styles.body, palette.MUTED_TEXT_COLOUR),
    ]


def _panel_text(line: str, style: TextStyle, colour: str, top: int) -> Sequence[Element]:
    return lay_out_text(line, style, colour, Box(CONTENT_LEFT, top, CONTENT_RIGHT, top))


def _legend_row(
    questions: Sequence[QuestionTally], localization: Localization, styles: ChartStyles, top: int
) -> Sequence[Element]:
    """The meaning of the patterns, if there are bars."""
    numeric_questions = [question for question in questions if question.display_mode == "numbers"]
    if not numeric_questions:
        return []
    points = list_all_points(numeric_questions)
    entries = [LegendEntry(point, localization.format_text(f"point_{point}")) for point in points]
    if any(SUPPRESSED in question.point_cells for question in numeric_questions):
        entries.append(LegendEntry(None, localization.format_text("legend_suppressed")))
    return lay_out_legend(entries, styles.body, CHART_MARGIN, CHART_WIDTH - CHART_MARGIN, top)


def _overall_verdict(
    questions: tuple[QuestionTally, ...], localization: Localization, styles: ChartStyles, top: int
) -> Sequence[Element]:
    verdict = decide_overall_verdict(questions)
    if verdict is None:
        return []
    text = localization.format_text(f"overall_{verdict}")
    block = partial(_panel_text, text, styles.name, palette.RESULT_TEXT_COLOUR)
    return _in_panel([block], palette.RESULT_PANEL_COLOUR, palette.RESULT_PANEL_COLOUR, top)


def _suppressed_length(styles: ChartStyles) -> int:
    """The width of a suppressed segment, always the same: that of its "*" and a gap."""
    return measure_width(SUPPRESSED, styles.numbers) + BLOCK_GAP
