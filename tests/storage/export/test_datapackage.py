"""A package: a valid Data Package that explains itself, opens in Excel, and is the same each time."""

import json
from pathlib import Path
from random import Random
from zipfile import ZipFile

import pytest

from flows.text.redaction import SURE, scrubbed
from storage.anonymity.gateway import opened
from storage.campaigns.repository import GENERAL
from storage.db.database import Database
from storage.export.tables import download_of
from tests.support.export_readers import fields, table, text_of
from tests.support.export_validators import faults
from tests.support.random_responses import NASTY, K, crowd, release, with_words, written
from tests.support.raw_sql import change, open_clinic

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")


@pytest.fixture
def package(database: Database, tmp_path: Path) -> Path:
    release(database, with_words(crowd(Random(3), 90), NASTY))
    return written(database, tmp_path / "general.zip")


def test_it_holds_the_six_files_and_is_valid(package: Path) -> None:
    with ZipFile(package) as file:
        assert file.namelist() == [
            "datapackage.json",
            "README.txt",
            *(f"{name}.csv" for name in ("responses", "summary", "comments", "withheld")),
        ]
        assert all(file.read(name)[:3] == b"\xef\xbb\xbf" for name in file.namelist() if name.endswith(".csv"))
    assert faults(package) == []


def test_the_rows_are_the_gate_s(package: Path, database: Database) -> None:
    with opened(database, GENERAL, K) as campaign:
        assert [tuple(row.values()) for row in table(package, "responses")] == list(campaign.rows())
        counted = [(one.question, one.answer or "total", one.shown) for one in campaign.counts()]
        masked = [(one.column, one.reason, one.rows) for one in campaign.withheld()]
    told = [(row["question"], row["answer"], row["in_words"] or row["count"]) for row in table(package, "summary")]
    assert told == counted
    reasons = [tuple(row.values()) for row in table(package, "withheld")]
    assert reasons == masked
    questions = {one[0] for one in reasons if one[1] == "few_comments"}
    assert questions == {"confident_why", "connected_why", "anything_else"}


def test_steps_are_typed_as_numbers_and_labelled_and_the_four_that_are_none_stay_apart(package: Path) -> None:
    described = fields(package, "responses")
    assert {described[name]["type"] for name in ("informed", "wider_support", "version", "release")} == {"integer"}
    steps = {one["value"]: one["label"] for one in described["informed"]["categories"]}
    assert steps == {
        2: "Much better",
        1: "A bit better",
        0: "About the same",
        -1: "A bit worse",
        -2: "Lost in jargon and forms",
    }
    assert described["informed"]["missingLabels"] == {
        "not_sure": "Not sure",
        "skipped": "Skipped",
        "not_asked": "Not asked",
        "*": "Withheld",
    }
    assert described["informed"]["unit"] == "steps, from -2 (worst) to 2 (best)"
    assert described["informed"]["description"].startswith("Since you have had this service, how well do you know")
    assert described["informed"]["title"] == "Knowing"
    assert described["role"]["missingValues"] == ["", "skipped", "not_asked", "*"]


def test_what_people_wrote_can_start_no_formula_and_steps_stay_numbers(package: Path) -> None:
    said = [row["words"] for row in table(package, "comments")]
    kept = [scrubbed(words, SURE) for words in NASTY]
    assert sorted(said) == sorted(f"'{words}" if words.startswith(STARTS) else words for words in kept)
    cells = [
        cell
        for name in ("responses", "summary", "comments", "withheld")
        for row in table(package, name)
        for cell in row.values()
    ]
    assert {cell for cell in cells if cell.startswith(STARTS)} <= {"-1", "-2"}
    assert "-2" in {row["informed"] for row in table(package, "responses")}


def test_it_says_how_to_read_it_and_where_it_comes_from(package: Path) -> None:
    text = text_of(package, "README.txt")
    assert text.startswith("The connection test: answers in “general”, release 1\n")
    for said in (
        "not_sure",
        "skipped",
        "not_asked",
        "withheld",
        f"at least {K} rows are alike",
        f"if there are {K} or more",
        f"at least {K} more responses",
        "informed (“Knowing”): Since you have had this service",
        "what stands there, even nothing, is not shown",
        "people who agree with each other are missing from just that question",
        "“total” stands among the answers",
        "A bit worse",
        "2 = Much better",
    ):
        assert said in text
    assert not [said for said in ("skipped = ", "not_asked = ", "* = ", "passes the test") if said in text]
    described = json.loads(text_of(package, "datapackage.json"))
    assert described["licenses"][0]["name"] == "CC-BY-4.0"
    assert described["sources"][0]["title"].startswith("The connection test, version 1")
    assert described["name"] == "general-release-1"


@pytest.mark.parametrize("size", [K - 1, K + 15])
def test_a_size_that_was_changed_since_is_said_of_what_comes_and_not_of_what_is_shown(
    package: Path, database: Database, tmp_path: Path, size: int
) -> None:
    later = written(database, tmp_path / "later.zip", k=size)
    text = text_of(later, "README.txt")
    for said in (f"at least {K} rows are alike", f"if there are {K} or more", f"at least {size} more responses"):
        assert said in text
    for name in ("responses", "summary", "comments", "withheld"):
        assert table(later, name) == table(package, name)


def test_the_same_release_gives_the_same_bytes(package: Path, database: Database, tmp_path: Path) -> None:
    again = written(database, tmp_path / "again.zip")
    assert again.read_bytes() == package.read_bytes()


def test_under_fifty_answers_the_summary_says_it_in_words(on_file: Database, tmp_path: Path) -> None:
    release(on_file, crowd(Random(3), 20))
    package = written(on_file, tmp_path / "general.zip")
    summary = [row for row in table(package, "summary") if row["question"] == "informed"]
    assert {row["count"] for row in summary} == {"*"}
    assert {row["in_words"] for row in summary} <= {"", "most", "about_half", "some"}
    assert faults(package) == []


@pytest.mark.parametrize(
    ("about", "asker", "title"),
    [
        ("The Willow", "Leeds carers", "answers about “The Willow” to “Leeds carers”"),
        ("The Willow", "", "answers about “The Willow”"),
        ("", "Leeds carers", "answers to “Leeds carers”"),
        ("", "", "answers in “clinic”"),
    ],
)
def test_a_campaign_s_download_says_what_it_is_about(on_file: Database, about: str, asker: str, title: str) -> None:
    """And not the code by which anybody answers."""
    open_clinic(on_file)
    change(on_file, "update campaigns set about = ?, asker = ? where code = 'clinic'", about, asker)
    with opened(on_file, "clinic", K) as one:
        assert download_of(one).title == f"The connection test: {title}, release 0"
