"""The layout of a report for a meeting: a campaign's results and comments on one page of A4. Pure.

A note counts the questions and comments that do not fit; there is never a second page.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.graphics import palette
from bot.graphics.alt_text import format_reading_rules, format_survey_line, format_title, is_written_right_to_left
from bot.graphics.bars import fit_bar_scale
from bot.graphics.elements import (
    A4_SIZE_PIXELS,
    Block,
    Box,
    Element,
    Layout,
    align_quote,
    apply_direction,
    find_bottom,
    lay_out_text,
    stack_blocks,
)
from bot.graphics.model import CampaignResults, decide_overall_verdict, list_all_points
from bot.graphics.report_table import (
    BODY_STYLE,
    PAGE_LEFT,
    PAGE_RIGHT,
    STRONG_STYLE,
    SUPPRESSED_LENGTH,
    ReportColumns,
    lay_out_table_heading,
    lay_out_table_row,
)
from bot.graphics.text_layout import TextStyle, measure_width, to_drawable, truncate_to_lines
from flows.localization import Localization

PAGE_TOP, PAGE_BOTTOM = 140, A4_SIZE_PIXELS[1] - 140
SECTION_GAP, LINE_GAP = 34, 10
TITLE_STYLE, VERDICT_STYLE, FOOTNOTE_STYLE = TextStyle("Bold", 88), TextStyle("Bold", 60), TextStyle("Regular", 40)
COMMENT_LINE_LIMITS = (12, 8, 6, 5, 4, 3, 2)  # all comments are cut to the largest of these with which all fit


@dataclass(frozen=True, slots=True)
class Report:
    """The results; comments that a coordinator approved, in the order in which to show them, and how many of them at
    most; and the smallest number of responses that are released together.
    """

    results: CampaignResults
    comments: tuple[str, ...] = ()
    max_comments: int = 10
    release_size: int = 10


def lay_out_report(report: Report, localization: Localization) -> Layout:
    """The page: the results from the top, the method at the bottom, and comments between."""
    footer = _footer_blocks(report, localization)
    footer_top = PAGE_BOTTOM - find_bottom(stack_blocks(footer, 0, LINE_GAP), 0)
    max_bottom = footer_top - SECTION_GAP
    header = stack_blocks(_header_blocks(report.results, localization), PAGE_TOP, LINE_GAP)
    table = _results_table(report.results, localization, find_bottom(header, PAGE_TOP) + SECTION_GAP, max_bottom)
    comments = _comments_section(report, localization, find_bottom(table, PAGE_TOP) + SECTION_GAP, max_bottom)
    elements = (*header, *table, *comments, *stack_blocks(footer, footer_top, LINE_GAP))
    return apply_direction(Layout(*A4_SIZE_PIXELS, elements), is_right_to_left=is_written_right_to_left(localization))


def _full_width_text(text: str, style: TextStyle, top: int) -> Sequence[Element]:
    return lay_out_text(text, style, palette.BLACK, Box(PAGE_LEFT, top, PAGE_RIGHT, top))


def _header_blocks(results: CampaignResults, localization: Localization) -> list[Block]:
    blocks: list[Block] = [
        partial(_full_width_text, format_title(results, localization), TITLE_STYLE),
        partial(_full_width_text, format_survey_line(results, localization), BODY_STYLE),
    ]
    verdict = decide_overall_verdict(results.questions)
    if verdict:
        blocks.append(partial(_full_width_text, localization.format_text(f"overall_{verdict}"), VERDICT_STYLE))
    return blocks


def _footer_blocks(report: Report, localization: Localization) -> list[Block]:
    suppressed_key = {"numbers": "numbers", "words": "words", "nothing": "all"}[report.results.display_mode]
    method = localization.format_text("report_method_text", {"least": str(report.release_size)})
    return [
        partial(_full_width_text, localization.format_text("report_method"), STRONG_STYLE),
        partial(_full_width_text, method, FOOTNOTE_STYLE),
        partial(_full_width_text, localization.format_text("report_suppressed"), STRONG_STYLE),
        partial(_full_width_text, localization.format_text(f"report_suppressed_{suppressed_key}"), FOOTNOTE_STYLE),
        partial(_full_width_text, localization.format_text("report_source"), FOOTNOTE_STYLE),
    ]


def _results_table(results: CampaignResults, localization: Localization, top: int, max_bottom: int) -> list[Element]:
    """The heading, as many questions as fit, and the reading rules."""
    columns = ReportColumns(list_all_points(results.questions))
    scale = fit_bar_scale(results.questions, columns.bar_width, SUPPRESSED_LENGTH)
    heading: Block = partial(lay_out_table_heading, columns, localization)
    rows: list[Block] = [
        partial(lay_out_table_row, question, columns, localization, scale) for question in results.questions
    ]
    rules: Block = partial(
        _full_width_text, " ".join(format_reading_rules(results.questions, localization)), FOOTNOTE_STYLE
    )
    for row_count in range(len(rows), -1, -1):
        note = _omission_note("report_rows_more", len(rows) - row_count, localization)
        elements = stack_blocks([heading, *rows[:row_count], *note, rules], top, LINE_GAP)
        if find_bottom(elements, top) <= max_bottom:
            return elements
    return []


def _comments_section(report: Report, localization: Localization, top: int, max_bottom: int) -> list[Element]:
    """The comments, all cut to the same number of lines; if two lines each are too many, as many comments as fit."""
    comments = [comment for comment in map(to_drawable, report.comments[: report.max_comments]) if comment]
    if not comments:
        return []
    all_shortened = [(len(comments), line_limit) for line_limit in COMMENT_LINE_LIMITS]
    fewer_comments = [(comment_count, COMMENT_LINE_LIMITS[-1]) for comment_count in range(len(comments) - 1, -1, -1)]
    heading: Block = partial(_full_width_text, localization.format_text("report_comments"), STRONG_STYLE)
    for comment_count, line_limit in (*all_shortened, *fewer_comments):
        quotes = [_quote_block(comment, line_limit, localization) for comment in comments[:comment_count]]
        note = _omission_note("report_comments_more", len(report.comments) - comment_count, localization)
        elements = stack_blocks([heading, *quotes, *note], top, LINE_GAP)
        if find_bottom(elements, top) <= max_bottom:
            return elements
    return []


def _omission_note(key: str, omitted_count: int, localization: Localization) -> list[Block]:
    if not omitted_count:
        return []
    return [partial(_full_width_text, localization.format_text(key, {"more": omitted_count}), STRONG_STYLE)]


def _quote_block(comment: str, line_limit: int, localization: Localization) -> Block:
    marks_width = measure_width(localization.format_text("quoted", {"words": ""}), BODY_STYLE)
    shortened = truncate_to_lines(comment, BODY_STYLE, PAGE_RIGHT - PAGE_LEFT - marks_width, line_limit)
    return partial(_quote_lines, localization.format_text("quoted", {"words": shortened}), localization)


def _quote_lines(quote: str, localization: Localization, top: int) -> Sequence[Element]:
    lines = lay_out_text(quote, BODY_STYLE, palette.BLACK, Box(PAGE_LEFT, top, PAGE_RIGHT, top))
    return align_quote(lines, PAGE_RIGHT, is_page_right_to_left=is_written_right_to_left(localization))
