"""The chart of a workbook for Excel: for each question, the share of each answer among everyone who was asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.chart import Chart
from xlsxwriter.worksheet import Worksheet

from flows.disclosure_control import SUPPRESSED
from storage.export.codebook import TOTAL
from storage.export.excel_sheets import CELL_FORMAT, HEADING_FORMAT, LINE_HEIGHT_POINTS, add_sheet
from storage.export.tables import CampaignExport, parse_code

NAME_COLUMN_DIGITS, NUMBER_COLUMN_DIGITS = 28, 13
CHART_WIDTH_PIXELS, BAR_HEIGHT_PIXELS = 960, 56
TOP_MARGIN_PIXELS = 76  # title and axis
BOTTOM_MARGIN_PIXELS = 60  # legend
SIDE_MARGIN_PIXELS = 170  # names of questions
BAR_GAP_PERCENT = 40

SeriesFormat = dict[str, Any]


def _pattern_fill(name: str, colour: str, background: str) -> SeriesFormat:
    return {"pattern": {"pattern": name, "fg_color": colour, "bg_color": background}}


# Distinguishable with colour blindness and in greyscale: points below zero are striped.
SERIES_FORMATS: dict[str, SeriesFormat] = {
    "3": {"fill": {"color": "#053061"}},
    "2": {"fill": {"color": "#2166AC"}},
    "1": {"fill": {"color": "#92C5DE"}},
    "0": {"fill": {"color": "#E6E6E6"}},
    "-1": _pattern_fill("wide_upward_diagonal", "#B2182B", "#FDDBC7"),
    "-2": _pattern_fill("dark_horizontal", "#67001F", "#D6604D"),
    "-3": _pattern_fill("dark_vertical", "#2D000E", "#B2182B"),
    "skipped": {"fill": {"color": "#8C8C8C"}},
    SUPPRESSED: {"fill": {"color": "#FFFFFF"}},
}
NON_POINT_FORMAT = _pattern_fill("percent_20", "#404040", "#FFFFFF")
LAST_ANSWERS = ("skipped", SUPPRESSED)
BAR_BORDER = {"border": {"color": "#595959", "width": 0.75}}


@dataclass(frozen=True, slots=True)
class _ChartTable:
    """The counts of the chart and where they are in the sheet: answers are columns from 1, questions are rows."""

    answers: Sequence[str]
    counts: dict[str, dict[str, int]]  # {question: {answer: count}}
    heading_row: int

    @property
    def first_row(self) -> int:
        return self.heading_row + 1

    @property
    def last_row(self) -> int:
        return self.heading_row + len(self.counts)


def add_chart(export: CampaignExport, workbook: Workbook) -> None:
    """Adds a sheet with the counts and their chart, or with a note if all counts are described in words."""
    texts = export.codebook.export_texts
    counts = _collect_counts(export)
    sheet = add_sheet(workbook, texts.format_text("sheet_chart"))
    sheet.fit_to_pages(1, 1)
    lines = (_describe_chart(export) if counts else texts.format_text("chart_empty")).splitlines()
    for row, line in enumerate(lines):
        sheet.write_string(row, 0, line)
    if counts:
        table = _ChartTable(_sort_answers(counts), counts, heading_row=len(lines) + 1)
        _write_counts(export, workbook, sheet, table)
        _insert_bar_chart(export, workbook, sheet, table)


def _collect_counts(export: CampaignExport) -> dict[str, dict[str, int]]:
    """Returns {question: {answer: count}} for questions with numbers.

    What is missing to the total counts as suppressed, so that a bar shows shares of everyone who was asked.
    """
    counts: dict[str, dict[str, int]] = {}
    for question, answer, _, count, _ in export.summary.iter_rows():
        if isinstance(count, int):
            counts.setdefault(str(question), {})[str(answer)] = count
    for answer_counts in counts.values():
        answer_counts[SUPPRESSED] = max(0, answer_counts.pop(TOTAL) - sum(answer_counts.values()))
    return counts


def _sort_answers(counts: dict[str, dict[str, int]]) -> list[str]:
    """Returns all answers: points first, from the best to the worst; suppressed ones last."""
    all_answers = {answer for answer_counts in counts.values() for answer in answer_counts}
    points = sorted((answer for answer in all_answers if isinstance(parse_code(answer), int)), key=int, reverse=True)
    others = sorted(all_answers - {*points, *LAST_ANSWERS})
    return [*points, *others, *(answer for answer in LAST_ANSWERS if answer in all_answers)]


def _write_counts(export: CampaignExport, workbook: Workbook, sheet: Worksheet, table: _ChartTable) -> None:
    cell_format, heading_format = workbook.add_format(CELL_FORMAT), workbook.add_format(HEADING_FORMAT)
    sheet.set_column(0, 0, NAME_COLUMN_DIGITS)
    sheet.set_column(1, len(table.answers), NUMBER_COLUMN_DIGITS, cell_format)
    sheet.set_row(table.heading_row, 2 * LINE_HEIGHT_POINTS)
    sheet.write_string(table.heading_row, 0, export.codebook.export_texts.format_text("short"), heading_format)
    for column, answer in enumerate(table.answers, start=1):
        question = next(name for name, answer_counts in table.counts.items() if answer in answer_counts)
        sheet.write_string(table.heading_row, column, _answer_heading(export, answer, question), heading_format)
    for row, (question, answer_counts) in enumerate(table.counts.items(), start=table.first_row):
        sheet.write_string(row, 0, export.codebook.get_short_name(question))
        for column, answer in enumerate(table.answers, start=1):
            if answer in answer_counts:
                sheet.write_number(row, column, answer_counts[answer])


def _answer_heading(export: CampaignExport, answer: str, question: str) -> str:
    """Returns the heading of an answer. A point has its number: its label differs from question to question."""
    texts = export.codebook.export_texts
    if answer == SUPPRESSED:
        return texts.format_text("chart_rest")
    if isinstance(parse_code(answer), int):
        return _point_heading(export, int(answer))
    return export.codebook.get_answer_label(question, answer)


def _point_heading(export: CampaignExport, point: int) -> str:
    """Returns the number of a point, with *best* and *worst* at the ends if all scales have the same."""
    worst, best = export.codebook.find_scale_ends() or (None, None)
    key = {worst: "chart_worst", best: "chart_best"}.get(point)
    return export.codebook.export_texts.format_text(key, {"point": str(point)}) if key else str(point)


def _describe_chart(export: CampaignExport) -> str:
    return export.codebook.describe_scales("chart_about")


def _insert_bar_chart(export: CampaignExport, workbook: Workbook, sheet: Worksheet, table: _ChartTable) -> None:
    texts = export.codebook.export_texts
    chart = workbook.add_chart({"type": "bar", "subtype": "percent_stacked"})
    for column, answer in enumerate(table.answers, start=1):
        chart.add_series(_build_series(sheet.get_name(), table, column, answer))
    _set_chart_size(chart, len(table.counts))
    chart.set_title({"name": texts.format_text("chart_title")})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"position": "bottom"})
    sheet.insert_chart(table.last_row + 2, 0, chart, {"description": _describe_chart(export)})


def _build_series(sheet_name: str, table: _ChartTable, column: int, answer: str) -> SeriesFormat:
    return {
        "name": [sheet_name, table.heading_row, column],
        "gap": BAR_GAP_PERCENT,
        **SERIES_FORMATS.get(answer, NON_POINT_FORMAT),
        **BAR_BORDER,
        "values": [sheet_name, table.first_row, column, table.last_row, column],
        "categories": [sheet_name, table.first_row, 0, table.last_row, 0],
    }


def _set_chart_size(chart: Chart, question_count: int) -> None:
    height = BAR_HEIGHT_PIXELS * question_count + TOP_MARGIN_PIXELS + BOTTOM_MARGIN_PIXELS
    layout = {
        "x": SIDE_MARGIN_PIXELS / CHART_WIDTH_PIXELS,
        "y": TOP_MARGIN_PIXELS / height,
        "width": 1 - 1.3 * SIDE_MARGIN_PIXELS / CHART_WIDTH_PIXELS,
        "height": BAR_HEIGHT_PIXELS * question_count / height,
    }
    chart.set_plotarea({"layout": layout})
    chart.set_size({"width": CHART_WIDTH_PIXELS, "height": height})
