"""For random campaigns: at least *k* rows look alike, the package is valid, and all formats have the same values.

CAMPAIGNS sets the number of campaigns and MOST their largest size: `make campaigns` runs 300 of up to 5,000.
"""

import os
from pathlib import Path
from random import Random

import pytest

from storage.db.database import Database
from tests.support.export_readers import (
    read_excel_with_pandas,
    read_with_openpyxl,
    read_with_pandas,
    read_with_pyreadstat,
)
from tests.support.export_validators import measure_k_anonymity, validate_package
from tests.support.random_responses import RELEASE_SIZE, make_random_answers, release_answers, write_export
from tests.support.short_form import choose_size

CAMPAIGNS, MOST = int(os.environ.get("CAMPAIGNS", choose_size(25, 3))), int(os.environ.get("MOST", "300"))


@pytest.mark.parametrize("seed", range(CAMPAIGNS))
def test_exports_of_a_random_campaign_are_anonymous_valid_and_equal(
    sqlite_database: Database, tmp_path: Path, seed: int
) -> None:
    random = Random(seed)
    k = random.choice([RELEASE_SIZE, 10])
    response_count = int(10 * (MOST / 10) ** random.random())
    release_answers(sqlite_database, make_random_answers(random, response_count), random, k)
    package, workbook, sav = (
        write_export(sqlite_database, tmp_path / f"general.{kind}", kind, k) for kind in ("package", "xlsx", "sav")
    )
    rows = read_with_pandas(package)
    assert rows
    assert measure_k_anonymity(package) >= k
    assert validate_package(package) == []
    assert read_with_openpyxl(workbook) == rows
    assert read_excel_with_pandas(workbook) == rows
    assert read_with_pyreadstat(sav) == rows
