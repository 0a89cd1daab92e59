"""What every download is made of, out of the gate: four tables, and what is said of them."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from flows.link import Link
from storage.downloads.cells import Cell, Codes, Put, Row, guarded, number_or_code
from storage.downloads.codebook import TOTAL, WITHHELD, Codebook, codebook_of
from storage.downloads.columns import Column
from storage.sealed.gate import Opened

SUMMARY = ("question", "answer", "label", "count", "in_words")
COMMENTS = ("question", "language", "words", "state")
HIDDEN = ("column", "reason", "rows")


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its name, what it is, its columns, and its rows, read as they are asked for.

    `codes`: all of its cells are codes, of which there are few.
    """

    name: str
    about: str
    columns: tuple[Column, ...]
    read: Callable[[], Iterable[Row]]
    codes: bool = False

    def rows(self) -> Iterator[Row]:
        """The rows. No cell of them starts a formula."""
        return map(tuple, self.put(lambda cell: cell))

    def put(self, put: Callable[[Cell], Put]) -> Iterator[Iterator[Put]]:
        """The rows, with each cell put so. The same holds."""
        known = Codes(put).__getitem__ if self.codes else lambda cell: put(guarded(cell))
        return (map(known, row) for row in self.read())


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

    def table(name: str, columns: tuple[str, ...], read: Callable[[], Iterable[Row]], *, codes: bool = False) -> Table:
        return Table(name, book.own.text(f"table_{name}"), book.columns(columns), read, codes)

    return Download(
        opened.code,
        opened.link,
        opened.release,
        opened.at_most(),
        opened.size,
        opened.k,
        book,
        table("responses", opened.columns, opened.rows, codes=True),
        table("summary", SUMMARY, lambda: _summary(opened, book)),
        table("comments", COMMENTS, lambda: _comments(opened)),
        table("withheld", HIDDEN, lambda: _withheld(opened)),
    )


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
