"""A campaign's results on one page of A4, for a meeting. What does not fit is named, never put on a second page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.graphics import palette
from bot.graphics.alt_text import (
    format_about,
    format_cell,
    format_reading_rules,
    format_survey_line,
    is_written_right_to_left,
    load_graphics_texts,
    to_drawable_name,
)
from bot.graphics.charts import BarScale, fit_bar_scale, lay_out_bar
from bot.graphics.elements import (
    SCORES,
    BarSegment,
    Block,
    Box,
    Element,
    Layout,
    StraightLine,
    TextLine,
    VerdictMark,
    align_quote,
    apply_direction,
    centre_horizontally,
    centre_vertically,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.model import CampaignResults, QuestionTally, decide_overall_verdict, decide_verdict
from bot.graphics.pdf import A4_SIZE_PIXELS, render_pdf
from bot.graphics.text_layout import TextStyle, line_height, measure_width, to_drawable, truncate_to_lines
from flows.localization import Localization

# @@DOC The report's table: a question a row, with its bar under its name and its counts in columns.
PAGE_LEFT, PAGE_RIGHT = 150, A4_SIZE_PIXELS[0] - 150
NAME_WIDTH, COLUMN_WIDTH = 980, 150  # widths, in pixels: the name with its bar, and each of eight columns
BODY_STYLE, STRONG_STYLE, SMALL_STYLE = TextStyle("Regular", 44), TextStyle("Bold", 46), TextStyle("Regular", 36)
BAR_HEIGHT, SWATCH_SIZE, WITHHELD_LENGTH, ROW_PADDING = 48, 44, 44, 12


def lay_out_table_heading(localization: Localization, top: int) -> list[Element]:
    """The columns' names: the steps with their patterns, *not sure*, *skipped*, all."""
    names = [
        *(localization.format_text(f"step_{step}") for step in SCORES),
        *map(localization.format_text, ("not_sure", "skipped", "report_all")),
    ]
    columns = [_column_edges(index) for index in range(len(names))]
    swatches = [_swatch(score, column, top) for score, column in zip(SCORES, columns, strict=False)]
    labels = [
        line
        for name, (left, right) in zip(names, columns, strict=True)
        for line in centre_horizontally(
            lay_out_text(name, SMALL_STYLE, palette.BLACK, Box(left, top + SWATCH_SIZE + 4, right, top)), left, right
        )
    ]
    return [*swatches, *labels, _separator(find_bottom(labels, top) + ROW_PADDING // 2)]


def lay_out_table_row(question: QuestionTally, localization: Localization, scale: BarScale, top: int) -> list[Element]:
    """A question: its name, whether it passes, its bar, and what may be shown of each answer."""
    name_elements = [*_question_name(question, localization, top)]
    bar_elements = (
        lay_out_bar(question, scale, PAGE_LEFT, BAR_HEIGHT, find_bottom(name_elements, top) + ROW_PADDING // 2)
        if question.display_mode == "numbers"
        else []
    )
    cells = [
        _cell_lines(format_cell(cell, localization), index, top)
        for index, cell in enumerate((*question.cells, question.total))
    ]
    row_bottom = max(find_bottom([*name_elements, *bar_elements], top), *(find_bottom(cell, top) for cell in cells))
    row_box = Box(PAGE_LEFT, top, PAGE_RIGHT, row_bottom)
    return [
        *name_elements,
        *bar_elements,
        *(line for cell in cells for line in _centre_in_row(cell, row_box)),
        _separator(row_bottom + ROW_PADDING),
    ]


def _question_name(question: QuestionTally, localization: Localization, top: int) -> list[Element]:
    if not question.is_in_test:
        return [
            *lay_out_text(
                to_drawable_name(question.name),
                STRONG_STYLE,
                palette.BLACK,
                Box(PAGE_LEFT, top, PAGE_LEFT + NAME_WIDTH, top),
            )
        ]
    verdict, mark_size = decide_verdict(question), line_height(STRONG_STYLE)
    label = localization.format_text(
        "verdict_line",
        {"name": to_drawable_name(question.name), "verdict": localization.format_text(f"verdict_{verdict}")},
    )
    label_lines = lay_out_text(
        label, STRONG_STYLE, palette.BLACK, Box(PAGE_LEFT + mark_size + ROW_PADDING, top, PAGE_LEFT + NAME_WIDTH, top)
    )
    return [VerdictMark(Box(PAGE_LEFT, top, PAGE_LEFT + mark_size, top + mark_size), verdict), *label_lines]


def _cell_lines(cell_text: str, index: int, top: int) -> list[TextLine]:
    left, right = _column_edges(index)
    style = BODY_STYLE if cell_text.isdigit() else SMALL_STYLE
    return centre_horizontally(lay_out_text(cell_text, style, palette.BLACK, Box(left, top, right, top)), left, right)


def _centre_in_row(lines: Sequence[TextLine], box: Box) -> list[TextLine]:
    return centre_vertically(lines, Box(box.left, min(line.box.top for line in lines), box.right, box.bottom))


def _column_edges(index: int) -> tuple[int, int]:
    """Where it begins and ends, with a little room between columns."""
    left = PAGE_LEFT + NAME_WIDTH + index * COLUMN_WIDTH
    return left + 6, left + COLUMN_WIDTH - 6


def _swatch(score: int, column: tuple[int, int], top: int) -> BarSegment:
    left = (sum(column) - SWATCH_SIZE) // 2
    return BarSegment(Box(left, top, left + SWATCH_SIZE, top + SWATCH_SIZE), score)


def _separator(top: int) -> StraightLine:
    return StraightLine(Box(PAGE_LEFT, top, PAGE_RIGHT, top + 2), palette.LINE_COLOUR)


PAGE_TOP, PAGE_BOTTOM = 140, A4_SIZE_PIXELS[1] - 140
SECTION_GAP, LINE_GAP = 34, 10
TITLE_STYLE, FOOTNOTE_STYLE = TextStyle("Bold", 88), TextStyle("Regular", 40)
COMMENT_LINE_LIMITS = (12, 8, 6, 5, 4, 3, 2)  # of one comment: all are cut alike, as little as lets all of them fit


@dataclass(frozen=True, slots=True)
class Report:
    """The results; comments that a coordinator approved, in the order in which to show them; at most so many of them;
    and how many responses come together at the least.
    """

    results: CampaignResults
    comments: tuple[str, ...] = ()
    max_comments: int = 10
    release_size: int = 10


def draw_report(report: Report, localization: Localization | None = None) -> bytes:
    """The report as a PDF: one page of A4, on white."""
    localization = localization or load_graphics_texts(report.results.language)
    title = localization.format_text("report_title", {"about": format_about(report.results, localization)})
    return render_pdf(lay_out_report(report, localization), title, localization.language)


def lay_out_report(report: Report, localization: Localization) -> Layout:
    """Where everything goes: the results from the top, how they were got at the bottom, comments between. Pure."""
    results = report.results
    footer = _footer_blocks(report, localization)
    footer_top = PAGE_BOTTOM - find_bottom(stack_blocks(footer, 0, LINE_GAP), 0)
    header = stack_blocks(_header_blocks(results, localization), PAGE_TOP, LINE_GAP)
    table = _results_table(results, localization, find_bottom(header, PAGE_TOP) + SECTION_GAP, footer_top - SECTION_GAP)
    comments = _comments_section(
        report, localization, find_bottom(table, PAGE_TOP) + SECTION_GAP, footer_top - SECTION_GAP
    )
    elements = (*header, *table, *comments, *stack_blocks(footer, footer_top, LINE_GAP))
    return apply_direction(Layout(*A4_SIZE_PIXELS, elements), is_right_to_left=is_written_right_to_left(localization))


def _header_blocks(results: CampaignResults, localization: Localization) -> list[Block]:
    verdict = decide_overall_verdict(results.questions)
    lines: list[Block] = [
        partial(
            _full_width_text,
            localization.format_text("results_title", {"about": format_about(results, localization)}),
            TITLE_STYLE,
        ),
        partial(_full_width_text, format_survey_line(results, localization), BODY_STYLE),
    ]
    return [*lines, partial(_overall_verdict, verdict, localization)] if verdict else lines


def _overall_verdict(verdict: str, localization: Localization, top: int) -> Sequence[Element]:
    return _full_width_text(localization.format_text(f"overall_{verdict}"), TextStyle("Bold", 60), top)


def _full_width_text(text: str, style: TextStyle, top: int) -> Sequence[Element]:
    return lay_out_text(text, style, palette.BLACK, Box(PAGE_LEFT, top, PAGE_RIGHT, top))


def _results_table(results: CampaignResults, localization: Localization, top: int, max_bottom: int) -> list[Element]:
    """The heading, and as many questions as there is room for; the rules below."""
    scale = fit_bar_scale(results.questions, NAME_WIDTH - 2 * SECTION_GAP, WITHHELD_LENGTH)
    rows: list[Block] = [partial(lay_out_table_row, question, localization, scale) for question in results.questions]
    rules_block = partial(
        _full_width_text, " ".join(format_reading_rules(results.questions, localization)), FOOTNOTE_STYLE
    )
    attempts = (_table_rows(rows, row_count, rules_block, localization, top) for row_count in range(len(rows), -1, -1))
    return next((elements for elements in attempts if find_bottom(elements, top) <= max_bottom), [])


def _table_rows(
    rows: Sequence[Block], row_count: int, rules_block: Block, localization: Localization, top: int
) -> list[Element]:
    omitted_count = len(rows) - row_count
    omission_note = (
        [partial(_full_width_text, localization.format_text("report_rows_more", {"more": omitted_count}), STRONG_STYLE)]
        if omitted_count
        else []
    )
    return stack_blocks(
        [partial(lay_out_table_heading, localization), *rows[:row_count], *omission_note, rules_block], top, LINE_GAP
    )


def _comments_section(report: Report, localization: Localization, top: int, max_bottom: int) -> list[Element]:
    """The comments, all cut to the same number of lines; where even two lines are too many, as many as fit."""
    comments = [comment for comment in map(to_drawable, report.comments[: report.max_comments]) if comment]
    if not comments:
        return []
    all_shortened = [(len(comments), line_limit) for line_limit in COMMENT_LINE_LIMITS]
    fewer_comments = [(comment_count, COMMENT_LINE_LIMITS[-1]) for comment_count in range(len(comments) - 1, -1, -1)]
    attempts = (
        _quotes_section(comments[:kept], len(report.comments) - kept, lines, localization, top)
        for kept, lines in (*all_shortened, *fewer_comments)
    )
    return next((elements for elements in attempts if find_bottom(elements, top) <= max_bottom), [])


def _quotes_section(
    comments: Sequence[str], omitted_count: int, line_limit: int, localization: Localization, top: int
) -> list[Element]:
    shortened = (
        truncate_to_lines(
            comment,
            BODY_STYLE,
            PAGE_RIGHT - PAGE_LEFT - measure_width(localization.format_text("quoted", {"words": ""}), BODY_STYLE),
            line_limit,
        )
        for comment in comments
    )
    quotes: list[Block] = [
        partial(_quote_lines, localization.format_text("quoted", {"words": one}), localization) for one in shortened
    ]
    omission_note = (
        [
            partial(
                _full_width_text,
                localization.format_text("report_comments_more", {"more": omitted_count}),
                STRONG_STYLE,
            )
        ]
        if omitted_count
        else []
    )
    return stack_blocks(
        [partial(_full_width_text, localization.format_text("report_comments"), STRONG_STYLE), *quotes, *omission_note],
        top,
        LINE_GAP,
    )


def _quote_lines(quote: str, localization: Localization, top: int) -> Sequence[Element]:
    lines = lay_out_text(quote, BODY_STYLE, palette.BLACK, Box(PAGE_LEFT, top, PAGE_RIGHT, top))
    return align_quote(lines, PAGE_RIGHT, is_page_right_to_left=is_written_right_to_left(localization))


def _footer_blocks(report: Report, localization: Localization) -> list[Block]:
    kind = {"numbers": "numbers", "words": "words", "nothing": "all"}[report.results.display_mode]
    return [
        partial(_full_width_text, localization.format_text("report_method"), STRONG_STYLE),
        partial(
            _full_width_text,
            localization.format_text("report_method_text", {"least": str(report.release_size)}),
            FOOTNOTE_STYLE,
        ),
        partial(_full_width_text, localization.format_text("report_withheld"), STRONG_STYLE),
        partial(_full_width_text, localization.format_text(f"report_withheld_{kind}"), FOOTNOTE_STYLE),
        partial(_full_width_text, localization.format_text("report_source"), FOOTNOTE_STYLE),
    ]
