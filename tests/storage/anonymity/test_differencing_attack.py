"""An attacker holds every download of a campaign, made after every response that joins or leaves."""

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
from tests.support.short_form import choose_size
from tests.support.sqlite import create_migrated_file

K = 5
POINTS = ["2", "1", "0", "-1", "-2", "not_sure", None]
SCALES = list_scale_questions(load_walk().flow)
CHANGES = st.lists(st.integers(0, 999), min_size=30, max_size=70)
EXAMPLES = 500 if os.environ.get("HYPOTHESIS_PROFILE") == "long" else choose_size(8, 2)
MANY_STEPS = settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow])


def answers_of(person: int) -> dict[str, str | None]:
    """Answers that are unique to this person, and details that some people share."""
    points = Random(person).choices(POINTS, k=len(SCALES))
    quasi_identifiers = {
        "role": ["family_carer", "family_carer", "neighbour"][person % 3],
        "viewpoint": ["myself", "family"][person % 2],
    }
    return quasi_identifiers | dict(zip(SCALES, points, strict=True))


@dataclass
class Download:
    """A download: its release and tables."""

    release: int
    responses: list[Row]
    summary: list[Row]
    suppressed: list[Row]
    comments: Counter[str]


@dataclass
class Campaign:
    """People join and leave; a download is made after each change."""

    database: Database
    folder: Path
    members: list[int] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)

    def change(self, number: int, change: int) -> None:
        """A person joins or, one time in three, leaves; then due responses are released."""
        if change % 3 == 0 and self.members:
            leaver = self.members.pop(change % len(self.members))
            with self.database.transaction() as session:
                withdraw_response(session, leaver, f"receipt of {leaver}")
        else:
            self.members.append(number)
            answers = answers_of(number) | {"informed_why": f"words of {number}"}
            with self.database.transaction() as session:
                seal_response(session, Run("", "connection_test", 1, "en"), number, answers, f"receipt of {number}")
        release_due_responses(self.database, K)
        self.take()

    def take(self) -> None:
        try:
            package = write_export(self.database, self.folder / "general.zip", release_size=K)
        except ExportError:
            return
        [(release,)] = fetch_rows(self.database, "select release_count from campaigns")
        suppressed = [row for row in read_table(package, "withheld") if row["reason"] != "few_comments"]
        comment_counts = Counter(row["words"] for row in read_table(package, "comments"))
        self.downloads.append(
            Download(
                release, read_table(package, "responses"), read_table(package, "summary"), suppressed, comment_counts
            )
        )
        package.unlink()


def download_after(changes: list[int]) -> list[Download]:
    """All downloads made during these changes."""
    with TemporaryDirectory() as folder:
        database = open_database(create_migrated_file(Path(folder) / "bot.db"), TEST_SECRET_KEY)
        campaign = Campaign(database, Path(folder))
        for number, change in enumerate(changes):
            campaign.change(number, change)
        database.close()
    return campaign.downloads


def may_be(row: Row, before: Row) -> bool:
    """Whether `row` may be the response shown before as `before`, by its answers and release.

    It may hide more since others have left, but never less.
    """
    return row["release"] == before["release"] and all(row[one] in {before[one], "*"} for one in SCALES)


@MANY_STEPS
@given(CHANGES)
def test_downloads_of_one_release_are_identical_whoever_leaves(changes: list[int]) -> None:
    """Not even in the order of rows, which could reveal who left. Only withdrawn comments disappear, at once."""
    for one, other in pairwise(download_after(changes)):
        if one.release == other.release:
            assert one.responses == other.responses
            assert one.summary == other.summary
            assert one.suppressed == other.suppressed
            assert other.comments <= one.comments


@MANY_STEPS
@given(CHANGES)
def test_between_releases_at_least_k_alike_rows_are_new(changes: list[int]) -> None:
    downloads = download_after(changes)
    for one, other in combinations({download.release: download for download in downloads}.values(), 2):
        new = Counter(
            quasi_identifiers(row)
            for row in other.responses
            if not any(may_be(row, before) for before in one.responses)
        )
        assert min(new.values(), default=K) >= K, "each new row looks like enough other new rows"
    for download in downloads:
        assert min(Counter(quasi_identifiers(row) for row in download.responses).values(), default=K) >= K


def quasi_identifiers(row: Row) -> tuple[str, ...]:
    """The quasi-identifiers of a row."""
    return tuple(row[name] for name in QUASI_IDENTIFIERS)
