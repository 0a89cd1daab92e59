"""A campaign's results on one page of A4, for a meeting. What does not fit is named, never put on a second page."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from bot.graphics import palette
from bot.graphics.alt_text import about_of, asked_line, is_from_right, named, rules, shown_as, wording_of
from bot.graphics.charts import Measure, bar, measure
from bot.graphics.elements import (
    STEPS,
    Bar,
    Block,
    Box,
    Mark,
    Page,
    Piece,
    Rule,
    Text,
    bottom,
    centred,
    faced,
    middled,
    own_facing,
    stack,
    text_block,
)
from bot.graphics.model import Results, Tally, verdict, verdict_of_all
from bot.graphics.pdf import A4, print_page
from bot.graphics.text_layout import Style, cut, drawable, line_height, width
from flows.localization import Wording

# @@DOC The report's table: a question a row, with its bar under its name and its counts in columns.
LEFT, RIGHT = 150, A4[0] - 150
NAME, COLUMN = 980, 150  # widths, in pixels: the name with its bar, and each of eight columns
BODY, STRONG, SMALL = Style("Regular", 44), Style("Bold", 46), Style("Regular", 36)
BAR, SWATCH, STUB, PAD = 48, 44, 44, 12


def heading(words: Wording, top: int) -> list[Piece]:
    """The columns' names: the steps with their patterns, *not sure*, *skipped*, all."""
    names = [*(words.text(f"step_{step}") for step in STEPS), *map(words.text, ("not_sure", "skipped", "report_all"))]
    columns = [_column(at) for at in range(len(names))]
    swatches = [_swatch(step, column, top) for step, column in zip(STEPS, columns, strict=False)]
    labels = [
        piece
        for name, (left, right) in zip(names, columns, strict=True)
        for piece in middled(
            text_block(name, SMALL, palette.BLACK, Box(left, top + SWATCH + 4, right, top)), left, right
        )
    ]
    return [*swatches, *labels, _line(bottom(labels, top) + PAD // 2)]


def table_row(question: Tally, words: Wording, scale: Measure, top: int) -> list[Piece]:
    """A question: its name, whether it passes, its bar, and what may be shown of each answer."""
    named = [*_name(question, words, top)]
    drawn = bar(question, scale, LEFT, BAR, bottom(named, top) + PAD // 2) if question.shown == "numbers" else []
    cells = [_cell(shown_as(cell, words), at, top) for at, cell in enumerate((*question.cells, question.total))]
    below = max(bottom([*named, *drawn], top), *(bottom(cell, top) for cell in cells))
    middle = Box(LEFT, top, RIGHT, below)
    return [*named, *drawn, *(piece for cell in cells for piece in _in_middle(cell, middle)), _line(below + PAD)]


def _name(question: Tally, words: Wording, top: int) -> list[Piece]:
    if not question.in_test:
        return [*text_block(named(question.name), STRONG, palette.BLACK, Box(LEFT, top, LEFT + NAME, top))]
    said, side = verdict(question), line_height(STRONG)
    told = words.text("verdict_line", {"name": named(question.name), "verdict": words.text(f"verdict_{said}")})
    text = text_block(told, STRONG, palette.BLACK, Box(LEFT + side + PAD, top, LEFT + NAME, top))
    return [Mark(Box(LEFT, top, LEFT + side, top + side), said), *text]


def _cell(shown: str, at: int, top: int) -> list[Text]:
    left, right = _column(at)
    style = BODY if shown.isdigit() else SMALL
    return middled(text_block(shown, style, palette.BLACK, Box(left, top, right, top)), left, right)


def _in_middle(lines: Sequence[Text], box: Box) -> list[Text]:
    return centred(lines, Box(box.left, min(line.box.top for line in lines), box.right, box.bottom))


def _column(at: int) -> tuple[int, int]:
    """Where it begins and ends, with a little room between columns."""
    left = LEFT + NAME + at * COLUMN
    return left + 6, left + COLUMN - 6


def _swatch(step: int, column: tuple[int, int], top: int) -> Bar:
    left = (sum(column) - SWATCH) // 2
    return Bar(Box(left, top, left + SWATCH, top + SWATCH), step)


def _line(top: int) -> Rule:
    return Rule(Box(LEFT, top, RIGHT, top + 2), palette.STONE)


TOP, BOTTOM = 140, A4[1] - 140
GAP, NEAR = 34, 10
TITLE, FOOT = Style("Bold", 88), Style("Regular", 40)
LINES = (12, 8, 6, 5, 4, 3, 2)  # of one comment: all are cut alike, as little as lets all of them fit


@dataclass(frozen=True, slots=True)
class Report:
    """The results; comments that a coordinator approved, in the order in which to show them; at most so many of them;
    and how many responses come together at the least.
    """

    results: Results
    comments: tuple[str, ...] = ()
    most_comments: int = 10
    least: int = 10


def draw_report(report: Report, words: Wording | None = None) -> bytes:
    """The report as a PDF: one page of A4, on white."""
    words = words or wording_of(report.results.language)
    title = words.text("report_title", {"about": about_of(report.results, words)})
    return print_page(arrange(report, words), title, words.language)


def arrange(report: Report, words: Wording) -> Page:
    """Where everything goes: the results from the top, how they were got at the bottom, comments between. Pure."""
    results = report.results
    foot = _foot(report, words)
    end = BOTTOM - bottom(stack(foot, 0, NEAR), 0)
    head = stack(_head(results, words), TOP, NEAR)
    table = _table(results, words, bottom(head, TOP) + GAP, end - GAP)
    said = _comments(report, words, bottom(table, TOP) + GAP, end - GAP)
    pieces = (*head, *table, *said, *stack(foot, end, NEAR))
    return faced(Page(*A4, pieces), from_right=is_from_right(words))


def _head(results: Results, words: Wording) -> list[Block]:
    said = verdict_of_all(results.questions)
    lines: list[Block] = [
        partial(_text, words.text("results_title", {"about": about_of(results, words)}), TITLE),
        partial(_text, asked_line(results, words), BODY),
    ]
    return [*lines, partial(_overall, said, words)] if said else lines


def _overall(said: str, words: Wording, top: int) -> Sequence[Piece]:
    return _text(words.text(f"overall_{said}"), Style("Bold", 60), top)


def _text(words: str, style: Style, top: int) -> Sequence[Piece]:
    return text_block(words, style, palette.BLACK, Box(LEFT, top, RIGHT, top))


def _table(results: Results, words: Wording, top: int, end: int) -> list[Piece]:
    """The heading, and as many questions as there is room for; the rules below."""
    scale = measure(results.questions, NAME - 2 * GAP, STUB)
    rows: list[Block] = [partial(table_row, one, words, scale) for one in results.questions]
    rule = partial(_text, " ".join(rules(results.questions, words)), FOOT)
    tried = (_rows(rows, kept, rule, words, top) for kept in range(len(rows), -1, -1))
    return next((pieces for pieces in tried if bottom(pieces, top) <= end), [])


def _rows(rows: Sequence[Block], kept: int, rule: Block, words: Wording, top: int) -> list[Piece]:
    left_out = len(rows) - kept
    more = [partial(_text, words.text("report_rows_more", {"more": left_out}), STRONG)] if left_out else []
    return stack([partial(heading, words), *rows[:kept], *more, rule], top, NEAR)


def _comments(report: Report, words: Wording, top: int, end: int) -> list[Piece]:
    """The comments, all cut to the same number of lines; where even two lines are too many, as many as fit."""
    comments = [one for one in map(drawable, report.comments[: report.most_comments]) if one]
    if not comments:
        return []
    whole = [(len(comments), lines) for lines in LINES]
    fewer = [(kept, LINES[-1]) for kept in range(len(comments) - 1, -1, -1)]
    tried = (
        _quoted(comments[:kept], len(report.comments) - kept, lines, words, top) for kept, lines in (*whole, *fewer)
    )
    return next((pieces for pieces in tried if bottom(pieces, top) <= end), [])


def _quoted(comments: Sequence[str], left_out: int, lines: int, words: Wording, top: int) -> list[Piece]:
    short = (cut(one, BODY, RIGHT - LEFT - width(words.text("quoted", {"words": ""}), BODY), lines) for one in comments)
    said: list[Block] = [partial(_comment, words.text("quoted", {"words": one}), words) for one in short]
    more = [partial(_text, words.text("report_comments_more", {"more": left_out}), STRONG)] if left_out else []
    return stack([partial(_text, words.text("report_comments"), STRONG), *said, *more], top, NEAR)


def _comment(quoted: str, words: Wording, top: int) -> Sequence[Piece]:
    lines = text_block(quoted, BODY, palette.BLACK, Box(LEFT, top, RIGHT, top))
    return own_facing(lines, RIGHT, page_from_right=is_from_right(words))


def _foot(report: Report, words: Wording) -> list[Block]:
    kind = {"numbers": "numbers", "words": "words", "nothing": "all"}[report.results.shown]
    return [
        partial(_text, words.text("report_method"), STRONG),
        partial(_text, words.text("report_method_text", {"least": str(report.least)}), FOOT),
        partial(_text, words.text("report_withheld"), STRONG),
        partial(_text, words.text(f"report_withheld_{kind}"), FOOT),
        partial(_text, words.text("report_source"), FOOT),
    ]
