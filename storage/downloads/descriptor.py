"""datapackage.json: what the tables of a package are, for programs (https://datapackage.org, Data Package 2.0)."""

from typing import Any

from storage.downloads.columns import Column
from storage.downloads.tables import Download, Table

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
