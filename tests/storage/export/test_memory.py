"""Exports are streamed: memory hardly grows with the number of rows."""

import tracemalloc
from pathlib import Path
from random import Random

import pytest

from storage.db.database import Database
from tests.support.random_responses import (
    HOSTILE_TEXTS,
    add_comments,
    make_random_answers,
    release_answers,
    write_export,
)

FEW, MANY = 1_200, 4_800  # rows are read in batches of some hundreds
BYTES_PER_ROW = 200  # includes a workbook's compressed bytes; a row kept in memory takes several times as many


@pytest.mark.parametrize("kind", ["package", "xlsx"])
def test_memory_hardly_grows_with_the_rows(sqlite_database: Database, tmp_path: Path, kind: str) -> None:
    """XlsxWriter keeps a little of each row, so a workbook is limited to 100,000 rows."""
    peaks = []
    for count in (FEW, MANY):
        release_answers(
            sqlite_database, add_comments(make_random_answers(Random(count), count), HOSTILE_TEXTS * (count // 100))
        )
        write_export(sqlite_database, tmp_path / "first", kind).unlink()  # computes the release first
        tracemalloc.start()
        write_export(sqlite_database, tmp_path / f"{count}", kind)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < BYTES_PER_ROW * MANY
