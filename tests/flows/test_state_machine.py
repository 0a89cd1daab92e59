"""The machine of a walk: every way from every place."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from flows.loader import load_walk
from flows.models import Answer, Run
from flows.schema import REVIEW, SENT, STOPPED, WELCOME
from flows.state_machine import NoTransitionError

WALK = load_walk()
PLACES = [place.id for place in WALK.flow.steps]
FORKS = [place.id for place in WALK.flow.steps if place.kind == "fork"]
QUESTIONS = [place.id for place in WALK.flow.questions]
ALL = {
    place.id: Answer("0" if place.find_choice("0") else place.choices[0].id) if place.choices else Answer()
    for place in WALK.flow.questions
}


def run_at(place: str, answers: Mapping[str, Answer] = ALL, *, changing: bool = False, left: str | None = None) -> Run:
    given = MappingProxyType(dict(answers))
    return Run("r", "connection_test", 1, "en", place, 1, given, frozenset({"more"}), changing, left)


def after(way: str, run: Run) -> str:
    return WALK.next_step(way, run)


def test_the_walk_starts_at_the_first_question_and_nowhere_else() -> None:
    assert after("start", run_at(WELCOME)) == "role"
    for place in [*PLACES, REVIEW, SENT, STOPPED]:
        with pytest.raises(NoTransitionError):
            after("start", run_at(place))


@pytest.mark.parametrize("way", ["answer", "skip"])
def test_each_question_leads_to_the_next_place_and_the_last_to_the_check_page(way: str) -> None:
    for place, following in zip(PLACES, [*PLACES[1:], REVIEW], strict=True):
        if place not in FORKS:
            assert after(way, run_at(place)) == following


def test_at_a_fork_there_are_two_ways_on_and_no_skipping() -> None:
    assert after("send_now", run_at("more")) == REVIEW
    assert after("go_on", run_at("more")) == "new_choices"
    for way in ("answer", "skip"):
        with pytest.raises(NoTransitionError):
            after(way, run_at("more"))


def test_only_a_fork_has_a_forks_ways() -> None:
    for place in [*QUESTIONS, WELCOME, REVIEW, STOPPED]:
        for way in ("send_now", "go_on"):
            with pytest.raises(NoTransitionError):
                after(way, run_at(place))


def test_each_place_leads_back_to_the_one_before_and_the_first_to_the_welcome() -> None:
    for before, place in zip([WELCOME, *PLACES], PLACES, strict=False):
        assert after("back", run_at(place)) == before
    assert after("back", run_at(REVIEW)) == PLACES[-1]


def test_back_from_the_check_page_is_the_fork_that_was_not_gone_past() -> None:
    stayed = Run("r", "connection_test", 1, "en", REVIEW, 1, MappingProxyType(ALL))
    assert after("back", stayed) == "more"


def test_behind_the_welcome_there_is_nothing() -> None:
    with pytest.raises(NoTransitionError):
        after("back", run_at(WELCOME))


def test_while_changing_every_way_leads_to_the_check_page() -> None:
    for place in QUESTIONS:
        for way in ("answer", "skip", "back"):
            assert after(way, run_at(place, changing=True)) == REVIEW


def test_change_leads_to_each_question_that_was_asked_and_to_no_other() -> None:
    for question in QUESTIONS:
        assert after(f"change_{question}", run_at(REVIEW)) == question
        with pytest.raises(NoTransitionError):
            after(f"change_{question}", run_at(REVIEW, {}))
    for nothing in ("change_more", "change_welcome", "change_", "change_weather"):
        with pytest.raises(NoTransitionError):
            after(nothing, run_at(REVIEW))


def test_change_exists_on_the_check_page_only() -> None:
    for place in [*PLACES, WELCOME, STOPPED]:
        with pytest.raises(NoTransitionError):
            after("change_role", run_at(place))


def test_every_question_the_fork_and_the_check_page_can_be_stopped_and_resumed() -> None:
    for place in [*PLACES, REVIEW]:
        assert after("stop", run_at(place)) == STOPPED
        assert after("resume", run_at(STOPPED, left=place)) == place
        assert WALK.has_transition("stop", place)


def test_the_welcome_and_a_stop_can_not_be_stopped() -> None:
    for place in (WELCOME, STOPPED):
        assert not WALK.has_transition("stop", place)
        with pytest.raises(NoTransitionError):
            after("stop", run_at(place))


def test_sending_is_possible_from_the_check_page_only() -> None:
    assert after("send", run_at(REVIEW)) == SENT
    for place in [*PLACES, WELCOME, STOPPED, SENT]:
        with pytest.raises(NoTransitionError):
            after("send", run_at(place))


@pytest.mark.parametrize("way", ["fly", "", "change_x", "to_sent"])
def test_an_unknown_way_is_no_way(way: str) -> None:
    with pytest.raises(NoTransitionError):
        after(way, run_at("role"))
    assert not WALK.has_transition(way, "role")


def test_an_unknown_place_has_no_way() -> None:
    with pytest.raises(NoTransitionError):
        after("answer", run_at("weather"))


def test_from_every_place_there_is_a_way_to_the_end() -> None:
    edges: dict[str, set[str]] = {}
    for event in WALK.machine.events.values():
        for source, transitions in event.transitions.items():
            edges.setdefault(source, set()).update(str(one.dest) for one in transitions)
    for place in [WELCOME, *PLACES, REVIEW, STOPPED]:
        reached, new = {place}, {place}
        while new:
            new = {there for here in new for there in edges.get(here, ())} - reached
            reached |= new
        assert SENT in reached


def test_asking_the_machine_changes_nothing() -> None:
    run = run_at("role")
    after("answer", run)
    assert run == run_at("role")
    assert WALK.machine.models == []
