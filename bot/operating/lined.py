"""Rows as lines of text, one column under the other."""

from collections.abc import Iterator, Sequence


def lined(*rows: Sequence[str]) -> Iterator[str]:
    """A line for each row, the first one the columns' names."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip()
