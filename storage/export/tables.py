"""What every download is made of, out of the gate: four tables, and what is said of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flows.campaign import CampaignInfo
from storage.anonymity.gateway import ReleaseView
from storage.export.codebook import TOTAL, WITHHELD, Codebook, ExportColumn, load_codebook

# @@DOC No cell may start a formula in a spreadsheet (OWASP ASVS 1.2.10), in any format: files are saved as others later.
Cell = int | str
ExportRow = tuple[Cell, ...]
CellFormatter = Callable[[ExportRow], Any]  # cells beside each other, as they are wanted; what it gives can be added up
FORMULA_PREFIXES = frozenset("=+-@\t\r\n\0＝＋－＠")  # the wide ones count in East Asian versions of Excel


def guard_cells(cells: ExportRow) -> ExportRow:
    """The cells, each guarded."""
    return tuple(map(guard_cell, cells))


def guard_cell(cell: Cell) -> Cell:
    """The cell, with an apostrophe before words that could start a formula. Numbers are typed: they never do."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in FORMULA_PREFIXES else cell


def parse_code(code: str) -> Cell:
    """A code as it stands in a cell: steps and counts are numbers. Only for codes of ours, not for people's words."""
    return int(code) if code.lstrip("-").isdecimal() else code


SUMMARY_COLUMNS = ("question", "answer", "label", "count", "in_words")
COMMENT_COLUMNS = ("question", "language", "words", "state")
WITHHELD_COLUMNS = ("column", "reason", "rows")


RowBlock = Sequence[Any]
RowBlocks = Iterable[RowBlock]  # of rows, some at a time


@dataclass(frozen=True, slots=True)
class ExportTable:
    """A table: its name, what it is, its columns, and its rows, read as they are asked for, and put as wanted."""

    name: str
    description: str
    columns: tuple[ExportColumn, ...]
    read_blocks: Callable[[CellFormatter], RowBlocks]

    def iter_rows(self) -> Iterator[ExportRow]:
        """The rows. No cell of them starts a formula."""
        return chain.from_iterable(self.iter_blocks(tuple))

    def iter_blocks(self, format_cells: CellFormatter) -> RowBlocks:
        """The rows, some at a time, put so. The same holds."""
        return self.read_blocks(lambda cells: format_cells(guard_cells(cells)))


@dataclass(frozen=True, slots=True)
class CampaignExport:
    """A campaign's download: of which release, with so many responses at the most; `size`: a new release has so many at
    the least; `alike`: so many rows are. `link`: what the campaign is about, and who asks.
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
    withheld: ExportTable

    @property
    def tables(self) -> tuple[ExportTable, ...]:
        return self.responses, self.summary, self.comments, self.withheld

    @property
    def title(self) -> str:
        flow_title, campaign_info = self.codebook.flow_texts.format_text("title"), self.campaign_info
        title_args: dict[str, str | int] = {"flow": flow_title, "release": self.release, "campaign": self.campaign}
        if campaign_info and (campaign_info.about or campaign_info.asker):
            known_fields = "_".join(name for name in ("about", "asker") if getattr(campaign_info, name))
            return self.codebook.export_texts.format_text(
                f"title_{known_fields}", title_args | {"about": campaign_info.about, "asker": campaign_info.asker}
            )
        return self.codebook.export_texts.format_text("title", title_args)

    @property
    def source(self) -> str:
        source_args: dict[str, str | int] = {
            "flow": self.codebook.flow_texts.format_text("title"),
            "version": self.codebook.flow.version,
        }
        return self.codebook.export_texts.format_text("source", source_args)


def build_export(release_view: ReleaseView) -> CampaignExport:
    """The download of a campaign that is open. Nothing is read before it is asked for."""
    codebook = load_codebook(release_view.flow.id)

    def build_table(
        name: str, columns: tuple[str, ...], read_blocks: Callable[[CellFormatter], RowBlocks]
    ) -> ExportTable:
        return ExportTable(
            name, codebook.export_texts.format_text(f"table_{name}"), codebook.build_columns(columns), read_blocks
        )

    return CampaignExport(
        release_view.code,
        release_view.campaign_info,
        release_view.release,
        release_view.get_max_row_count(),
        release_view.release_size,
        release_view.k,
        codebook,
        build_table(
            "responses", release_view.columns, lambda format_cells: _read_response_blocks(release_view, format_cells)
        ),
        build_table(
            "summary", SUMMARY_COLUMNS, lambda put: _format_blocks(_iter_summary_rows(release_view, codebook), put)
        ),
        build_table("comments", COMMENT_COLUMNS, lambda put: _format_blocks(_iter_comment_rows(release_view), put)),
        build_table("withheld", WITHHELD_COLUMNS, lambda put: _format_blocks(_iter_withheld_rows(release_view), put)),
    )


def _read_response_blocks(release_view: ReleaseView, format_cells: CellFormatter) -> RowBlocks:
    return release_view.iter_blocks(lambda codes: format_cells(tuple(map(parse_code, codes))))


def _format_blocks(rows: Iterable[ExportRow], format_cells: CellFormatter) -> RowBlocks:
    return ([format_cells(row)] for row in rows)


def _iter_summary_rows(release_view: ReleaseView, codebook: Codebook) -> Iterator[ExportRow]:
    for answer_count in release_view.count_answers():
        answer = answer_count.answer or TOTAL
        is_in_words = not answer_count.display_value.isdecimal() and answer_count.display_value != WITHHELD
        display_cells = (
            (WITHHELD, answer_count.display_value) if is_in_words else (parse_code(answer_count.display_value), "")
        )
        yield (
            answer_count.question,
            parse_code(answer),
            codebook.get_answer_label(answer_count.question, answer),
            *display_cells,
        )


def _iter_comment_rows(release_view: ReleaseView) -> Iterator[ExportRow]:
    return (
        (comment.question, comment.language, comment.text, comment.state) for comment in release_view.iter_comments()
    )


def _iter_withheld_rows(release_view: ReleaseView) -> Iterator[ExportRow]:
    return (
        (withheld.column, withheld.reason, parse_code(withheld.rows))
        for withheld in release_view.list_withheld_columns()
    )
