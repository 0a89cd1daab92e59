"""A verdict uses only what may be shown, and is never wrong."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.graphics.model import (
    MAX_COUNT_ADJUSTMENT,
    MAX_ROUNDING_ERROR,
    MAX_WITHHELD_COUNT,
    SHARE_RANGES,
    WITHHELD_CELL,
    QuestionTally,
    build_tally,
    decide_overall_verdict,
    decide_verdict,
)
from storage.anonymity import rounding
from tests.support.graphics_samples import NUMERIC_RESULTS, WORDED_RESULTS

ANSWERS = ("2", "1", "0", "-1", "-2", "not_sure", "skipped")
FEW, MANY = (st.fixed_dictionaries({answer: st.integers(0, most) for answer in ANSWERS}) for most in (12, 60))


@settings(max_examples=500, deadline=None)
@given(st.one_of(FEW, MANY))
def test_a_verdict_holds_for_the_true_counts(true: dict[str, int]) -> None:
    shown = build_tally("Coping", rounding.protect_counts(true, 10), is_in_test=True)
    above, below = true["1"] + true["2"], true["-1"] + true["-2"]
    assert {"passed": above > below, "failed": below > above, "unsaid": True}[decide_verdict(shown)]


def test_constants_match_those_of_the_rounding_module() -> None:
    assert (WITHHELD_CELL, MAX_WITHHELD_COUNT, MAX_ROUNDING_ERROR, MAX_COUNT_ADJUSTMENT) == (
        rounding.WITHHELD,
        rounding.MAX_WITHHELD_COUNT,
        rounding.MAX_ROUNDING_ERROR,
        rounding.ROUNDING_BASE,
    )
    half, most = rounding.MIN_HALF_SHARE, rounding.MIN_MOST_SHARE
    assert {
        rounding.SHARE_MOST: (most, 1),
        rounding.SHARE_ABOUT_HALF: (half, most),
        rounding.SHARE_SOME: (0, half),
    } == SHARE_RANGES


def test_each_answer_goes_to_its_cell() -> None:
    cells = dict(zip(ANSWERS, ("10", "15", "20", "25", "30", "35", "40"), strict=True))
    read = build_tally("Coping", {"": "175", **cells}, is_in_test=True)
    assert (read.total, read.score_cells) == ("175", ("30", "25", "20", "15", "10"))
    assert (read.not_sure, read.skipped) == ("35", "40")


@pytest.mark.parametrize("cell", ["12%", "all", "", "-5", "٣"])
def test_other_cells_are_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="A cell must be a number"):
        QuestionTally("Coping", True, "55", (cell, "*", "*", "*", "*"))


def test_sample_questions_have_the_expected_verdicts() -> None:
    assert [decide_verdict(one) for one in NUMERIC_RESULTS.questions[:3]] == ["passed", "failed", "unsaid"]
    assert [decide_verdict(one) for one in WORDED_RESULTS.questions] == ["passed", "failed", "unsaid"]


def test_the_overall_verdict_is_passed_only_if_every_question_passes() -> None:
    passed, failed, unsaid = NUMERIC_RESULTS.questions[:3]
    assert decide_overall_verdict((passed, passed)) == "passed"
    assert decide_overall_verdict((passed, failed, unsaid)) == "failed"
    assert decide_overall_verdict((passed, unsaid)) == "unsaid"
    assert decide_overall_verdict(NUMERIC_RESULTS.questions[3:]) is None


def test_results_can_be_pickled() -> None:
    assert pickle.loads(pickle.dumps(NUMERIC_RESULTS)) == NUMERIC_RESULTS
