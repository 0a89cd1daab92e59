"""The state machine of a walk: every transition from every step."""

from collections.abc import Mapping
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
ALL = {
    step.id: Answer("0" if step.find_choice("0") else step.choices[0].id) if step.choices else Answer()
    for step in WALK.flow.questions
}


def run_at(
    step: str, answers: Mapping[str, Answer] = ALL, *, is_changing: bool = False, resume_step: str | None = None
) -> Run:
    given = MappingProxyType(dict(answers))
    return Run("r", "connection_test", 1, "en", step, 1, given, frozenset({"more"}), is_changing, resume_step)


def next_step(trigger: str, run: Run) -> str:
    return WALK.next_step(trigger, run)


def test_the_walk_starts_at_the_first_question_and_nowhere_else() -> None:
    assert next_step("start", run_at(WELCOME)) == "role"
    for step in [*STEPS, REVIEW, SENT, STOPPED]:
        with pytest.raises(NoTransitionError):
            next_step("start", run_at(step))


@pytest.mark.parametrize("trigger", ["answer", "skip"])
def test_each_question_leads_to_the_next_place_and_the_last_to_the_check_page(trigger: str) -> None:
    for step, following in zip(STEPS, [*STEPS[1:], REVIEW], strict=True):
        if step not in FORKS:
            assert next_step(trigger, run_at(step)) == following


def test_at_a_fork_there_are_two_ways_on_and_no_skipping() -> None:
    assert next_step("send_now", run_at("more")) == REVIEW
    assert next_step("go_on", run_at("more")) == "new_choices"
    for trigger in ("answer", "skip"):
        with pytest.raises(NoTransitionError):
            next_step(trigger, run_at("more"))


def test_only_a_fork_has_a_forks_ways() -> None:
    for step in [*QUESTIONS, WELCOME, REVIEW, STOPPED]:
        for trigger in ("send_now", "go_on"):
            with pytest.raises(NoTransitionError):
                next_step(trigger, run_at(step))


def test_each_place_leads_back_to_the_one_before_and_the_first_to_the_welcome() -> None:
    for before, step in zip([WELCOME, *STEPS], STEPS, strict=False):
        assert next_step("back", run_at(step)) == before
    assert next_step("back", run_at(REVIEW)) == STEPS[-1]


def test_back_from_the_check_page_is_the_fork_that_was_not_gone_past() -> None:
    stayed = Run("r", "connection_test", 1, "en", REVIEW, 1, MappingProxyType(ALL))
    assert next_step("back", stayed) == "more"


def test_behind_the_welcome_there_is_nothing() -> None:
    with pytest.raises(NoTransitionError):
        next_step("back", run_at(WELCOME))


def test_while_changing_every_way_leads_to_the_check_page() -> None:
    for step in QUESTIONS:
        for trigger in ("answer", "skip", "back"):
            assert next_step(trigger, run_at(step, is_changing=True)) == REVIEW


def test_change_leads_to_each_question_that_was_asked_and_to_no_other() -> None:
    for question in QUESTIONS:
        assert next_step(f"change_{question}", run_at(REVIEW)) == question
        with pytest.raises(NoTransitionError):
            next_step(f"change_{question}", run_at(REVIEW, {}))
    for nothing in ("change_more", "change_welcome", "change_", "change_weather"):
        with pytest.raises(NoTransitionError):
            next_step(nothing, run_at(REVIEW))


def test_change_exists_on_the_check_page_only() -> None:
    for step in [*STEPS, WELCOME, STOPPED]:
        with pytest.raises(NoTransitionError):
            next_step("change_role", run_at(step))


def test_every_question_the_fork_and_the_check_page_can_be_stopped_and_resumed() -> None:
    for step in [*STEPS, REVIEW]:
        assert next_step("stop", run_at(step)) == STOPPED
        assert next_step("resume", run_at(STOPPED, resume_step=step)) == step
        assert WALK.has_transition("stop", step)


def test_the_welcome_and_a_stop_can_not_be_stopped() -> None:
    for step in (WELCOME, STOPPED):
        assert not WALK.has_transition("stop", step)
        with pytest.raises(NoTransitionError):
            next_step("stop", run_at(step))


def test_sending_is_possible_from_the_check_page_only() -> None:
    assert next_step("send", run_at(REVIEW)) == SENT
    for step in [*STEPS, WELCOME, STOPPED, SENT]:
        with pytest.raises(NoTransitionError):
            next_step("send", run_at(step))


@pytest.mark.parametrize("trigger", ["fly", "", "change_x", "to_sent"])
def test_an_unknown_way_is_no_way(trigger: str) -> None:
    with pytest.raises(NoTransitionError):
        next_step(trigger, run_at("role"))
    assert not WALK.has_transition(trigger, "role")


def test_an_unknown_place_has_no_way() -> None:
    with pytest.raises(NoTransitionError):
        next_step("answer", run_at("weather"))


def test_from_every_place_there_is_a_way_to_the_end() -> None:
    edges: dict[str, set[str]] = {}
    for event in WALK.machine.events.values():
        for source, transitions in event.transitions.items():
            edges.setdefault(source, set()).update(str(one.dest) for one in transitions)
    for step in [WELCOME, *STEPS, REVIEW, STOPPED]:
        reached, new = {step}, {step}
        while new:
            new = {there for here in new for there in edges.get(here, ())} - reached
            reached |= new
        assert SENT in reached


def test_asking_the_machine_changes_nothing() -> None:
    run = run_at("role")
    next_step("answer", run)
    assert run == run_at("role")
    assert WALK.machine.models == []
