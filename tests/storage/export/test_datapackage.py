"""The package is a valid Data Package that explains itself, is safe in Excel, and is the same each time."""

import json
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from flows.text.redaction import CERTAIN_KINDS, redact_identifiers
from storage.anonymity.gateway import open_release_view
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database
from storage.export.tables import build_export
from tests.support.export_readers import read_fields, read_table, read_text
from tests.support.export_validators import validate_package
from tests.support.random_responses import (
    HOSTILE_TEXTS,
    RELEASE_SIZE,
    add_comments,
    make_random_answers,
    release_answers,
    write_export,
)
from tests.support.raw_sql import create_clinic_campaign, execute_sql

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


@pytest.fixture
def package(database: Database, tmp_path: Path) -> Path:
    release_answers(database, add_comments(make_random_answers(Random(3), 90), HOSTILE_TEXTS))
    return write_export(database, tmp_path / "general.zip")


def test_the_package_has_six_files_and_is_valid(package: Path) -> None:
    with ZipFile(package) as file:
        assert file.namelist() == [
            "datapackage.json",
            "README.txt",
            *(f"{name}.csv" for name in ("responses", "summary", "comments", "withheld")),
        ]
        assert all(file.read(name)[:3] == b"\xef\xbb\xbf" for name in file.namelist() if name.endswith(".csv"))
    assert validate_package(package) == []


def test_the_tables_equal_the_release_view(package: Path, database: Database) -> None:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert [tuple(row.values()) for row in read_table(package, "responses")] == list(campaign.iter_rows())
        expected = [(one.question, one.answer or "total", one.display_value) for one in campaign.count_answers()]
        expected_suppressions = [(one.column, one.reason, one.rows) for one in campaign.list_suppressed_columns()]
    exported = [
        (row["question"], row["answer"], row["in_words"] or row["count"]) for row in read_table(package, "summary")
    ]
    assert exported == expected
    reasons = [tuple(row.values()) for row in read_table(package, "withheld")]
    assert reasons == expected_suppressions
    questions = {one[0] for one in reasons if one[1] == "few_comments"}
    assert questions == {"confident_why", "connected_why", "anything_else"}


def test_scale_answers_are_labelled_numbers_and_missing_values_are_distinct(package: Path) -> None:
    fields = read_fields(package, "responses")
    assert {fields[name]["type"] for name in ("informed", "wider_support", "version", "release")} == {"integer"}
    labels = {one["value"]: one["label"] for one in fields["informed"]["categories"]}
    assert labels == {
        2: "Much better",
        1: "A bit better",
        0: "About the same",
        -1: "A bit worse",
        -2: "Lost in jargon and forms",
    }
    assert fields["informed"]["missingLabels"] == {
        "not_sure": "Not sure",
        "skipped": "Skipped",
        "not_asked": "Not asked",
        "*": "Withheld",
    }
    assert fields["informed"]["unit"] == "steps, from -2 (worst) to 2 (best)"
    assert fields["informed"]["description"].startswith("Since you have had this service, how well do you know")
    assert fields["informed"]["title"] == "Knowing"
    assert fields["role"]["missingValues"] == ["", "skipped", "not_asked", "*"]


def test_comments_cannot_start_a_formula_and_scale_answers_stay_numbers(package: Path) -> None:
    texts = [row["words"] for row in read_table(package, "comments")]
    redacted = [redact_identifiers(words, CERTAIN_KINDS) for words in HOSTILE_TEXTS]
    assert sorted(texts) == sorted(f"'{words}" if words.startswith(FORMULA_STARTS) else words for words in redacted)
    cells = [
        cell
        for name in ("responses", "summary", "comments", "withheld")
        for row in read_table(package, name)
        for cell in row.values()
    ]
    assert {cell for cell in cells if cell.startswith(FORMULA_STARTS)} <= {"-1", "-2"}
    assert "-2" in {row["informed"] for row in read_table(package, "responses")}


def test_the_readme_explains_the_package_and_its_source(package: Path) -> None:
    text = read_text(package, "README.txt")
    assert text.startswith("The connection test: answers in “general”, release 1\n")
    for texts in (
        "not_sure",
        "skipped",
        "not_asked",
        "withheld",
        f"at least {RELEASE_SIZE} rows are alike",
        f"if there are {RELEASE_SIZE} or more",
        f"at least {RELEASE_SIZE} more responses",
        "informed (“Knowing”): Since you have had this service",
        "what stands there, even nothing, is not shown",
        "people who agree with each other are missing from just that question",
        "“total” stands among the answers",
        "A bit worse",
        "2 = Much better",
    ):
        assert texts in text
    assert not [texts for texts in ("skipped = ", "not_asked = ", "* = ", "passes the test") if texts in text]
    fields = json.loads(read_text(package, "datapackage.json"))
    assert fields["licenses"][0]["name"] == "CC-BY-4.0"
    assert fields["sources"][0]["title"].startswith("The connection test, version 1")
    assert fields["name"] == "general-release-1"


@pytest.mark.parametrize("size", [RELEASE_SIZE - 1, RELEASE_SIZE + 15])
def test_a_changed_release_size_is_stated_for_future_releases_only(
    package: Path, database: Database, tmp_path: Path, size: int
) -> None:
    later = write_export(database, tmp_path / "later.zip", release_size=size)
    text = read_text(later, "README.txt")
    for texts in (
        f"at least {RELEASE_SIZE} rows are alike",
        f"if there are {RELEASE_SIZE} or more",
        f"at least {size} more responses",
    ):
        assert texts in text
    for name in ("responses", "summary", "comments", "withheld"):
        assert read_table(later, name) == read_table(package, name)


def test_the_same_release_gives_the_same_bytes(package: Path, database: Database, tmp_path: Path) -> None:
    repeated = write_export(database, tmp_path / "again.zip")
    assert repeated.read_bytes() == package.read_bytes()


def test_a_summary_of_under_fifty_answers_is_in_words(sqlite_database: Database, tmp_path: Path) -> None:
    release_answers(sqlite_database, make_random_answers(Random(3), 20))
    package = write_export(sqlite_database, tmp_path / "general.zip")
    summary = [row for row in read_table(package, "summary") if row["question"] == "informed"]
    assert {row["count"] for row in summary} == {"*"}
    assert {row["in_words"] for row in summary} <= {"", "most", "about_half", "some"}
    assert validate_package(package) == []


@pytest.mark.parametrize(
    ("about", "asker", "title"),
    [
        ("The Willow", "Leeds carers", "answers about “The Willow” to “Leeds carers”"),
        ("The Willow", "", "answers about “The Willow”"),
        ("", "Leeds carers", "answers to “Leeds carers”"),
        ("", "", "answers in “clinic”"),
    ],
)
def test_the_title_names_the_campaign_s_subject_and_asker(
    sqlite_database: Database, about: str, asker: str, title: str
) -> None:
    """It does not contain the code with which people respond."""
    create_clinic_campaign(sqlite_database)
    execute_sql(sqlite_database, "update campaigns set about = ?, asker = ? where code = 'clinic'", about, asker)
    with open_release_view(sqlite_database, "clinic", RELEASE_SIZE) as one:
        assert build_export(one).title == f"The connection test: {title}, release 0"
