"""The table of a report: one row for each question, with its bar below its name and its counts in columns. Pure."""

from collections.abc import Sequence

from bot.graphics import palette
from bot.graphics.alt_text import format_cell, format_question_heading, to_drawable_name
from bot.graphics.bars import BarScale, lay_out_bar
from bot.graphics.elements import (
    A4_SIZE_PIXELS,
    BarSegment,
    Box,
    Element,
    StraightLine,
    TextLine,
    VerdictMark,
    centre_horizontally,
    centre_vertically,
    find_bottom,
    lay_out_text,
)
from bot.graphics.model import SCORES, QuestionTally, decide_verdict
from bot.graphics.text_layout import TextStyle, line_height
from flows.localization import Localization

PAGE_LEFT, PAGE_RIGHT = 150, A4_SIZE_PIXELS[0] - 150
NAME_WIDTH, COLUMN_WIDTH = 980, 150  # pixels: the name with its bar, and each of the eight columns
BAR_WIDTH, BAR_HEIGHT, SUPPRESSED_LENGTH = NAME_WIDTH - 68, 48, 44
SWATCH_SIZE, ROW_PADDING, COLUMN_PADDING = 44, 12, 6
BODY_STYLE, STRONG_STYLE, SMALL_STYLE = TextStyle("Regular", 44), TextStyle("Bold", 46), TextStyle("Regular", 36)


def lay_out_table_heading(localization: Localization, top: int) -> list[Element]:
    """The names of the columns: the scores with their patterns, *not sure*, *skipped*, all."""
    names = [
        *(localization.format_text(f"step_{score}") for score in SCORES),
        *map(localization.format_text, ("not_sure", "skipped", "report_all")),
    ]
    swatches = [_swatch(score, index, top) for index, score in enumerate(SCORES)]
    label_top = top + SWATCH_SIZE + 4
    labels = [line for index, name in enumerate(names) for line in _column_text(name, SMALL_STYLE, index, label_top)]
    return [*swatches, *labels, _separator(find_bottom(labels, top) + ROW_PADDING // 2)]


def lay_out_table_row(question: QuestionTally, localization: Localization, scale: BarScale, top: int) -> list[Element]:
    """A question: its name, its verdict if it is part of the test, its bar, and the cell of each answer."""
    name = _question_name(question, localization, top)
    bar: list[Element] = []
    if question.display_mode == "numbers":
        bar = lay_out_bar(question, scale, PAGE_LEFT, BAR_HEIGHT, find_bottom(name, top) + ROW_PADDING // 2)
    cells = [
        _cell_lines(format_cell(cell, localization), index, top)
        for index, cell in enumerate((*question.cells, question.total))
    ]
    bottom = max(find_bottom(elements, top) for elements in (name, bar, *cells))
    row_box = Box(PAGE_LEFT, top, PAGE_RIGHT, bottom)
    centred_cells = [line for cell in cells for line in centre_vertically(cell, row_box)]
    return [*name, *bar, *centred_cells, _separator(bottom + ROW_PADDING)]


def _question_name(question: QuestionTally, localization: Localization, top: int) -> Sequence[Element]:
    name_right = PAGE_LEFT + NAME_WIDTH
    if not question.is_in_test:
        name_box = Box(PAGE_LEFT, top, name_right, top)
        return lay_out_text(to_drawable_name(question.name), STRONG_STYLE, palette.BLACK, name_box)
    mark_size = line_height(STRONG_STYLE)
    mark = VerdictMark(Box(PAGE_LEFT, top, PAGE_LEFT + mark_size, top + mark_size), decide_verdict(question))
    label_box = Box(PAGE_LEFT + mark_size + ROW_PADDING, top, name_right, top)
    heading = format_question_heading(question, localization)
    return [mark, *lay_out_text(heading, STRONG_STYLE, palette.BLACK, label_box)]


def _cell_lines(text: str, index: int, top: int) -> list[TextLine]:
    return _column_text(text, BODY_STYLE if text.isdigit() else SMALL_STYLE, index, top)


def _column_text(text: str, style: TextStyle, index: int, top: int) -> list[TextLine]:
    left, right = _column_edges(index)
    return centre_horizontally(lay_out_text(text, style, palette.BLACK, Box(left, top, right, top)), left, right)


def _column_edges(index: int) -> tuple[int, int]:
    """The left and right edge of a column's text."""
    left = PAGE_LEFT + NAME_WIDTH + index * COLUMN_WIDTH
    return left + COLUMN_PADDING, left + COLUMN_WIDTH - COLUMN_PADDING


def _swatch(score: int, index: int, top: int) -> BarSegment:
    left = (sum(_column_edges(index)) - SWATCH_SIZE) // 2
    return BarSegment(Box(left, top, left + SWATCH_SIZE, top + SWATCH_SIZE), score)


def _separator(top: int) -> StraightLine:
    return StraightLine(Box(PAGE_LEFT, top, PAGE_RIGHT, top + 2), palette.LINE_COLOUR)
