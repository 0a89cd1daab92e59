"""A download is streamed: more rows take no more memory."""

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

FEW, MANY = 1_200, 4_800  # some hundreds are read at a time
FOR_A_ROW = 200  # bytes, a workbook's packed ones among them; a row that is held takes several times as many


@pytest.mark.parametrize("kind", ["package", "xlsx"])
def test_memory_hardly_grows_with_the_rows(sqlite_database: Database, tmp_path: Path, kind: str) -> None:
    """XlsxWriter keeps a little of each row: 100,000 of them are the most that a workbook takes."""
    most = []
    for many in (FEW, MANY):
        release_answers(
            sqlite_database, add_comments(make_random_answers(Random(many), many), HOSTILE_TEXTS * (many // 100))
        )
        write_export(sqlite_database, tmp_path / "first", kind).unlink()  # settles the release
        tracemalloc.start()
        write_export(sqlite_database, tmp_path / f"{many}", kind)
        most.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert most[1] - most[0] < FOR_A_ROW * MANY
