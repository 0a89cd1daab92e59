"""The verdicts: above the middle passes, below fails, the middle and all else says neither; all three must pass."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.loader import load
from flows.scoring import Verdict, summarise

FLOW = load().flow
TESTED = [place.id for place in FLOW.tested]
STEPS = ["-2", "-1", "0", "1", "2"]
ORDER = [Verdict.FAILED, Verdict.UNSAID, Verdict.PASSED]
given_answer = st.sampled_from([*STEPS, "not_sure", None])
all_answers = st.dictionaries(st.sampled_from(TESTED), given_answer)


def test_the_three_questions_of_the_test_are_counted_and_no_others() -> None:
    assert TESTED == ["informed", "confident", "connected"]
    others = {place.id: "-2" for place in FLOW.questions if place.id not in TESTED}
    assert summarise(FLOW, others) == summarise(FLOW, {})


@pytest.mark.parametrize(
    ("choice", "score", "verdict"),
    [
        ("2", 2, Verdict.PASSED),
        ("1", 1, Verdict.PASSED),
        ("0", 0, Verdict.UNSAID),
        ("-1", -1, Verdict.FAILED),
        ("-2", -2, Verdict.FAILED),
        ("not_sure", None, Verdict.UNSAID),
        (None, None, Verdict.UNSAID),
        ("no_such_choice", None, Verdict.UNSAID),
    ],
)
def test_each_answer_says_what_its_step_says(choice: str | None, score: int | None, verdict: Verdict) -> None:
    one = summarise(FLOW, {"informed": choice}).scored[0]
    assert (one.score, one.verdict) == (score, verdict)


def test_a_question_not_asked_says_nothing() -> None:
    summary = summarise(FLOW, {})
    assert [one.verdict for one in summary.scored] == [Verdict.UNSAID] * 3
    assert summary.verdict is Verdict.UNSAID


@given(all_answers)
def test_all_pass_is_passed_any_fail_is_failed_and_else_it_can_not_be_said(answers: dict[str, str | None]) -> None:
    steps = [answers.get(question) for question in TESTED]
    verdict = summarise(FLOW, answers).verdict
    assert (verdict is Verdict.PASSED) == all(step in {"1", "2"} for step in steps)
    assert (verdict is Verdict.FAILED) == any(step in {"-1", "-2"} for step in steps)


@given(all_answers, st.sampled_from(TESTED))
def test_a_better_answer_never_makes_a_worse_verdict(answers: dict[str, str | None], question: str) -> None:
    ranks = [ORDER.index(summarise(FLOW, answers | {question: step}).verdict) for step in STEPS]
    assert ranks == sorted(ranks)


@given(all_answers)
def test_what_fell_short_is_what_failed_in_the_flows_order(answers: dict[str, str | None]) -> None:
    summary = summarise(FLOW, answers)
    assert list(summary.short_of) == [one for one in TESTED if answers.get(one) in {"-1", "-2"}]
    assert bool(summary.short_of) == (summary.verdict is Verdict.FAILED)


@given(all_answers)
def test_not_sure_skipped_and_not_asked_weigh_the_same(answers: dict[str, str | None]) -> None:
    asked = {question: value for question, value in answers.items() if value not in {None, "not_sure"}}
    assert summarise(FLOW, answers).verdict is summarise(FLOW, asked).verdict
