"""Whatever people answer: at least *k* rows look alike, the package is valid, and all formats hold the same values.

CAMPAIGNS says how many crowds, MOST how large: `make campaigns` takes 300 of up to 5,000.
"""

import os
from pathlib import Path
from random import Random

import pytest

from storage.db.database import Database
from tests.support.export_readers import by_openpyxl, by_pandas, by_pandas_from_excel, by_pyreadstat
from tests.support.export_validators import alike, faults
from tests.support.random_responses import K, crowd, release, written

CAMPAIGNS, MOST = int(os.environ.get("CAMPAIGNS", "25")), int(os.environ.get("MOST", "300"))


@pytest.mark.parametrize("seed", range(CAMPAIGNS))
def test_a_random_campaign_s_downloads_are_safe_valid_and_equal(on_file: Database, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    k = random.choice([K, 10])
    many = int(10 * (MOST / 10) ** random.random())
    release(on_file, crowd(random, many), random, k)
    package, workbook, sav = (
        written(on_file, tmp_path / f"general.{kind}", kind, k) for kind in ("package", "xlsx", "sav")
    )
    rows = by_pandas(package)
    assert rows
    assert alike(package) >= k
    assert faults(package) == []
    assert by_openpyxl(workbook) == rows
    assert by_pandas_from_excel(workbook) == rows
    assert by_pyreadstat(sav) == rows
