"""README.txt: what a download holds and how to read it, for people."""

from collections.abc import Iterator

from storage.downloads.codebook import NO_ANSWER
from storage.downloads.tables import Download


def readme(download: Download) -> str:
    """The text of README.txt, with what each column holds."""
    columns = "\n".join(_codebook(download))
    return f"{_text(download, columns)}\n"


def about(download: Download) -> str:
    """The same for the first sheet of a workbook, which has a codebook of its own."""
    return _text(download, download.book.own.text("columns_on_sheet"))


def _text(download: Download, columns: str) -> str:
    own = download.book.own
    files = [own.text("readme_file", {"name": table.name, "about": table.about}) for table in download.tables]
    parts: dict[str, str | int] = {
        "title": download.title,
        "about": own.text("about"),
        "files": "\n".join(files),
        "size": download.size,
        "alike": download.alike,
        "columns": columns,
        "source": download.source,
        "licence": own.text("licence"),
    }
    return own.text("readme", parts)


def _codebook(download: Download) -> Iterator[str]:
    """A line for each column, and one for each code; but for the codes that all share: those are said once above."""
    own = download.book.own
    for table in download.tables:
        yield f"\n{table.name}\n"
        for column in table.columns:
            key = "readme_question" if column.short else "readme_column"
            yield own.text(key, {"name": column.name, "short": column.short, "label": column.label})
            for value in column.codes:
                if value.code not in NO_ANSWER:
                    yield own.text("readme_value", {"code": value.code, "label": value.label})
