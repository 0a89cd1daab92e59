"""Writes the results of a comparison into a document: a table and a plot, between two marks."""

import re
from collections.abc import Mapping
from pathlib import Path

Row = Mapping[str, tuple[float, float, float]]  # {figure: median, lowest, highest}
Table = Mapping[str, Row]  # by the name of the bot
MARKED_SECTION = re.compile("(<!-- compared -->).*(<!-- end -->)", re.DOTALL)
COLUMNS = {  # {figure: heading, format}
    "cpu_ms": ("CPU per update, ms", "{:.2f}"),
    "cold_cpu_ms": ("random answers from a cold start, ms", "{:.2f}"),
    "warm_cpu_ms": ("once the pictures are known, ms", "{:.2f}"),
    "sparse_cpu_ms": ("cold, at 20 updates per second, ms", "{:.2f}"),
    "updates_per_second": ("updates per second", "{:.0f}"),
    "wait_p50_ms": ("wait p50, ms", "{:.1f}"),
    "wait_p99_ms": ("wait p99, ms", "{:.1f}"),
    "cold_wait_p99_ms": ("wait p99, random answers from a cold start, ms", "{:.1f}"),
    "start_seconds": ("start, s", "{:.1f}"),
    "idle_megabytes": ("memory at rest, MB", "{:.0f}"),
    "run_memory_bytes": ("memory per waiting run, bytes", "{:.0f}"),
    "run_disk_bytes": ("disk per waiting run, bytes", "{:.0f}"),
}
BASELINE_NAME = "no framework, no database"


def write_results(document: Path, table: Table, round_count: int) -> None:
    """Replaces the section between the marks of the document."""
    section = "\n\n".join(["", _format_heading(round_count, table), _format_table(table), _format_plot(table), ""])
    text = MARKED_SECTION.sub(lambda match: match[1] + section + match[2], document.read_text("utf-8"))
    document.write_text(text, "utf-8")


def _format_heading(round_count: int, table: Table) -> str:
    max_simulator_ms = max(row["simulator_cpu_ms"][0] for row in table.values())
    runs = f"Medians of {round_count} runs, with the lowest and the highest" if round_count > 1 else "One run"
    return f"{runs}. The simulated Telegram took at most {max_simulator_ms:.2f} ms per update."


def _format_table(table: Table) -> str:
    headings = ["", *(heading for heading, _ in COLUMNS.values())]
    if BASELINE_NAME in table:
        headings.insert(2, "× the baseline")
    lines = ["| " + " | ".join(headings) + " |", "|---" + "|--:" * (len(headings) - 1) + "|"]
    return "\n".join([*lines, *(_format_row(name, row, table) for name, row in table.items())])


def _format_row(name: str, row: Row, table: Table) -> str:
    cells = [_format_cell(row[figure], template) for figure, (_, template) in COLUMNS.items()]
    if BASELINE_NAME in table:
        cells.insert(1, f"{row['cpu_ms'][0] / table[BASELINE_NAME]['cpu_ms'][0]:.1f}")
    return "| " + " | ".join([name, *cells]) + " |"


def _format_cell(figures: tuple[float, float, float], template: str) -> str:
    median, lowest, highest = map(template.format, figures)
    if not figures[2]:  # nothing was measured
        return "–"
    return median if lowest == highest else f"{median} ({lowest} to {highest})"


def _format_plot(table: Table) -> str:
    """Returns a Mermaid chart (https://mermaid.js.org/syntax/xyChart.html)."""
    names = ", ".join(f'"{name}"' for name in table)
    bars = ", ".join(f"{row['cpu_ms'][0]:.2f}" for row in table.values())
    lines = ["xychart-beta horizontal", '    title "CPU per update, ms"', f"    x-axis [{names}]", f"    bar [{bars}]"]
    return "\n".join(["```mermaid", *lines, "```"])
