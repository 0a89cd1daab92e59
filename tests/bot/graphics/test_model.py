"""A verdict uses only what may be shown, and is never wrong."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.graphics.model import QuestionTally, build_tally, decide_overall_verdict, decide_verdict
from flows.scale import MAX_POINTS, MIN_POINTS, list_points
from storage.anonymity import rounding
from tests.support.graphics_samples import NUMERIC_RESULTS, WORDED_RESULTS

ANSWERS = ("2", "1", "0", "-1", "-2", "not_sure", "skipped")


def true_counts(point_count: int, most: int) -> st.SearchStrategy[dict[str, int]]:
    answers = (*map(str, list_points(point_count)), "not_sure", "skipped")
    return st.fixed_dictionaries({answer: st.integers(0, most) for answer in answers})


SCALES = st.integers(MIN_POINTS, MAX_POINTS)
COUNTS = st.tuples(SCALES, st.sampled_from([12, 60])).flatmap(lambda drawn: true_counts(*drawn))


@settings(max_examples=500, deadline=None)
@given(COUNTS)
def test_a_verdict_holds_for_the_true_counts(true: dict[str, int]) -> None:
    shown = build_tally("Coping", len(true) - 2, rounding.protect_counts(true, 10), is_in_test=True)
    above, below = (sum(true[str(point)] for point in shown.points if sign * point > 0) for sign in (1, -1))
    assert {"passed": above > below, "failed": below > above, "undecided": True}[decide_verdict(shown)]


def test_each_answer_goes_to_its_cell() -> None:
    cells = dict(zip(ANSWERS, ("10", "15", "20", "25", "30", "35", "40"), strict=True))
    read = build_tally("Coping", 5, {"": "175", **cells}, is_in_test=True)
    assert (read.total, read.point_cells) == ("175", ("30", "25", "20", "15", "10"))
    assert (read.not_sure, read.skipped) == ("35", "40")


@pytest.mark.parametrize("cell", ["12%", "all", "", "-5", "٣"])
def test_other_cells_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="A cell must be a number"):
        QuestionTally("Coping", True, "55", (cell, "*", "*", "*", "*"))


def test_sample_questions_have_the_expected_verdicts() -> None:
    assert [decide_verdict(one) for one in NUMERIC_RESULTS.questions[:3]] == ["passed", "failed", "undecided"]
    assert [decide_verdict(one) for one in WORDED_RESULTS.questions] == ["passed", "failed", "undecided"]


def test_the_overall_verdict_is_passed_only_if_every_question_passes() -> None:
    passed, failed, undecided = NUMERIC_RESULTS.questions[:3]
    assert decide_overall_verdict((passed, passed)) == "passed"
    assert decide_overall_verdict((passed, failed, undecided)) == "failed"
    assert decide_overall_verdict((passed, undecided)) == "undecided"
    assert decide_overall_verdict(NUMERIC_RESULTS.questions[3:]) is None


def test_results_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(NUMERIC_RESULTS)) == NUMERIC_RESULTS
