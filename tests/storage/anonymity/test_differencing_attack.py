"""Somebody holds every download of a campaign, taken after every single response that joins or leaves."""

import os
from collections import Counter
from dataclasses import dataclass, field
from itertools import combinations, pairwise
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.loader import load_walk
from flows.models import Run
from storage.anonymity.releases import release_due_responses
from storage.anonymity.row_decoding import list_scale_questions
from storage.anonymity.sealing import seal_response
from storage.anonymity.withdrawal import withdraw_response
from storage.db.database import Database, open_database
from storage.errors import ExportError
from tests.support.export_readers import Row, read_table
from tests.support.export_validators import QUASI_IDENTIFIERS
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.random_responses import write_export
from tests.support.raw_sql import fetch_rows
from tests.support.sqlite import create_migrated_file

K = 5
POINTS = ["2", "1", "0", "-1", "-2", "not_sure", None]
SCALES = list_scale_questions(load_walk().flow)
ACTS = st.lists(st.integers(0, 999), min_size=30, max_size=70)
EXAMPLES = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else 8
MANY_STEPS = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


def answers_of(person: int) -> dict[str, str | None]:
    """Answers that nobody else gives, and details that some share."""
    points = Random(person).choices(POINTS, k=len(SCALES))
    told = {
        "role": ["family_carer", "family_carer", "neighbour"][person % 3],
        "viewpoint": ["myself", "family"][person % 2],
    }
    return told | dict(zip(SCALES, points, strict=True))


@dataclass
class Held:
    """A download: of which release, and its tables."""

    release: int
    responses: list[Row]
    summary: list[Row]
    suppressed: list[Row]
    comments: Counter[str]


@dataclass
class Campaign:
    """People come and go; after each of them a download is taken."""

    database: Database
    folder: Path
    inside: list[int] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)

    def act(self, number: int, act: int) -> None:
        """Somebody joins, or (one in three) leaves; what is due is released."""
        if act % 3 == 0 and self.inside:
            gone = self.inside.pop(act % len(self.inside))
            with self.database.transaction() as session:
                withdraw_response(session, gone, f"receipt of {gone}")
        else:
            self.inside.append(number)
            given = answers_of(number) | {"informed_why": f"words of {number}"}
            with self.database.transaction() as session:
                seal_response(session, Run("", "connection_test", 1, "en"), number, given, f"receipt of {number}")
        release_due_responses(self.database, K)
        self.take()

    def take(self) -> None:
        try:
            package = write_export(self.database, self.folder / "general.zip", release_size=K)
        except ExportError:
            return
        [(release,)] = fetch_rows(self.database, "select release_count from campaigns")
        suppressed = [row for row in read_table(package, "withheld") if row["reason"] != "few_comments"]
        said = Counter(row["words"] for row in read_table(package, "comments"))
        self.held.append(
            Held(release, read_table(package, "responses"), read_table(package, "summary"), suppressed, said)
        )
        package.unlink()


def after(acts: list[int]) -> list[Held]:
    """All that somebody holds after these."""
    with TemporaryDirectory() as folder:
        database = open_database(create_migrated_file(Path(folder) / "bot.db"), TEST_SECRET_KEY)
        campaign = Campaign(database, Path(folder))
        for number, act in enumerate(acts):
            campaign.act(number, act)
        database.close()
    return campaign.held


def may_be(row: Row, before: Row) -> bool:
    """Whether this may be the response that was shown before, as its answers and its period tell it from all others.
    It may hide more, since others have left; never less.
    """
    return row["release"] == before["release"] and all(row[one] in {before[one], "*"} for one in SCALES)


@MANY_STEPS
@given(ACTS)
def test_within_a_release_no_download_differs_whoever_leaves(acts: list[int]) -> None:
    """To the order of the rows: who left must not be told by a place. Words are gone at once, and only they."""
    for one, other in pairwise(after(acts)):
        if one.release == other.release:
            assert one.responses == other.responses
            assert one.summary == other.summary
            assert one.suppressed == other.suppressed
            assert other.comments <= one.comments


@MANY_STEPS
@given(ACTS)
def test_between_two_releases_enough_rows_are_new_and_no_single_one_is_told(acts: list[int]) -> None:
    held = after(acts)
    for one, other in combinations({download.release: download for download in held}.values(), 2):
        new = Counter(told(row) for row in other.responses if not any(may_be(row, before) for before in one.responses))
        assert min(new.values(), default=K) >= K, "of the rows that are new, enough look like any of them"
    for download in held:
        assert min(Counter(told(row) for row in download.responses).values(), default=K) >= K


def told(row: Row) -> tuple[str, ...]:
    """What tells people apart in a row."""
    return tuple(row[name] for name in QUASI_IDENTIFIERS)
