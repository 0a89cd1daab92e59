"""An attacker holds every summary of a campaign, and solves for the suppressed counts over all of them at once."""

from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from scipy.optimize import linprog
from scipy.sparse import coo_array

from flows.disclosure_control import MAX_SUPPRESSED_COUNT
from storage.anonymity.gateway import open_release_view
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database, open_database
from tests.support.export_readers import Row, read_table
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.random_responses import (
    RELEASE_SIZE,
    StoredAnswers,
    make_random_answers,
    release_answers,
    write_export,
)
from tests.support.short_form import choose_size
from tests.support.sqlite import create_migrated_file

ALWAYS_ASKED = ("informed", "confident", "connected")
Key = tuple[object, ...]


@dataclass
class Solver:
    """Bounds and sums on each count: the attacker knows the rules, and that nobody left."""

    bounds: dict[Key, tuple[int, float]] = field(default_factory=dict)
    maxima: list[tuple[dict[Key, int], int]] = field(default_factory=list)  # (terms of a sum, its maximum)

    def read(self, number: int, summary: list[Row], untold_counts: dict[str, int]) -> None:
        """Adds one release's summary, and how many responses of each question are in its total only, which the rows
        reveal.
        """
        for question in {row["question"] for row in summary}:
            cells_shown = {row["answer"]: row["count"] for row in summary if row["question"] == question}
            total = cells_shown.pop("total")
            if total != "*":
                self._read_question(number, question, cells_shown, int(total), untold_counts[question])

    def _read_question(self, number: int, question: str, cells_shown: dict[str, str], total: int, untold: int) -> None:
        whole = (number, "all") if question in ALWAYS_ASKED else (number, question)
        self.bounds[whole] = (max(50, total - 2), total + 2)
        cells = {(number, question, answer): count for answer, count in cells_shown.items()}
        for cell, count in cells.items():
            self.bounds[cell] = (0, 7) if count == "*" else (int(count) - 2, int(count) + 2)
        self.bounds[number, question, "untold"] = (untold, untold)
        self._equal(dict.fromkeys(cells, 1) | {whole: -1, (number, question, "untold"): 1})

    def _equal(self, terms: dict[Key, int]) -> None:
        self.maxima += [(terms, 0), ({one: -factor for one, factor in terms.items()}, 0)]

    def assume_nobody_left(self) -> None:
        """Adds that each count is at least what it was before, and that the total grew by k or more."""
        for key in list(self.bounds):
            earlier = (int(str(key[0])) - 1, *key[1:])
            if earlier in self.bounds:
                self.maxima.append(({earlier: 1, key: -1}, -RELEASE_SIZE if key[1:] == ("all",) else 0))

    def compute_range(self, wanted: Key) -> float:
        """The difference between the largest and the smallest possible value of a count."""
        place = {key: number for number, key in enumerate(self.bounds)}
        terms = [(row, place[key], by) for row, (of, _) in enumerate(self.maxima) for key, by in of.items()]
        rows, columns, factors = zip(*terms, strict=True)
        sums = coo_array((factors, (rows, columns)), shape=(len(self.maxima), len(place)))
        objective = [float(key == wanted) for key in place]
        found = [
            linprog(
                [sign * one for one in objective],
                sums,
                [most for _, most in self.maxima],
                bounds=[*self.bounds.values()],
            )
            for sign in (1, -1)
        ]
        assert all(one.success for one in found)
        return float(-found[0].fun - found[1].fun)


def solve(batches: list[list[StoredAnswers]]) -> Solver:
    """What an attacker knows who holds the summary of each of these releases."""
    solver, summaries = Solver(), list[list[Row]]()
    with TemporaryDirectory() as folder:
        database = open_database(create_migrated_file(Path(folder) / "bot.db"), TEST_SECRET_KEY)
        for number, batch in enumerate(batches):
            release_answers(database, batch)
            summary = read_table(write_export(database, Path(folder) / f"{number}.zip"), "summary")
            if summary not in summaries[-1:]:  # unchanged if no period was over
                summaries.append(summary)
                solver.read(len(summaries), summary, count_untold(database))
        database.close()
    solver.assume_nobody_left()
    return solver


def count_untold(database: Database) -> dict[str, int]:
    """How many responses of each question are in its total only, as an attacker with the rows knows."""
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        left, groups = dict.fromkeys(campaign.scale_questions, 0), campaign._tallies  # noqa: SLF001
        for details, cells_shown in campaign._plan.suppressed_counts.items():  # noqa: SLF001
            for question, shown_counts in cells_shown.items():
                answers = groups[details].answers[question]
                left[question] += answers.total() - answers["not_asked"] - shown_counts.total()
    return left


def find_determined_counts(solver: Solver, most: int = 40) -> list[Key]:
    """The suppressed counts, of a sample, that have only one possible value."""
    suppressed = [key for key, bounds in solver.bounds.items() if bounds[0] < bounds[1] == MAX_SUPPRESSED_COUNT]
    assert suppressed
    sample = Random(1).sample(suppressed, min(most, len(suppressed)))
    return [key for key in sample if solver.compute_range(key) < 1 - 1e-6]


@pytest.mark.parametrize("seed", range(choose_size(4, 1)))
def test_no_suppressed_count_can_be_determined_over_all_releases(seed: int) -> None:
    people = make_random_answers(Random(seed), 150)
    assert find_determined_counts(solve([people[start : start + 30] for start in range(0, 150, 30)])) == []


def test_no_suppressed_count_can_be_determined_at_tight_totals() -> None:
    people = make_random_answers(Random(1), 52)
    for number, person in enumerate(people):
        person["informed"] = ["2", "1", "0", "-1"][number % 4]  # 13 each
    assert find_determined_counts(solve([people]), most=1_000) == []
