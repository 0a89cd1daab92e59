"""A package: a zip with the four tables as CSV, what they are for programs, and for people."""

import csv
import json
from collections.abc import Iterator
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from storage.export.codebook import NO_ANSWER, Column
from storage.export.tables import Download, Row, Table

# @@DOC datapackage.json: what the tables of a package are, for programs (https://datapackage.org, Data Package 2.0).
SCHEMA = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE_SCHEMA = "https://datapackage.org/profiles/2.0/tableschema.json"
LICENCE = {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}


def descriptor(download: Download) -> dict[str, Any]:
    """The package's descriptor."""
    own = download.book.own
    return {
        "$schema": SCHEMA,
        "name": f"{download.campaign}-release-{download.release}".lower(),
        "title": download.title,
        "description": own.text("about"),
        "version": str(download.release),
        "licenses": [LICENCE | {"title": own.text("licence")}],
        "sources": [{"title": download.source}],
        "resources": [_resource(table) for table in download.tables],
    }


def _resource(table: Table) -> dict[str, Any]:
    return {
        "name": table.name,
        "path": f"{table.name}.csv",
        "type": "table",
        "description": table.about,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"$schema": TABLE_SCHEMA, "fields": [_field(column) for column in table.columns]},
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": "integer" if column.is_number else "string"}
    field["description"] = column.label
    if column.short:
        field["title"] = column.short
    if column.unit:
        field["unit"] = column.unit
    categories = [
        {"value": int(value.code) if column.is_number else value.code, "label": value.label}
        for value in column.codes
        if not value.missing
    ]
    if categories:
        field["categories"] = categories
    if column.missing:
        field["missingValues"] = ["", *column.missing]
        field["missingLabels"] = {value.code: value.label for value in column.codes if value.missing}
    return field


# @@DOC README.txt: what a download holds and how to read it, for people.
def readme(download: Download) -> str:
    """The text of README.txt, with what each column holds."""
    columns = "\n".join(_codebook(download))
    return f"{_readme_text(download, columns)}\n"


def about(download: Download) -> str:
    """The same for the first sheet of a workbook, which has a codebook of its own."""
    return _readme_text(download, download.book.own.text("columns_on_sheet"))


def _readme_text(download: Download, columns: str) -> str:
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


NO_TIME = (1980, 1, 1, 0, 0, 0)  # zip's first: the same release gives the same bytes, and tells no time
READ_BY_ALL = 0o644 << 16
LEVEL = 3  # of zlib: a fifth more bytes than its own, in a third of the time
END, BEFORE = "\r\n", "x"


def write_package(download: Download, to: Path) -> None:
    """Writes the package there. Memory does not grow with the rows."""
    with ZipFile(to, "w", ZIP_DEFLATED, compresslevel=LEVEL) as file:
        file.writestr(_entry("datapackage.json"), json.dumps(descriptor(download), ensure_ascii=False, indent=2))
        file.writestr(_entry("README.txt"), readme(download))
        for table in download.tables:
            _write_table(file, table)


def _write_table(file: ZipFile, table: Table) -> None:
    """A table as CSV (RFC 4180) in UTF-8, with the mark at its beginning that Excel knows it by."""
    name = f"{table.name}.csv"
    with (
        file.open(name, "w", force_zip64=True) as raw,  # by its name: else the level doesn't hold
        TextIOWrapper(raw, "utf-8-sig", newline="") as text,
    ):
        csv.writer(text).writerow(column.name for column in table.columns)
        for rows in table.blocks(_text):
            text.write("".join([f"{row[1:]}{END}" for row in rows]))
    file.getinfo(name).external_attr = READ_BY_ALL


def _text(cells: Row) -> str:
    """Cells as they stand in CSV, each after a comma."""
    out = StringIO()
    csv.writer(out, lineterminator=END).writerow((BEFORE, *cells))
    return out.getvalue()[len(BEFORE) : -len(END)]


def _entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, NO_TIME)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = READ_BY_ALL
    return entry
