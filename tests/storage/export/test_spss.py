"""The SPSS file: labelled rows, with missing values that are excluded from means and still distinct."""

import sys
from datetime import datetime
from pathlib import Path
from random import Random

import pyreadstat
import pytest

from storage.db.database import Database
from storage.errors import ExportError
from tests.support.export_readers import read_with_pandas, read_with_pyreadstat
from tests.support.random_responses import make_random_answers, release_answers, write_export


@pytest.fixture
def sav(sqlite_database: Database, tmp_path: Path) -> Path:
    release_answers(sqlite_database, make_random_answers(Random(3), 90))
    return write_export(sqlite_database, tmp_path / "general.sav", "sav")


def test_the_file_has_the_same_rows_as_the_package(sav: Path, sqlite_database: Database, tmp_path: Path) -> None:
    assert read_with_pyreadstat(sav) == read_with_pandas(write_export(sqlite_database, tmp_path / "general.zip"))


def test_questions_and_codes_have_labels(sav: Path) -> None:
    _, meta = pyreadstat.read_sav(sav, metadataonly=True)
    assert meta.column_names_to_labels["role"] == "Who are you?"
    assert meta.variable_value_labels["role"][1] == "I look after family or a friend"
    assert meta.variable_value_labels["informed"] == {
        2: "Much better",
        1: "A bit better",
        0: "About the same",
        -1: "A bit worse",
        -2: "Lost in jargon and forms",
        -6: "Not sure",
        -7: "Skipped",
        -8: "Not asked",
        -9: "Withheld",
    }
    assert (meta.variable_measure["informed"], meta.variable_measure["role"]) == ("ordinal", "nominal")
    assert meta.file_label == "The connection test: answers in “general”, release 1"


def test_means_include_only_scale_answers(sav: Path, sqlite_database: Database, tmp_path: Path) -> None:
    frame, _ = pyreadstat.read_sav(sav)
    rows = read_with_pandas(write_export(sqlite_database, tmp_path / "general.zip"))
    column = list(frame.columns).index("informed")
    scale_answers = [row[column] for row in rows if isinstance(row[column], int)]
    assert 0 < len(scale_answers) < len(rows)
    assert sorted(frame["informed"].dropna()) == sorted(scale_answers)


def test_withheld_is_a_value_of_the_language_column(sav: Path, sqlite_database: Database, tmp_path: Path) -> None:
    frame, meta = pyreadstat.read_sav(sav, apply_value_formats=True)
    column = list(frame.columns).index("language")
    rows = read_with_pandas(write_export(sqlite_database, tmp_path / "general.zip"))
    assert "Withheld" in set(frame["language"])
    assert list(frame["language"]) == [row[column] for row in rows]
    _, meta = pyreadstat.read_sav(sav, user_missing=True)
    assert set(meta.column_names) - set(meta.missing_ranges) == {"language"}


def test_the_file_does_not_say_when_it_was_written(sav: Path) -> None:
    """By the header, and by what another program reads from it."""
    assert sav.read_bytes()[92:109] == b"01 Jan 7000:00:00"
    _, metadata = pyreadstat.read_sav(sav, metadataonly=True)
    assert metadata.creation_time == datetime(1970, 1, 1)  # noqa: DTZ001 - SPSS knows no time zones


def test_a_missing_pyreadstat_is_reported_with_the_fix(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(3), 20))
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(ExportError, match=r"pip install 'connection-test-bot\[sav\]'"):
        write_export(sqlite_database, tmp_path / "general.sav", "sav")
    assert not [one.name for one in tmp_path.iterdir() if not one.name.startswith("bot.")]
