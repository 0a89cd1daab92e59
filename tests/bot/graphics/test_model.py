"""What is said of a question never says more than what may be shown, and is never wrong."""

import pickle

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.graphics.model import OFF, WITHHELD, WITHHELD_UP_TO, WORDS, Tally, tally, verdict, verdict_of_all
from storage.anonymity import rounding
from tests.support.graphics_samples import IN_WORDS, NUMBERS

ANSWERS = ("2", "1", "0", "-1", "-2", "not_sure", "skipped")
FEW, MANY = (st.fixed_dictionaries({answer: st.integers(0, most) for answer in ANSWERS}) for most in (12, 60))


@settings(max_examples=500, deadline=None)
@given(st.one_of(FEW, MANY))
def test_a_verdict_holds_for_the_true_counts(true: dict[str, int]) -> None:
    shown = tally("Coping", rounding.table(true, 10), in_test=True)
    above, below = true["1"] + true["2"], true["-1"] + true["-2"]
    assert {"passed": above > below, "failed": below > above, "unsaid": True}[verdict(shown)]


def test_what_the_gate_shows_is_what_is_read_here() -> None:
    assert (WITHHELD, WITHHELD_UP_TO, OFF) == (rounding.WITHHELD, rounding.WITHHELD_UP_TO, rounding.OFF)
    half, most = rounding.HALF_FROM, rounding.MOST_FROM
    assert {rounding.MOST: (most, 1), rounding.ABOUT_HALF: (half, most), rounding.SOME: (0, half)} == WORDS


def test_each_answer_finds_its_place() -> None:
    cells = dict(zip(ANSWERS, ("10", "15", "20", "25", "30", "35", "40"), strict=True))
    read = tally("Coping", {"": "175", **cells}, in_test=True)
    assert (read.total, read.steps) == ("175", ("30", "25", "20", "15", "10"))
    assert (read.not_sure, read.skipped) == ("35", "40")


@pytest.mark.parametrize("cell", ["12%", "all", "", "-5", "٣"])
def test_what_may_not_be_shown_is_refused(cell: str) -> None:
    with pytest.raises(ValueError, match="What is shown is a number"):
        Tally("Coping", True, "55", (cell, "*", "*", "*", "*"))


def test_verdicts() -> None:
    assert [verdict(one) for one in NUMBERS.questions[:3]] == ["passed", "failed", "unsaid"]
    assert [verdict(one) for one in IN_WORDS.questions] == ["passed", "failed", "unsaid"]


def test_the_test_is_passed_when_all_of_it_passes() -> None:
    passed, failed, unsaid = NUMBERS.questions[:3]
    assert verdict_of_all((passed, passed)) == "passed"
    assert verdict_of_all((passed, failed, unsaid)) == "failed"
    assert verdict_of_all((passed, unsaid)) == "unsaid"
    assert verdict_of_all(NUMBERS.questions[3:]) is None


def test_values_travel_to_another_process() -> None:
    assert pickle.loads(pickle.dumps(NUMBERS)) == NUMBERS
