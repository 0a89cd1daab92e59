"""What was measured, written into a document: a table and a plot, between two marks."""

import re
from collections.abc import Mapping
from pathlib import Path

Row = Mapping[str, tuple[float, float, float]]  # of each figure the median, the least and the most
Table = Mapping[str, Row]  # by the bot's name
MARKED_SECTION = re.compile("(<!-- compared -->).*(<!-- end -->)", re.DOTALL)
COLUMNS = {
    "cpu": ("CPU an update, ms", "{:.2f}"),
    "a_second": ("updates a second", "{:.0f}"),
    "p50": ("wait p50, ms", "{:.1f}"),
    "p99": ("wait p99, ms", "{:.1f}"),
    "start": ("start, s", "{:.1f}"),
    "at_rest": ("memory at rest, MB", "{:.0f}"),
    "run_memory": ("memory a waiting run, bytes", "{:.0f}"),
    "run_disk": ("disk a waiting run, bytes", "{:.0f}"),
}
BASELINE_NAME = "no framework, no database"


def write_results(document: Path, table: Table, round_count: int) -> None:
    """Puts the table and the plot between the marks of the document."""
    section = "\n\n".join(["", _format_heading(round_count, table), _format_table(table), _format_plot(table), ""])
    document.write_text(
        MARKED_SECTION.sub(lambda found: found[1] + section + found[2], document.read_text("utf-8")), "utf-8"
    )


def _format_heading(round_count: int, table: Table) -> str:
    max_telegram_cost = max(row["town"][0] for row in table.values())
    return f"Medians of {round_count} runs, with the least and the most. The stand-in took at most {max_telegram_cost:.2f} ms an update."


def _format_table(table: Table) -> str:
    names = ["", *(name for name, _ in COLUMNS.values())]
    if BASELINE_NAME in table:
        names.insert(2, "× the floor")
    lines = ["| " + " | ".join(names) + " |", "|---" + "|--:" * (len(names) - 1) + "|"]
    return "\n".join([*lines, *(_format_row(name, row, table) for name, row in table.items())])


def _format_row(name: str, row: Row, table: Table) -> str:
    cells = [_format_cell(row[figure], form) for figure, (_, form) in COLUMNS.items()]
    if BASELINE_NAME in table:
        cells.insert(1, f"{row['cpu'][0] / table[BASELINE_NAME]['cpu'][0]:.1f}")
    return "| " + " | ".join([name, *cells]) + " |"


def _format_cell(figure: tuple[float, float, float], template: str) -> str:
    median, lowest, highest = map(template.format, figure)
    if not figure[2]:  # nothing was measured
        return "–"
    return median if lowest == highest else f"{median} ({lowest} to {highest})"


def _format_plot(table: Table) -> str:
    """As Mermaid draws it, where documents are shown (https://mermaid.js.org/syntax/xyChart.html)."""
    names = ", ".join(f'"{name}"' for name in table)
    bars = ", ".join(f"{row['cpu'][0]:.2f}" for row in table.values())
    lines = ["xychart-beta horizontal", '    title "CPU an update, ms"', f"    x-axis [{names}]", f"    bar [{bars}]"]
    return "\n".join(["```mermaid", *lines, "```"])
