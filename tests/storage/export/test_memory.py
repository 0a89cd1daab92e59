"""A download is streamed: more rows take no more memory."""

import tracemalloc
from pathlib import Path
from random import Random

import pytest

from storage.db.database import Database
from tests.support.random_responses import NASTY, crowd, release, with_words, written

FEW, MANY = 1_200, 4_800  # some hundreds are read at a time
FOR_A_ROW = 200  # bytes, a workbook's packed ones among them; a row that is held takes several times as many


@pytest.mark.parametrize("kind", ["package", "xlsx"])
def test_memory_hardly_grows_with_the_rows(on_file: Database, tmp_path: Path, kind: str) -> None:
    """XlsxWriter keeps a little of each row: 100,000 of them are the most that a workbook takes."""
    most = []
    for many in (FEW, MANY):
        release(on_file, with_words(crowd(Random(many), many), NASTY * (many // 100)))
        written(on_file, tmp_path / "first", kind).unlink()  # settles the release
        tracemalloc.start()
        written(on_file, tmp_path / f"{many}", kind)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] - most[0] < FOR_A_ROW * MANY
