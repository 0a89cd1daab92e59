"""The four tables of an export, read from the gateway: responses, summary, comments, and what is suppressed."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any

from flows.campaign import CampaignInfo
from flows.disclosure_control import SUPPRESSED
from storage.anonymity.gateway import ReleaseView
from storage.export.codebook import TOTAL, Codebook, ExportColumn, load_codebook

SUMMARY_COLUMNS = ("question", "answer", "label", "count", "in_words")
COMMENT_COLUMNS = ("question", "language", "words", "state")
SUPPRESSED_TABLE = "withheld"  # the word that people read in downloads
SUPPRESSED_COLUMNS = ("column", "reason", "rows")
# A cell that begins with one of these could be a formula in a spreadsheet (OWASP ASVS 1.2.10); full-width ones are
# formulas in East Asian versions of Excel. Every format is guarded: files are saved in other formats later.
FORMULA_PREFIXES = frozenset("=+-@\t\r\n\0＝＋－＠")

Cell = int | str
ExportRow = tuple[Cell, ...]
CellFormatter = Callable[[ExportRow], Any]  # formats neighbouring cells; the results for a row can be joined with `+`
RowBlock = Sequence[Any]  # formatted rows
RowBlocks = Iterable[RowBlock]
BlockReader = Callable[[CellFormatter], RowBlocks]


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table. Its rows are read from the database while they are iterated."""

    name: str
    description: str
    columns: tuple[ExportColumn, ...]
    read_blocks: BlockReader  # without the guard against formulas

    def iter_rows(self) -> Iterator[ExportRow]:
        """Yields the rows, guarded against formulas."""
        return chain.from_iterable(self.iter_blocks(tuple))

    def iter_blocks(self, format_cells: CellFormatter) -> RowBlocks:
        """Returns the same rows in blocks, as `format_cells` formats them."""
        return self.read_blocks(lambda cells: format_cells(guard_cells(cells)))


@dataclass(frozen=True, slots=True)
class CampaignExport:
    """The export of a campaign's newest release.

    It has at most `max_responses` responses, at least `k` of them in each equivalence class; `release_size` responses
    make the next release.
    """

    campaign: str
    campaign_info: CampaignInfo | None
    release: int
    max_responses: int
    release_size: int
    k: int
    codebook: Codebook
    responses: ExportTable
    summary: ExportTable
    comments: ExportTable
    suppressed: ExportTable

    @property
    def tables(self) -> tuple[ExportTable, ...]:
        return self.responses, self.summary, self.comments, self.suppressed

    @property
    def title(self) -> str:
        flow_title, campaign_info = self.codebook.flow_texts.format_text("title"), self.campaign_info
        arguments: dict[str, str | int] = {"flow": flow_title, "release": self.release, "campaign": self.campaign}
        key = "title"
        if campaign_info and (campaign_info.about or campaign_info.asker):
            known_fields = {"about": campaign_info.about, "asker": campaign_info.asker}
            key = "_".join(["title", *(name for name, value in known_fields.items() if value)])
            arguments |= known_fields
        return self.codebook.export_texts.format_text(key, arguments)

    @property
    def source(self) -> str:
        flow_title, version = self.codebook.flow_texts.format_text("title"), self.codebook.flow.version
        return self.codebook.export_texts.format_text("source", {"flow": flow_title, "version": version})


def guard_cells(cells: ExportRow) -> ExportRow:
    """Returns the cells, each guarded against formulas."""
    return tuple(map(guard_cell, cells))


def guard_cell(cell: Cell) -> Cell:
    """Puts an apostrophe before text that could be a formula. Numbers are written as numbers and never are."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA_PREFIXES else cell


def parse_code(code: str) -> Cell:
    """Returns points and counts as numbers. Only for codes, not for texts that people wrote."""
    return int(code) if code.lstrip("-").isdecimal() else code


def build_export(release_view: ReleaseView) -> CampaignExport:
    """Builds the export of an open release view. Rows are read later, while the view must still be open."""
    codebook = load_codebook(release_view.flow.id)

    def build_table(name: str, columns: tuple[str, ...], read_blocks: BlockReader) -> ExportTable:
        description = codebook.export_texts.format_text(f"table_{name}")
        return ExportTable(name, description, codebook.build_columns(columns), read_blocks)

    return CampaignExport(
        release_view.code,
        release_view.campaign_info,
        release_view.release,
        release_view.get_max_row_count(),
        release_view.release_size,
        release_view.k,
        codebook,
        build_table("responses", release_view.columns, partial(_read_response_blocks, release_view)),
        build_table(
            "summary",
            SUMMARY_COLUMNS,
            lambda format_cells: _format_blocks(_iter_summary_rows(release_view, codebook), format_cells),
        ),
        build_table(
            "comments",
            COMMENT_COLUMNS,
            lambda format_cells: _format_blocks(_iter_comment_rows(release_view), format_cells),
        ),
        build_table(
            SUPPRESSED_TABLE,
            SUPPRESSED_COLUMNS,
            lambda format_cells: _format_blocks(_iter_suppressed_rows(release_view), format_cells),
        ),
    )


def _read_response_blocks(release_view: ReleaseView, format_cells: CellFormatter) -> RowBlocks:
    return release_view.iter_blocks(lambda codes: format_cells(tuple(map(parse_code, codes))))


def _format_blocks(rows: Iterable[ExportRow], format_cells: CellFormatter) -> RowBlocks:
    return ([format_cells(row)] for row in rows)


def _iter_summary_rows(release_view: ReleaseView, codebook: Codebook) -> Iterator[ExportRow]:
    for count in release_view.count_answers():
        answer, value = count.answer or TOTAL, count.display_value
        is_share = not value.isdecimal() and value != SUPPRESSED
        count_and_words = (SUPPRESSED, value) if is_share else (parse_code(value), "")
        label = codebook.get_answer_label(count.question, answer)
        yield (count.question, parse_code(answer), label, *count_and_words)


def _iter_comment_rows(release_view: ReleaseView) -> Iterator[ExportRow]:
    return (
        (comment.question, comment.language, comment.text, comment.state) for comment in release_view.iter_comments()
    )


def _iter_suppressed_rows(release_view: ReleaseView) -> Iterator[ExportRow]:
    return (
        (suppressed.column, suppressed.reason, parse_code(suppressed.rows))
        for suppressed in release_view.list_suppressed_columns()
    )
