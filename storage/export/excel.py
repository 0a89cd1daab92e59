"""A workbook for Excel: the same tables with labels, a codebook, a chart. Row by row, in little memory."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from textwrap import wrap
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.worksheet import Worksheet

from storage.errors import ExportError
from storage.export.codebook import TOTAL, WITHHELD, ExportColumn
from storage.export.datapackage import build_about_sheet_text
from storage.export.tables import CampaignExport, ExportRow, ExportTable, parse_code

# @@DOC A sheet of a workbook that prints on pages of full width.
A4_PAPER_CODE = 9  # Excel's number of it
LINE_HEIGHT_POINTS = 15  # points
# Numbers stand left too: at the right of their column, they stick to the words of the next.
CELL_FORMAT = {"text_wrap": True, "valign": "top", "align": "left"}
HEADING_FORMAT = {**CELL_FORMAT, "bold": True, "bottom": 1}


def add_sheet(workbook: Workbook, name: str) -> Worksheet:
    """An empty sheet of this name."""
    sheet = workbook.add_worksheet(name)
    sheet.set_paper(A4_PAPER_CODE)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    return sheet


# @@DOC The chart of a workbook: for each question, what share of all who were asked answered so.
NAME_COLUMN_CHARACTERS, NUMBER_COLUMN_CHARACTERS = 28, 13  # characters
CHART_WIDTH_PIXELS, BAR_HEIGHT_PIXELS = 960, 56  # pixels
TOP_MARGIN_PIXELS, BOTTOM_MARGIN_PIXELS, SIDE_MARGIN_PIXELS = (
    76,
    60,
    170,
)  # pixels around the bars: title and axis, legend, names
CountsByQuestion = dict[str, dict[str, int]]
SeriesFormat = dict[str, Any]


def _pattern_fill(name: str, colour: str, background: str) -> SeriesFormat:
    return {"pattern": {"pattern": name, "fg_color": colour, "bg_color": background}}


# Told apart by all eyes, and in grey: what is under zero is striped.
SERIES_FORMATS: dict[str, SeriesFormat] = {
    "2": {"fill": {"color": "#2166AC"}},
    "1": {"fill": {"color": "#92C5DE"}},
    "0": {"fill": {"color": "#E6E6E6"}},
    "-1": _pattern_fill("wide_upward_diagonal", "#B2182B", "#FDDBC7"),
    "-2": _pattern_fill("dark_horizontal", "#67001F", "#D6604D"),
    "skipped": {"fill": {"color": "#8C8C8C"}},
    WITHHELD: {"fill": {"color": "#FFFFFF"}},
}
NON_STEP_FORMAT = _pattern_fill("percent_20", "#404040", "#FFFFFF")
LAST_ANSWERS = ("skipped", WITHHELD)
BAR_BORDER = {"border": {"color": "#595959", "width": 0.75}}


def add_chart(export: CampaignExport, workbook: Workbook) -> None:
    """Adds a sheet with the counts and their chart. Where counts are told in words, it says so."""
    texts = export.codebook.export_texts
    counts = _collect_counts(export)
    sheet = add_sheet(workbook, texts.format_text("sheet_chart"))
    sheet.fit_to_pages(1, 1)
    lines = texts.format_text("chart_about" if counts else "chart_empty").splitlines()
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
    if counts:
        answers = _sort_answers(counts)
        _write_counts(export, workbook, sheet, len(lines) + 1, answers, counts)
        _insert_bar_chart(export, workbook, sheet, len(lines) + 1, answers, len(counts))


def _collect_counts(export: CampaignExport) -> CountsByQuestion:
    """{question: {answer: count}} where there are numbers. What is missing to the total counts as withheld, so that a
    bar shows shares of all.
    """
    counts_by_question: CountsByQuestion = {}
    for question, answer, _, count, _ in export.summary.iter_rows():
        if isinstance(count, int):
            counts_by_question.setdefault(str(question), {})[str(answer)] = count
    for answer_counts in counts_by_question.values():
        answer_counts[WITHHELD] = max(0, answer_counts.pop(TOTAL) - sum(answer_counts.values()))
    return counts_by_question


def _sort_answers(counts: CountsByQuestion) -> list[str]:
    """The answers that are there: steps first, the best of them first; what is withheld last."""
    all_answers = {answer for answer_counts in counts.values() for answer in answer_counts}
    steps = sorted((answer for answer in all_answers if isinstance(parse_code(answer), int)), key=int, reverse=True)
    others = sorted(all_answers - {*steps, *LAST_ANSWERS})
    return [*steps, *others, *(answer for answer in LAST_ANSWERS if answer in all_answers)]


def _write_counts(
    export: CampaignExport,
    workbook: Workbook,
    sheet: Worksheet,
    heading_row: int,
    answers: Sequence[str],
    counts: CountsByQuestion,
) -> None:
    cell_format, heading_format = workbook.add_format(CELL_FORMAT), workbook.add_format(HEADING_FORMAT)
    sheet.set_column(0, 0, NAME_COLUMN_CHARACTERS)
    sheet.set_column(1, len(answers), NUMBER_COLUMN_CHARACTERS, cell_format)
    sheet.set_row(heading_row, 2 * LINE_HEIGHT_POINTS)
    sheet.write_string(heading_row, 0, export.codebook.export_texts.format_text("short"), heading_format)
    for column, answer in enumerate(answers, start=1):
        question = next(other_question for other_question, answer_counts in counts.items() if answer in answer_counts)
        sheet.write_string(heading_row, column, _answer_heading(export, answer, question), heading_format)
    for row, (question, question_counts) in enumerate(counts.items(), start=heading_row + 1):
        sheet.write_string(row, 0, export.codebook.get_short_name(question))
        for column, answer in enumerate(answers, start=1):
            if answer in question_counts:
                sheet.write_number(row, column, question_counts[answer])


def _answer_heading(export: CampaignExport, answer: str, question: str) -> str:
    """A step by its number: its words differ from question to question."""
    texts = export.codebook.export_texts
    if answer == WITHHELD:
        return texts.format_text("chart_rest")
    if isinstance(parse_code(answer), int):
        return texts.format_text(f"chart_step{answer}") if texts.has_text(f"chart_step{answer}") else answer
    return export.codebook.get_answer_label(question, answer)


def _insert_bar_chart(
    export: CampaignExport,
    workbook: Workbook,
    sheet: Worksheet,
    heading_row: int,
    answers: Sequence[str],
    question_count: int,
) -> None:
    sheet_name, texts, first_row, last_row = (
        sheet.get_name(),
        export.codebook.export_texts,
        heading_row + 1,
        heading_row + question_count,
    )
    chart = workbook.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for column, answer in enumerate(answers, start=1):
        values = {
            "values": [sheet_name, first_row, column, last_row, column],
            "categories": [sheet_name, first_row, 0, last_row, 0],
        }
        chart.add_series(
            {
                "name": [sheet_name, heading_row, column],
                "gap": 40,
                **SERIES_FORMATS.get(answer, NON_STEP_FORMAT),
                **BAR_BORDER,
                **values,
            }
        )
    height = BAR_HEIGHT_PIXELS * question_count + TOP_MARGIN_PIXELS + BOTTOM_MARGIN_PIXELS
    plot_left, plot_width, plot_height = (
        SIDE_MARGIN_PIXELS / CHART_WIDTH_PIXELS,
        1 - 1.3 * SIDE_MARGIN_PIXELS / CHART_WIDTH_PIXELS,
        BAR_HEIGHT_PIXELS * question_count / height,
    )
    chart.set_plotarea(
        {"layout": {"x": plot_left, "y": TOP_MARGIN_PIXELS / height, "width": plot_width, "height": plot_height}}
    )
    chart.set_title({"name": texts.format_text("chart_title")})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": CHART_WIDTH_PIXELS, "height": height})
    sheet.insert_chart(last_row + 2, 0, chart, {"description": texts.format_text("chart_about")})


WORKBOOK_TIMESTAMP = datetime(2000, 1, 1, tzinfo=UTC)
WORKBOOK_OPTIONS = {
    "constant_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
NARROW_COLUMN_DIGITS, WIDE_COLUMN_DIGITS, PAGE_WIDTH_DIGITS = (
    16,
    32,
    100,
)  # digits; a hundred of them take the room of about 115 letters
FILTER_BUTTON_DIGITS = 4  # digits: the button of the filter, beside a head
LONG_TEXT_COLUMNS = {"words"}  # columns of whole sentences
MAX_ROW_HEIGHT_POINTS = 405  # points; Excel takes no row that is much higher


def write_xlsx(export: CampaignExport, target: Path) -> None:
    """Writes the workbook there. Raises `NotDownloaded` where temporary files can't be written, `OSError`."""
    buffer = BytesIO()  # XlsxWriter can't let go of a file on a full disk: one more traceback would come at the end
    try:
        with tempfile.TemporaryDirectory() as folder:
            _write_workbook(export, buffer, folder)
    except (OSError, FileCreateError) as error:
        reason = error.strerror if isinstance(error, OSError) else error.args[0].strerror
        hint = "make room there, or name another folder in TMPDIR"
        raise ExportError(
            f"{tempfile.tempdir or 'TMPDIR'} takes no temporary files ({reason}): {hint}.", "no_room"
        ) from error
    target.write_bytes(buffer.getbuffer())


def _write_workbook(export: CampaignExport, target: IO[bytes], folder: str) -> None:
    texts = export.codebook.export_texts
    with Workbook(target, {"tmpdir": folder, **WORKBOOK_OPTIONS}) as workbook:
        workbook.set_properties({"title": export.title, "comments": export.source, "created": WORKBOOK_TIMESTAMP})
        _write_text_sheet(workbook, texts.format_text("sheet_about"), build_about_sheet_text(export).splitlines())
        for table in export.tables:
            widths = [_compute_column_width(column) for column in table.columns]
            _write_table_sheet(
                workbook, table.name, [column.name for column in table.columns], widths, _iter_labelled_rows(table)
            )
        headings = [texts.format_text(name) for name in ("column", "short", "asked", "code", "meaning", "missing")]
        _write_table_sheet(
            workbook,
            texts.format_text("sheet_codebook"),
            headings,
            [
                WIDE_COLUMN_DIGITS,
                WIDE_COLUMN_DIGITS,
                PAGE_WIDTH_DIGITS,
                NARROW_COLUMN_DIGITS,
                WIDE_COLUMN_DIGITS,
                NARROW_COLUMN_DIGITS,
            ],
            _iter_codebook_rows(export),
        )
        add_chart(export, workbook)


def _write_text_sheet(workbook: Workbook, name: str, lines: Iterable[str]) -> None:
    """A sheet of text. Its title and its heads, which are in capitals, are bold."""
    sheet = add_sheet(workbook, name)
    sheet.set_column(0, 0, PAGE_WIDTH_DIGITS)
    bold_format = workbook.add_format({"bold": True})
    wrapped_lines = (part for line in lines for part in wrap(line, PAGE_WIDTH_DIGITS) or [""])
    for number, line in enumerate(wrapped_lines):
        sheet.write_string(number, 0, line, bold_format if number == 0 or line.isupper() else None)


def _write_table_sheet(
    workbook: Workbook, name: str, headings: Sequence[str], widths: Sequence[int], rows: Iterable[ExportRow]
) -> None:
    """A sheet with its heads in sight, on each page too, and a filter on each."""
    sheet = add_sheet(workbook, name)
    cell_format, heading_format = workbook.add_format(CELL_FORMAT), workbook.add_format(HEADING_FORMAT)
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width, cell_format)
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    for column, heading in enumerate(headings):
        sheet.write_string(0, column, heading, heading_format)
    last_row = 0
    for last_row, row in enumerate(rows, start=1):
        line_count = _count_row_lines(row, widths)
        if line_count > 1:  # each row that is set is kept in memory
            sheet.set_row(last_row, min(MAX_ROW_HEIGHT_POINTS, LINE_HEIGHT_POINTS * line_count))
        _write_row(sheet, last_row, row)
    sheet.autofilter(0, 0, last_row, len(headings) - 1)


def _compute_column_width(column: ExportColumn) -> int:
    """As wide as the longest label that can stand there. Where others' words do, nobody knows before."""
    if not column.codes and not column.is_number:
        return PAGE_WIDTH_DIGITS if column.name in LONG_TEXT_COLUMNS else WIDE_COLUMN_DIGITS
    labels = (len(value.label) for value in column.codes if value.is_missing or not column.is_number)
    return max(NARROW_COLUMN_DIGITS, FILTER_BUTTON_DIGITS + len(column.name), *labels)


def _count_row_lines(row: ExportRow, widths: Sequence[int]) -> int:
    """How many lines the longest cell takes: not all programs that open the file look for themselves."""
    cells = zip(row, widths, strict=True)
    return max(sum(_count_wrapped_lines(line, width) for line in str(cell).split("\n")) for cell, width in cells)


def _count_wrapped_lines(line: str, width: int) -> int:
    return len(wrap(line, width * 115 // 100)) or 1


def _write_row(sheet: Worksheet, row_number: int, row: ExportRow) -> None:
    for column, cell in enumerate(row):
        if isinstance(cell, int):
            sheet.write_number(row_number, column, cell)
        else:
            sheet.write_string(row_number, column, cell)


def _iter_labelled_rows(table: ExportTable) -> Iterator[ExportRow]:
    """The rows with labels for codes. Numbers stay numbers, so that they can be reckoned with."""
    labels = [{value.code: value.label for value in column.codes} for column in table.columns]
    for row in table.iter_rows():
        yield tuple(
            cell if isinstance(cell, int) else column_labels.get(cell, cell)
            for cell, column_labels in zip(row, labels, strict=True)
        )


def _iter_codebook_rows(export: CampaignExport) -> Iterator[ExportRow]:
    """The columns of the rows: a line for each code."""
    yes_text = export.codebook.export_texts.format_text("yes")
    for column in export.responses.columns:
        for value in column.codes:
            missing_text = yes_text if value.is_missing else ""
            yield column.name, column.short_name, column.label, parse_code(value.code), value.label, missing_text
