"""Buttons that no longer count: old ones, double taps, another run's, and forged ones."""

from dataclasses import replace

import pytest

from bot.render import outbound
from bot.render.localization import voice
from bot.render.messages import Alert
from flows.events import ReplyOutdated, ReplyRepeated
from flows.events.prompts import ChoiceUnclear, PlaceReached
from flows.models import Run, Tapped
from flows.schema import CHECK, STOPPED
from storage.conversations.outbox import Saying
from tests.support.engine_chat import Talk, at, begun


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
    assert talk.events == (ReplyOutdated("viewpoint", answered=True),)
    assert talk.value("role") == "neighbour"


def test_a_button_from_further_up_is_outdated_and_says_where_one_stands() -> None:
    talk = begun()
    old = tap(talk, "answer", "neighbour")
    talk.answers("neighbour", "myself", "0")
    talk.replies(old)
    assert talk.events == (ReplyOutdated("informed_why", answered=True),)


def test_an_older_button_of_the_question_that_is_open_is_not_called_done() -> None:
    talk = begun()
    old = tap(talk, "answer", "neighbour")
    talk.commands("start")
    talk.replies(old)
    assert talk.events == (ReplyOutdated("role"),)
    assert "its buttons work" in alert(talk)


def test_a_button_of_a_question_that_was_gone_back_from_is_not_called_done() -> None:
    talk = begun()
    talk.answers("neighbour")
    old = tap(talk, "answer", "family")
    talk.taps("back")
    talk.replies(old)
    assert talk.events == (ReplyOutdated("role"),)


@pytest.mark.parametrize("choice", ["neighbour", "skip"])
def test_a_button_of_a_question_answered_or_skipped_says_that_it_is_done(choice: str) -> None:
    talk = begun()
    old = tap(talk, "answer", "paid_worker")
    talk.answers(choice)
    talk.replies(old)
    assert talk.events == (ReplyOutdated("viewpoint", answered=True),)
    assert "done already" in alert(talk)


def alert(talk: Talk) -> str:
    said = outbound(talk.heard(ReplyOutdated), voice(Saying(talk.run.id, "connection_test", "en", ())), "")
    assert isinstance(said, Alert)
    return said.text


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
    assert talk.events == (ReplyOutdated("role"),), "it is open again: not called done"


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
        {"ask": 999_999},
        {"place": "informed"},
        {"place": CHECK, "act": "send", "value": "x"},
    ],
)
def test_a_forged_button_changes_nothing(forged: dict[str, str]) -> None:
    talk = begun()
    before = talk.run
    talk.replies(replace(tap(talk, "answer", "neighbour"), **forged))  # type: ignore[arg-type]
    assert isinstance(talk.events[0], ReplyOutdated)
    assert same(talk.run, before)


@pytest.mark.parametrize(
    "forged",
    [
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
def test_a_current_button_that_leads_nowhere_asks_anew(forged: dict[str, str]) -> None:
    """A choice may be gone from the flow: whoever presses it must not be left without buttons."""
    talk = begun()
    before = talk.run
    talk.replies(replace(tap(talk, "answer", "neighbour"), **forged))  # type: ignore[arg-type]
    assert talk.heard(PlaceReached).place == "role"
    assert same(talk.run, replace(before, ask=before.ask + 1))


def test_what_is_on_offer_stays_so_when_more_words_are_too_long_for_it() -> None:
    talk = at("informed")
    talk.types("rubbish")
    talk.types("very " * 200)
    talk.taps("keep")
    assert talk.value("informed_why") == "rubbish"


def test_an_answer_pressed_on_an_offer_is_taken_and_the_words_show_where_comments_do() -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.taps("answer", "1")
    assert talk.value("informed") == "1"
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.given, asked.notice) == ("informed_why", "They rang back.", "words_kept")


def test_none_of_these_offers_no_empty_comment() -> None:
    talk = at("informed")
    talk.types("better")
    unclear = talk.heard(ChoiceUnclear)
    talk.types("very " * 200)
    talk.replies(Tapped(talk.run.id, unclear.ask, "informed", "none"))
    assert talk.heard(PlaceReached).place == "informed"


def test_carry_on_works_whenever_it_is_pressed_and_answers_nothing() -> None:
    talk = at("confident")
    before = talk.run.answers
    talk.replies(Tapped(talk.run.id, 0, "", "resume"))
    assert talk.heard(PlaceReached).place == "confident"
    assert talk.run.answers == before
