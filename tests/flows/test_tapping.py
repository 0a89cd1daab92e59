"""Buttons that no longer count: old ones, double taps, another run's, and forged ones."""

from dataclasses import replace

import pytest

from flows.definition import CHECK, STOPPED
from flows.events import AskClosed, ChoiceUnclear, CommentOffered, PlaceReached, ReplyOutdated, ReplyRepeated
from flows.run import Run, Tapped
from tests.flows.talking import Talk, at, begun


def tap(talk: Talk, act: str, value: str = "") -> Tapped:
    return Tapped(talk.run.id, talk.run.ask, talk.run.place, act, value)


def same(run: Run, other: Run) -> bool:
    return replace(run, seen_at=None) == replace(other, seen_at=None)


def test_the_same_tap_twice_counts_once_and_says_nothing_more() -> None:
    talk = begun()
    once = tap(talk, "answer", "neighbour")
    talk.replies(once)
    after = talk.run
    talk.replies(once)
    assert talk.events == (ReplyRepeated(),)
    assert talk.run == after


def test_another_button_of_the_message_just_answered_is_outdated() -> None:
    talk = begun()
    other = tap(talk, "answer", "paid_worker")
    talk.taps("answer", "neighbour")
    talk.replies(other)
    assert talk.events == (ReplyOutdated("viewpoint"),)
    assert talk.value("role") == "neighbour"


def test_a_button_from_further_up_is_outdated_and_says_where_one_stands() -> None:
    talk = begun()
    old = tap(talk, "answer", "neighbour")
    talk.answers("neighbour", "myself", "0")
    talk.replies(old)
    assert talk.events == (ReplyOutdated("informed_why"),)


@pytest.mark.parametrize("act", ["skip", "back", "why"])
def test_any_way_pressed_twice_counts_once(act: str) -> None:
    talk = at("confident")
    once = tap(talk, act)
    talk.replies(once)
    after = talk.run
    talk.replies(once)
    assert talk.events == (ReplyRepeated(),)
    assert talk.run == after


def test_stop_pressed_twice_stops_once_and_says_nothing_more() -> None:
    talk = at("more")
    once = tap(talk, "stop")
    talk.replies(once)
    talk.replies(once)
    assert talk.events == (ReplyRepeated(),)
    assert talk.run.place == STOPPED


def test_after_a_stop_the_buttons_of_the_question_are_outdated() -> None:
    talk = at("more")
    old = tap(talk, "go_on")
    talk.taps("stop")
    talk.replies(old)
    assert talk.events == (ReplyOutdated("more"),)
    assert talk.run.place == STOPPED


def test_an_answered_question_asked_anew_takes_only_its_newest_buttons() -> None:
    talk = begun()
    old = tap(talk, "answer", "paid_worker")
    talk.answers("neighbour")
    talk.taps("back")
    talk.replies(old)
    assert talk.value("role") == "neighbour"


def test_a_button_of_another_run_is_outdated() -> None:
    talk = begun()
    talk.replies(replace(tap(talk, "answer", "neighbour"), run="otherrun"))
    assert talk.events == (ReplyOutdated("role"),)
    assert not talk.run.answers


def test_a_button_pressed_by_somebody_with_no_run_is_outdated() -> None:
    talk = Talk()
    talk.replies(Tapped("otherrun", 3, "role", "answer", "neighbour"))
    assert talk.events == (ReplyOutdated(None),)
    assert talk.run.ask == 0


@pytest.mark.parametrize(
    "forged",
    [
        {"ask": 3},
        {"place": "informed"},
        {"place": CHECK, "act": "send", "value": "x"},
        {"value": "president"},
        {"value": ""},
        {"act": "dance"},
        {"act": "change", "value": "role"},
        {"act": "start"},
        {"act": "kept"},
        {"act": "send", "value": "x"},
        {"act": "go_on"},
        {"act": "send_now"},
        {"act": "clear"},
        {"act": "keep"},
        {"act": "leave"},
        {"act": "none"},
        {"act": "stay"},
    ],
)
def test_a_forged_button_changes_nothing(forged: dict[str, str]) -> None:
    talk = begun()
    before = talk.run
    talk.replies(replace(tap(talk, "answer", "neighbour"), **forged))  # type: ignore[arg-type]
    assert isinstance(talk.events[0], ReplyOutdated)
    assert same(talk.run, before)


def test_keep_can_not_be_pressed_where_nothing_is_offered_any_more() -> None:
    talk = at("informed")
    talk.types("rubbish")
    offered = talk.heard(CommentOffered)
    talk.types("very " * 200)
    assert talk.heard(AskClosed).ask == offered.ask
    kept = talk.run.answers
    for act in ("keep", "leave"):
        talk.replies(Tapped(talk.run.id, offered.ask, "informed", act))
        assert isinstance(talk.events[0], ReplyOutdated)
    assert talk.run.answers == kept


def test_none_of_these_offers_no_empty_comment() -> None:
    talk = at("informed")
    talk.types("better")
    unclear = talk.heard(ChoiceUnclear)
    talk.types("very " * 200)
    talk.replies(Tapped(talk.run.id, unclear.ask, "informed", "none"))
    assert isinstance(talk.events[0], ReplyOutdated)


def test_carry_on_works_whenever_it_is_pressed_and_answers_nothing() -> None:
    talk = at("confident")
    before = talk.run.answers
    talk.replies(Tapped(talk.run.id, 0, "", "resume"))
    assert talk.heard(PlaceReached).place == "confident"
    assert talk.run.answers == before
