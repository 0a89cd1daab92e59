"""A Data Package (https://datapackage.org, version 2.0): a zip with the tables as CSV, a descriptor and a README.

`datapackage.json` describes the tables to programs, `README.txt` to people.
"""

import csv
import json
from collections.abc import Iterator
from io import StringIO, TextIOWrapper
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from storage.export.codebook import NO_ANSWER_TEXT_KEYS, ExportColumn
from storage.export.tables import CampaignExport, ExportRow, ExportTable

PACKAGE_SCHEMA_URL = "https://datapackage.org/profiles/2.0/datapackage.json"
TABLE_SCHEMA_URL = "https://datapackage.org/profiles/2.0/tableschema.json"
LICENCE = {"name": "CC-BY-4.0", "path": "https://creativecommons.org/licenses/by/4.0/"}
# The earliest time that a zip can hold: the same release gives the same bytes, and they reveal no time.
ZIP_TIMESTAMP = (1980, 1, 1, 0, 0, 0)
WORLD_READABLE_ATTRIBUTES = 0o644 << 16
ZIP_COMPRESSION_LEVEL = 3  # of zlib: a fifth more bytes than its default, in a third of the time
LINE_ENDING, PLACEHOLDER_CELL = "\r\n", "x"


def write_package(export: CampaignExport, target: Path) -> None:
    """Writes the package. Memory does not grow with the rows."""
    with ZipFile(target, "w", ZIP_DEFLATED, compresslevel=ZIP_COMPRESSION_LEVEL) as archive:
        descriptor = json.dumps(build_descriptor(export), ensure_ascii=False, indent=2)
        archive.writestr(_create_zip_entry("datapackage.json"), descriptor)
        archive.writestr(_create_zip_entry("README.txt"), build_readme(export))
        for table in export.tables:
            _write_table(archive, table)


def build_descriptor(export: CampaignExport) -> dict[str, Any]:
    """Returns the content of `datapackage.json`."""
    texts = export.codebook.export_texts
    return {
        "$schema": PACKAGE_SCHEMA_URL,
        "name": f"{export.campaign}-release-{export.release}".lower(),
        "title": export.title,
        "description": texts.format_text("about"),
        "version": str(export.release),
        "licenses": [LICENCE | {"title": texts.format_text("licence")}],
        "sources": [{"title": export.source}],
        "resources": [_build_resource(table) for table in export.tables],
    }


def build_readme(export: CampaignExport) -> str:
    """Returns the content of `README.txt`, with a codebook."""
    columns = "\n".join(_iter_codebook_lines(export))
    return f"{_format_readme(export, columns)}\n"


def build_about_sheet_text(export: CampaignExport) -> str:
    """Returns the same text for the first sheet of a workbook, where the codebook is a sheet of its own."""
    return _format_readme(export, export.codebook.export_texts.format_text("columns_on_sheet"))


def _build_resource(table: ExportTable) -> dict[str, Any]:
    return {
        "name": table.name,
        "path": f"{table.name}.csv",
        "type": "table",
        "description": table.description,
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"$schema": TABLE_SCHEMA_URL, "fields": [_build_field(column) for column in table.columns]},
    }


def _build_field(column: ExportColumn) -> dict[str, Any]:
    field: dict[str, Any] = {"name": column.name, "type": "integer" if column.is_number else "string"}
    field["description"] = column.label
    if column.short_name:
        field["title"] = column.short_name
    if column.unit:
        field["unit"] = column.unit
    categories = [
        {"value": int(code.code) if column.is_number else code.code, "label": code.label}
        for code in column.codes
        if not code.is_missing
    ]
    if categories:
        field["categories"] = categories
    if column.missing_codes:
        field["missingValues"] = ["", *column.missing_codes]
        field["missingLabels"] = {code.code: code.label for code in column.codes if code.is_missing}
    return field


def _format_readme(export: CampaignExport, columns: str) -> str:
    texts = export.codebook.export_texts
    files = [
        texts.format_text("readme_file", {"name": table.name, "about": table.description}) for table in export.tables
    ]
    arguments: dict[str, str | int] = {
        "title": export.title,
        "about": texts.format_text("about"),
        "files": "\n".join(files),
        "size": export.release_size,
        "alike": export.k,
        "columns": columns,
        "scale": export.codebook.describe_scales("readme_scale"),
        "source": export.source,
        "licence": texts.format_text("licence"),
    }
    return texts.format_text("readme", arguments)


def _iter_codebook_lines(export: CampaignExport) -> Iterator[str]:
    """Yields a line for each column and one for each code. Codes that all columns share are explained in the README."""
    texts = export.codebook.export_texts
    for table in export.tables:
        yield f"\n{table.name}\n"
        for column in table.columns:
            key = "readme_question" if column.short_name else "readme_column"
            yield texts.format_text(key, {"name": column.name, "short": column.short_name, "label": column.label})
            for code in column.codes:
                if code.code not in NO_ANSWER_TEXT_KEYS:
                    yield texts.format_text("readme_value", {"code": code.code, "label": code.label})


def _write_table(archive: ZipFile, table: ExportTable) -> None:
    """Writes a table as CSV (RFC 4180) in UTF-8, with the byte order mark by which Excel recognises it."""
    name = f"{table.name}.csv"
    with (
        archive.open(name, "w", force_zip64=True) as binary_stream,  # by name: with a ZipInfo the level is ignored
        TextIOWrapper(binary_stream, "utf-8-sig", newline="") as text_stream,
    ):
        csv.writer(text_stream).writerow(column.name for column in table.columns)
        for rows in table.iter_blocks(_format_csv_cells):
            text_stream.write("".join([f"{row[1:]}{LINE_ENDING}" for row in rows]))  # without the first comma
    archive.getinfo(name).external_attr = WORLD_READABLE_ATTRIBUTES


def _format_csv_cells(cells: ExportRow) -> str:
    """Returns the cells as CSV, with a comma before each."""
    buffer = StringIO()
    csv.writer(buffer, lineterminator=LINE_ENDING).writerow((PLACEHOLDER_CELL, *cells))
    return buffer.getvalue()[len(PLACEHOLDER_CELL) : -len(LINE_ENDING)]


def _create_zip_entry(name: str) -> ZipInfo:
    entry = ZipInfo(name, ZIP_TIMESTAMP)
    entry.compress_type = ZIP_DEFLATED
    entry.external_attr = WORLD_READABLE_ATTRIBUTES
    return entry
