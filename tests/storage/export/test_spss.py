"""A file for SPSS: the rows, labelled; what is no answer is left out of means and can still be told apart."""

import sys
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


def test_it_holds_the_same_rows_as_the_package(sav: Path, sqlite_database: Database, tmp_path: Path) -> None:
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


def test_means_are_of_points_alone(sav: Path, sqlite_database: Database, tmp_path: Path) -> None:
    frame, _ = pyreadstat.read_sav(sav)
    rows = read_with_pandas(write_export(sqlite_database, tmp_path / "general.zip"))
    place = list(frame.columns).index("informed")
    points = [row[place] for row in rows if isinstance(row[place], int)]
    assert 0 < len(points) < len(rows)
    assert sorted(frame["informed"].dropna()) == sorted(points)


def test_withheld_is_a_value_of_the_language(sav: Path, sqlite_database: Database, tmp_path: Path) -> None:
    frame, meta = pyreadstat.read_sav(sav, apply_value_formats=True)
    place = list(frame.columns).index("language")
    rows = read_with_pandas(write_export(sqlite_database, tmp_path / "general.zip"))
    assert "Withheld" in set(frame["language"])
    assert list(frame["language"]) == [row[place] for row in rows]
    _, meta = pyreadstat.read_sav(sav, user_missing=True)
    assert set(meta.column_names) - set(meta.missing_ranges) == {"language"}


def test_without_pyreadstat_one_sentence_says_how_to_get_it(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release_answers(sqlite_database, make_random_answers(Random(3), 20))
    monkeypatch.setitem(sys.modules, "pyreadstat", None)
    with pytest.raises(ExportError, match=r"pip install 'connection-test-bot\[sav\]'"):
        write_export(sqlite_database, tmp_path / "general.sav", "sav")
    assert not [one.name for one in tmp_path.iterdir() if not one.name.startswith("bot.")]
