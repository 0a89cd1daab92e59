"""The state machine of a flow: every transition from every step."""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from types import MappingProxyType

import pytest

from flows.loader import load_walk
from flows.models import Answer, Run
from flows.schema import REVIEW, SENT, STOPPED, WELCOME
from flows.state_machine import NoTransitionError

WALK = load_walk()
STEPS = [step.id for step in WALK.flow.steps]
FORKS = [step.id for step in WALK.flow.steps if step.kind == "fork"]
QUESTIONS = [step.id for step in WALK.flow.questions]
ALL_ANSWERS = {
    step.id: Answer("0" if step.find_choice("0") else step.choices[0].id) if step.choices else Answer()
    for step in WALK.flow.questions
}


def run_at(
    step: str, answers: Mapping[str, Answer] = ALL_ANSWERS, *, is_changing: bool = False, resume_step: str | None = None
) -> Run:
    frozen_answers = MappingProxyType(dict(answers))
    return Run("r", "connection_test", 1, "en", step, 1, frozen_answers, frozenset({"more"}), is_changing, resume_step)


def next_step(trigger: str, run: Run) -> str:
    return WALK.next_step(trigger, run)


def test_start_leads_from_the_welcome_to_the_first_question_only() -> None:
    assert next_step("start", run_at(WELCOME)) == "role"
    for step in [*STEPS, REVIEW, SENT, STOPPED]:
        with pytest.raises(NoTransitionError):
            next_step("start", run_at(step))


@pytest.mark.parametrize("trigger", ["answer", "skip", "next"])
def test_each_question_leads_to_the_next_step_and_the_last_to_review(trigger: str) -> None:
    for step, next_expected in zip(STEPS, [*STEPS[1:], REVIEW], strict=True):
        if step not in FORKS:
            assert next_step(trigger, run_at(step)) == next_expected


def test_a_fork_has_two_actions_and_no_skip() -> None:
    assert next_step("send_now", run_at("more")) == REVIEW
    assert next_step("go_on", run_at("more")) == "new_choices"
    for trigger in ("answer", "skip", "next"):
        with pytest.raises(NoTransitionError):
            next_step(trigger, run_at("more"))


def test_only_a_fork_has_the_actions_of_a_fork() -> None:
    for step in [*QUESTIONS, WELCOME, REVIEW, STOPPED]:
        for trigger in ("send_now", "go_on"):
            with pytest.raises(NoTransitionError):
                next_step(trigger, run_at(step))


def test_back_leads_to_the_step_before_and_from_the_first_to_the_welcome() -> None:
    for before, step in zip([WELCOME, *STEPS], STEPS, strict=False):
        assert next_step("back", run_at(step)) == before
    assert next_step("back", run_at(REVIEW)) == STEPS[-1]


def test_back_from_review_leads_to_a_fork_not_passed() -> None:
    run_at_review = Run("r", "connection_test", 1, "en", REVIEW, 1, MappingProxyType(ALL_ANSWERS))
    assert next_step("back", run_at_review) == "more"


def test_there_is_no_back_from_the_welcome() -> None:
    with pytest.raises(NoTransitionError):
        next_step("back", run_at(WELCOME))


def test_during_a_change_every_action_leads_to_review() -> None:
    for step in QUESTIONS:
        for trigger in ("answer", "skip", "next", "back"):
            assert next_step(trigger, run_at(step, is_changing=True)) == REVIEW


def test_change_leads_only_to_questions_that_were_asked() -> None:
    for question in QUESTIONS:
        assert next_step(f"change_{question}", run_at(REVIEW)) == question
        with pytest.raises(NoTransitionError):
            next_step(f"change_{question}", run_at(REVIEW, {}))
    for invalid_trigger in ("change_more", "change_welcome", "change_", "change_weather"):
        with pytest.raises(NoTransitionError):
            next_step(invalid_trigger, run_at(REVIEW))


def test_change_is_possible_at_review_only() -> None:
    for step in [*STEPS, WELCOME, STOPPED]:
        with pytest.raises(NoTransitionError):
            next_step("change_role", run_at(step))


def test_every_step_and_review_can_be_stopped_and_resumed() -> None:
    for step in [*STEPS, REVIEW]:
        assert next_step("stop", run_at(step)) == STOPPED
        assert next_step("resume", run_at(STOPPED, resume_step=step)) == step
        assert WALK.has_transition("stop", step)


def test_the_welcome_and_a_stop_cannot_be_stopped() -> None:
    for step in (WELCOME, STOPPED):
        assert not WALK.has_transition("stop", step)
        with pytest.raises(NoTransitionError):
            next_step("stop", run_at(step))


def test_send_is_possible_at_review_only() -> None:
    assert next_step("send", run_at(REVIEW)) == SENT
    for step in [*STEPS, WELCOME, STOPPED, SENT]:
        with pytest.raises(NoTransitionError):
            next_step("send", run_at(step))


@pytest.mark.parametrize("trigger", ["fly", "", "change_x", "to_sent"])
def test_an_unknown_action_has_no_transition(trigger: str) -> None:
    with pytest.raises(NoTransitionError):
        next_step(trigger, run_at("role"))
    assert not WALK.has_transition(trigger, "role")


def test_an_unknown_step_has_no_transition() -> None:
    with pytest.raises(NoTransitionError):
        next_step("answer", run_at("weather"))


def test_the_end_can_be_reached_from_every_step() -> None:
    edges: dict[str, set[str]] = {}
    for event in WALK.machine.events.values():
        for source, transitions in event.transitions.items():
            edges.setdefault(source, set()).update(str(one.dest) for one in transitions)
    for step in [WELCOME, *STEPS, REVIEW, STOPPED]:
        reached, new = {step}, {step}
        while new:
            new = {target for source_step in new for target in edges.get(source_step, ())} - reached
            reached |= new
        assert SENT in reached


def test_looking_up_a_transition_changes_nothing() -> None:
    given_answers = dict(ALL_ANSWERS)
    run = replace(run_at("role"), answers=given_answers)
    before = deepcopy(run)
    assert next_step("answer", run) == "viewpoint"
    assert run == before
    assert run.answers is given_answers
    assert WALK.machine.models == []
