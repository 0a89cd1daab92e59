"""README.txt: what a download holds and how to read it, for people."""

from collections.abc import Iterator

from storage.downloads.tables import Download


def readme(download: Download) -> str:
    """The text of README.txt."""
    own = download.book.own
    files = [own.text("readme_file", {"name": table.name, "about": table.about}) for table in download.tables]
    parts: dict[str, str | int] = {
        "title": download.title,
        "about": own.text("about"),
        "files": "\n".join(files),
        "size": download.size,
        "alike": download.alike,
        "codebook": "\n".join(_codebook(download)),
        "source": download.source,
        "licence": own.text("licence"),
    }
    return f"{own.text('readme', parts)}\n"


def _codebook(download: Download) -> Iterator[str]:
    own = download.book.own
    for table in download.tables:
        yield f"\n{table.name}\n"
        for column in table.columns:
            yield own.text("readme_column", {"name": column.name, "label": column.label})
            for value in column.codes:
                yield own.text("readme_value", {"code": value.code, "label": value.label})
