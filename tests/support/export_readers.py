"""Downloads read back, with tools of others. Rows come as people read them: points as numbers, all else as labels."""

import csv
import json
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pyreadstat
from openpyxl import load_workbook

Row = dict[str, str]
LabelledRows = list[tuple[int | str, ...]]


def read_text(package: Path, name: str) -> str:
    with ZipFile(package) as file:
        return file.read(name).decode("utf-8-sig")


def read_table(package: Path, name: str) -> list[Row]:
    """A package's table, as text."""
    return list(csv.DictReader(StringIO(read_text(package, f"{name}.csv"), newline="")))


def read_fields(package: Path, name: str) -> dict[str, dict[str, Any]]:
    """What the package says of a table's columns."""
    described = json.loads(read_text(package, "datapackage.json"))
    [resource] = [one for one in described["resources"] if one["name"] == name]
    return {field["name"]: field for field in resource["schema"]["fields"]}


def read_with_pandas(package: Path) -> LabelledRows:
    """The responses of a package, read with pandas as docs/downloads.md says."""
    with ZipFile(package) as file, file.open("responses.csv") as rows:
        frame = pd.read_csv(rows, keep_default_na=False, dtype=str)
    labels = {}
    for name, field in read_fields(package, "responses").items():
        labels_of_codes = (
            {} if field["type"] == "integer" else {one["value"]: one["label"] for one in field["categories"]}
        )
        labels[name] = labels_of_codes | field.get("missingLabels", {})
    return [
        tuple(labels[name].get(cell) or int(cell) for name, cell in row.items()) for row in frame.to_dict("records")
    ]


def read_with_openpyxl(workbook: Path, sheet: str = "responses") -> LabelledRows:
    """A sheet of a workbook, without its heads."""
    with closing(load_workbook(workbook, read_only=True)) as read:
        return list(read[sheet].iter_rows(min_row=2, values_only=True))


def read_excel_with_pandas(workbook: Path) -> LabelledRows:
    frame = pd.read_excel(workbook, sheet_name="responses", dtype=object, keep_default_na=False)
    return list(frame.itertuples(index=False, name=None))


def read_with_pyreadstat(sav: Path) -> LabelledRows:
    """The rows of a file for SPSS, codes that are no answer among them."""
    frame, meta = pyreadstat.read_sav(sav, user_missing=True)
    labels = {
        name: {code: label for code, label in of.items() if code < -3 or not has_scale_labels(of)}
        for name, of in meta.variable_value_labels.items()
    }
    return [
        tuple(labels[name].get(cell) or int(cell) for name, cell in row.items()) for row in frame.to_dict("records")
    ]


def has_scale_labels(labels: dict[float, str]) -> bool:
    """Whether these are labels of points."""
    return -1 in labels
