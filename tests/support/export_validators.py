"""What others' tools think of a download."""

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of what they import
    from frictionless import Package
    from pycanon import anonymity

import pandas as pd

QUASI_IDENTIFIERS = ["role", "viewpoint", "language", "version", "release"]


def validate_package(package: Path) -> list[str]:
    """What `frictionless validate` has against a package."""
    with TemporaryDirectory() as folder, ZipFile(package) as file:
        file.extractall(folder)
        report = Package(f"{folder}/datapackage.json").validate()
    return [str(error) for error in report.flatten(["rowNumber", "fieldName", "type", "note"])]


def measure_k_anonymity(package: Path) -> int:
    """How many rows look alike in what tells people apart, at the least: as pycanon counts."""
    with ZipFile(package) as file, file.open("responses.csv") as rows:
        frame = pd.read_csv(rows, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    return int(anonymity.k_anonymity(frame, QUASI_IDENTIFIERS))
