"""What every download is made of, out of the gate: four tables, and what is said of them."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from flows.campaign import Link
from storage.anonymity.gateway import Opened
from storage.export.codebook import TOTAL, WITHHELD, Codebook, Column, codebook_of

# @@DOC No cell may start a formula in a spreadsheet (OWASP ASVS 1.2.10), in any format: files are saved as others later.
Cell = int | str
Row = tuple[Cell, ...]
Put = Callable[[Row], Any]  # cells beside each other, as they are wanted; what it gives can be added up
STARTS = frozenset("=+-@\t\r\n\0＝＋－＠")  # the wide ones count in East Asian versions of Excel


def all_guarded(cells: Row) -> Row:
    """The cells, each guarded."""
    return tuple(map(guarded, cells))


def guarded(cell: Cell) -> Cell:
    """The cell, with an apostrophe before words that could start a formula. Numbers are typed: they never do."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in STARTS else cell


def number_or_code(code: str) -> Cell:
    """A code as it stands in a cell: steps and counts are numbers. Only for codes of ours, not for people's words."""
    return int(code) if code.lstrip("-").isdecimal() else code


SUMMARY = ("question", "answer", "label", "count", "in_words")
COMMENTS = ("question", "language", "words", "state")
HIDDEN = ("column", "reason", "rows")


Rows = Sequence[Any]
Blocks = Iterable[Rows]  # of rows, some at a time


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, what it is, its columns, and its rows, read as they are asked for, and put as wanted."""

    name: str
    about: str
    columns: tuple[Column, ...]
    read: Callable[[Put], Blocks]

    def rows(self) -> Iterator[Row]:
        """The rows. No cell of them starts a formula."""
        return chain.from_iterable(self.blocks(tuple))

    def blocks(self, put: Put) -> Blocks:
        """The rows, some at a time, put so. The same holds."""
        return self.read(lambda cells: put(all_guarded(cells)))


@dataclass(frozen=True, slots=True)
class Download:
    """A campaign's download: of which release, with so many responses at the most; `size`: a new release has so many at
    the least; `alike`: so many rows are. `link`: what the campaign is about, and who asks.
    """

    campaign: str
    link: Link | None
    release: int
    many: int
    size: int
    alike: int
    book: Codebook
    responses: Table
    summary: Table
    comments: Table
    withheld: Table

    @property
    def tables(self) -> tuple[Table, ...]:
        return self.responses, self.summary, self.comments, self.withheld

    @property
    def title(self) -> str:
        flow, link = self.book.asked.text("title"), self.link
        named: dict[str, str | int] = {"flow": flow, "release": self.release, "campaign": self.campaign}
        if link and (link.about or link.asker):
            of = "_".join(name for name in ("about", "asker") if getattr(link, name))
            return self.book.own.text(f"title_{of}", named | {"about": link.about, "asker": link.asker})
        return self.book.own.text("title", named)

    @property
    def source(self) -> str:
        named: dict[str, str | int] = {"flow": self.book.asked.text("title"), "version": self.book.flow.version}
        return self.book.own.text("source", named)


def download_of(opened: Opened) -> Download:
    """The download of a campaign that is open. Nothing is read before it is asked for."""
    book = codebook_of(opened.flow.id)

    def table(name: str, columns: tuple[str, ...], read: Callable[[Put], Blocks]) -> Table:
        return Table(name, book.own.text(f"table_{name}"), book.columns(columns), read)

    return Download(
        opened.code,
        opened.link,
        opened.release,
        opened.at_most(),
        opened.size,
        opened.k,
        book,
        table("responses", opened.columns, lambda put: _responses(opened, put)),
        table("summary", SUMMARY, lambda put: _put(_summary(opened, book), put)),
        table("comments", COMMENTS, lambda put: _put(_comments(opened), put)),
        table("withheld", HIDDEN, lambda put: _put(_withheld(opened), put)),
    )


def _responses(opened: Opened, put: Put) -> Blocks:
    return opened.blocks(lambda codes: put(tuple(map(number_or_code, codes))))


def _put(rows: Iterable[Row], put: Put) -> Blocks:
    return ([put(row)] for row in rows)


def _summary(opened: Opened, book: Codebook) -> Iterator[Row]:
    for one in opened.counts():
        answer = one.answer or TOTAL
        in_words = not one.shown.isdecimal() and one.shown != WITHHELD
        shown = (WITHHELD, one.shown) if in_words else (number_or_code(one.shown), "")
        yield (one.question, number_or_code(answer), book.answer(one.question, answer), *shown)


def _comments(opened: Opened) -> Iterator[Row]:
    return ((one.question, one.language, one.words, one.state) for one in opened.comments())


def _withheld(opened: Opened) -> Iterator[Row]:
    return ((one.column, one.reason, number_or_code(one.rows)) for one in opened.withheld())
