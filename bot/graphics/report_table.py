"""The table of a report: one row for each question, with its bar below its name and its counts in columns. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

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
from bot.graphics.model import QuestionTally, decide_verdict
from bot.graphics.text_layout import TextStyle, line_height
from flows.localization import Localization

PAGE_LEFT, PAGE_RIGHT = 150, A4_SIZE_PIXELS[0] - 150
COLUMN_WIDTH = 150  # pixels
BAR_MARGIN, BAR_HEIGHT, SUPPRESSED_LENGTH = 68, 48, 44
SWATCH_SIZE, ROW_PADDING, COLUMN_PADDING = 44, 12, 6
NON_POINT_COLUMNS = ("not_sure", "skipped", "report_all")
BODY_STYLE, STRONG_STYLE, SMALL_STYLE = TextStyle("Regular", 44), TextStyle("Bold", 46), TextStyle("Regular", 36)


@dataclass(frozen=True, slots=True)
class ReportColumns:
    """The columns of the table: the name with its bar, the points of all questions, and `NON_POINT_COLUMNS`.

    The first column is narrower if there are more points.
    """

    points: tuple[int, ...]

    @property
    def name_right(self) -> int:
        return PAGE_RIGHT - (len(self.points) + len(NON_POINT_COLUMNS)) * COLUMN_WIDTH

    @property
    def bar_width(self) -> int:
        return self.name_right - PAGE_LEFT - BAR_MARGIN

    def find_edges(self, index: int) -> tuple[int, int]:
        """The left and right edge of a column's text; columns after the name count from 0."""
        left = self.name_right + index * COLUMN_WIDTH
        return left + COLUMN_PADDING, left + COLUMN_WIDTH - COLUMN_PADDING


def lay_out_table_heading(columns: ReportColumns, localization: Localization, top: int) -> list[Element]:
    """The names of the columns, with the patterns of the points."""
    names = map(localization.format_text, (*(f"point_{point}" for point in columns.points), *NON_POINT_COLUMNS))
    edges = [columns.find_edges(index) for index in range(len(columns.points) + len(NON_POINT_COLUMNS))]
    swatches = [_swatch(point, *column_edges, top) for point, column_edges in zip(columns.points, edges, strict=False)]
    label_top = top + SWATCH_SIZE + 4
    labels = [
        line
        for name, column_edges in zip(names, edges, strict=True)
        for line in _column_text(name, SMALL_STYLE, column_edges, label_top)
    ]
    return [*swatches, *labels, _separator(find_bottom(labels, top) + ROW_PADDING // 2)]


def lay_out_table_row(
    question: QuestionTally, columns: ReportColumns, localization: Localization, scale: BarScale, top: int
) -> list[Element]:
    """A question: its name, its verdict if it is part of the test, its bar, and the cell of each answer.

    The cell of a point that its scale does not have is empty.
    """
    name = _question_name(question, columns, localization, top)
    bar: list[Element] = []
    if question.display_mode == "numbers":
        bar = lay_out_bar(question, scale, PAGE_LEFT, BAR_HEIGHT, find_bottom(name, top) + ROW_PADDING // 2)
    point_cells = (question.cells_by_point.get(point, "") for point in columns.points)
    cells = [
        _cell_lines(format_cell(cell, localization), columns.find_edges(index), top)
        for index, cell in enumerate((*point_cells, question.not_sure, question.skipped, question.total))
    ]
    bottom = max(find_bottom(elements, top) for elements in (name, bar, *cells))
    row_box = Box(PAGE_LEFT, top, PAGE_RIGHT, bottom)
    centred_cells = [line for cell in cells for line in centre_vertically(cell, row_box)]
    return [*name, *bar, *centred_cells, _separator(bottom + ROW_PADDING)]


def _question_name(
    question: QuestionTally, columns: ReportColumns, localization: Localization, top: int
) -> Sequence[Element]:
    if not question.is_in_test:
        name_box = Box(PAGE_LEFT, top, columns.name_right, top)
        return lay_out_text(to_drawable_name(question.name), STRONG_STYLE, palette.BLACK, name_box)
    mark_size = line_height(STRONG_STYLE)
    mark = VerdictMark(Box(PAGE_LEFT, top, PAGE_LEFT + mark_size, top + mark_size), decide_verdict(question))
    label_box = Box(PAGE_LEFT + mark_size + ROW_PADDING, top, columns.name_right, top)
    heading = format_question_heading(question, localization)
    return [mark, *lay_out_text(heading, STRONG_STYLE, palette.BLACK, label_box)]


def _cell_lines(text: str, edges: tuple[int, int], top: int) -> list[TextLine]:
    return _column_text(text, BODY_STYLE if text.isdigit() else SMALL_STYLE, edges, top)


def _column_text(text: str, style: TextStyle, edges: tuple[int, int], top: int) -> list[TextLine]:
    left, right = edges
    return centre_horizontally(lay_out_text(text, style, palette.BLACK, Box(left, top, right, top)), left, right)


def _swatch(point: int, column_left: int, column_right: int, top: int) -> BarSegment:
    left = (column_left + column_right - SWATCH_SIZE) // 2
    return BarSegment(Box(left, top, left + SWATCH_SIZE, top + SWATCH_SIZE), point)


def _separator(top: int) -> StraightLine:
    return StraightLine(Box(PAGE_LEFT, top, PAGE_RIGHT, top + 2), palette.LINE_COLOUR)
