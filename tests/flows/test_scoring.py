"""Scoring: above 0 passes, below 0 fails, everything else decides nothing; all three questions must pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.loader import load_walk
from flows.scoring import ScoreVerdict, score_answers

FLOW = load_walk().flow
TESTED = [step.id for step in FLOW.test_questions]
POINTS = ["-2", "-1", "0", "1", "2"]
ORDER = [ScoreVerdict.FAILED, ScoreVerdict.UNDECIDED, ScoreVerdict.PASSED]
given_answer = st.sampled_from([*POINTS, "not_sure", None])
all_answers = st.dictionaries(st.sampled_from(TESTED), given_answer)


def test_the_three_questions_of_the_test_are_counted_and_no_others() -> None:
    assert TESTED == ["informed", "confident", "connected"]
    others = {step.id: "-2" for step in FLOW.questions if step.id not in TESTED}
    assert score_answers(FLOW, others) == score_answers(FLOW, {})


@pytest.mark.parametrize(
    ("choice", "point", "verdict"),
    [
        ("2", 2, ScoreVerdict.PASSED),
        ("1", 1, ScoreVerdict.PASSED),
        ("0", 0, ScoreVerdict.UNDECIDED),
        ("-1", -1, ScoreVerdict.FAILED),
        ("-2", -2, ScoreVerdict.FAILED),
        ("not_sure", None, ScoreVerdict.UNDECIDED),
        (None, None, ScoreVerdict.UNDECIDED),
        ("no_such_choice", None, ScoreVerdict.UNDECIDED),
    ],
)
def test_each_answer_says_what_its_point_says(choice: str | None, point: int | None, verdict: ScoreVerdict) -> None:
    one = score_answers(FLOW, {"informed": choice}).answers[0]
    assert (one.point, one.verdict) == (point, verdict)


def test_a_question_not_asked_says_nothing() -> None:
    summary = score_answers(FLOW, {})
    assert [one.verdict for one in summary.answers] == [ScoreVerdict.UNDECIDED] * 3
    assert summary.verdict is ScoreVerdict.UNDECIDED


@given(all_answers)
def test_all_pass_is_passed_any_fail_is_failed_and_else_it_can_not_be_said(answers: dict[str, str | None]) -> None:
    points = [answers.get(question) for question in TESTED]
    verdict = score_answers(FLOW, answers).verdict
    assert (verdict is ScoreVerdict.PASSED) == all(point in {"1", "2"} for point in points)
    assert (verdict is ScoreVerdict.FAILED) == any(point in {"-1", "-2"} for point in points)


@given(all_answers, st.sampled_from(TESTED))
def test_a_better_answer_never_makes_a_worse_verdict(answers: dict[str, str | None], question: str) -> None:
    ranks = [ORDER.index(score_answers(FLOW, answers | {question: step}).verdict) for step in POINTS]
    assert ranks == sorted(ranks)


@given(all_answers)
def test_what_fell_short_is_what_failed_in_the_flows_order(answers: dict[str, str | None]) -> None:
    summary = score_answers(FLOW, answers)
    assert list(summary.failed_questions) == [one for one in TESTED if answers.get(one) in {"-1", "-2"}]
    assert bool(summary.failed_questions) == (summary.verdict is ScoreVerdict.FAILED)


@given(all_answers)
def test_not_sure_skipped_and_not_asked_weigh_the_same(answers: dict[str, str | None]) -> None:
    asked = {question: value for question, value in answers.items() if value not in {None, "not_sure"}}
    assert score_answers(FLOW, answers).verdict is score_answers(FLOW, asked).verdict
