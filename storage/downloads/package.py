"""A package: a zip with the four tables as CSV, what they are for programs, and for people."""

import csv
import json
from io import StringIO, TextIOWrapper
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from storage.downloads.cells import Row
from storage.downloads.descriptor import descriptor
from storage.downloads.readme import readme
from storage.downloads.tables import Download, Table

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
