"""We were away, or an earlier run can't be gone on with: what is asked then, and what still counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.engine import ask_again, begin_anew, take
from flows.events import ReplyOutdated, ReplyRepeated
from flows.events.prompts import AskClosed, CheckReached, CommentOffered, PlaceReached
from flows.loader import load
from flows.models import Commanded, Run, Tapped, Typed, Unreadable
from tests.support.engine_chat import NOW, Talk, at

GONE = NOW + timedelta(minutes=1)  # typed when we were away already
BACK = NOW + timedelta(hours=2)


def asked_again(talk: Talk) -> Talk:
    turn = ask_again(talk.walk, talk.run)
    assert turn.run is not None
    talk.run, talk.events = turn.run, turn.events
    return talk


@pytest.mark.parametrize("place", ["role", "informed_why", "more", "wider_support"])
def test_the_open_question_is_asked_again_with_a_sorry_and_its_old_buttons_go(place: str) -> None:
    before = at(place).run
    talk = asked_again(at(place))
    assert talk.heard(PlaceReached).notice == "were_away"
    assert (talk.heard(PlaceReached).place, talk.heard(PlaceReached).ask) == (place, before.ask + 1)
    assert talk.heard(AskClosed).ask == before.ask
    assert talk.run == replace(before, ask=before.ask + 1, again=True, id=talk.run.id), (
        "all else stays, the sign of life too"
    )


def test_the_check_page_is_asked_again_with_the_answers() -> None:
    talk = asked_again(at("check"))
    assert talk.heard(CheckReached).notice == "were_away"
    assert talk.heard(CheckReached).answers


def test_words_on_offer_are_offered_again_with_a_sorry() -> None:
    talk = at("informed")
    talk.types("they never rang back, and nobody knew why")
    talk = asked_again(talk)
    assert talk.heard(CommentOffered).notice == "were_away"
    assert talk.heard(CommentOffered).words == "they never rang back, and nobody knew why"
    talk.taps("keep")
    assert "never rang back" in (talk.value("informed_why") or "")


def test_words_that_were_on_offer_before_unclear_ones_are_not_lost() -> None:
    talk = at("informed")
    talk.types("they never rang back, and nobody knew why")
    talk.types("better")
    assert talk.run.held
    assert talk.run.held.candidates
    talk = asked_again(talk)
    assert talk.heard(CommentOffered).words == "they never rang back, and nobody knew why"


def test_the_answer_to_what_was_asked_again_counts() -> None:
    talk = asked_again(at("role"))
    talk.taps("answer", "neighbour")
    assert talk.value("role") == "neighbour"


@pytest.mark.parametrize(("act", "value"), [("answer", "neighbour"), ("skip", ""), ("back", ""), ("stop", "")])
def test_a_tap_that_was_on_its_way_counts_once(act: str, value: str) -> None:
    """Our asking again came between: with it and without it, the same."""
    talk, without = asked_again(at("role")), at("role")
    tap = Tapped(talk.run.id, without.run.ask, "role", act, value)
    for _ in range(2):
        talk.replies(tap)
        without.replies(tap)
        assert (talk.run.place, talk.run.answers) == (without.run.place, without.run.answers)
    assert [type(event) for event in talk.events] in ([ReplyOutdated], [ReplyRepeated])


def test_a_tap_that_was_on_its_way_counts_also_after_what_asks_nothing() -> None:
    """The question is still open, in two copies."""
    talk = asked_again(at("role"))
    old = Tapped(talk.run.id, talk.run.ask - 1, "role", "answer", "neighbour")
    talk.commands("help")
    talk.replies(Unreadable("photo"))
    talk.replies(old)
    assert talk.value("role") == "neighbour"
    talk.replies(old)
    assert talk.events == (ReplyOutdated("viewpoint", answered=True),), "once"


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(("act", "value"), [("answer", "neighbour"), ("skip", ""), ("back", ""), ("stop", "")])
def test_a_tap_on_a_button_that_is_older_is_harmless(times: int, act: str, value: str) -> None:
    talk = at("role")
    old = Tapped(talk.run.id, talk.run.ask, talk.run.place, act, value)
    for _ in range(times):
        talk = asked_again(talk)
    before = talk.run
    talk.replies(old)
    assert replace(talk.run, seen_at=None, again=True) == replace(before, seen_at=None)
    assert [type(event) for event in talk.events] in ([ReplyOutdated], [ReplyRepeated])
    if act == "answer":
        assert talk.hears(ReplyOutdated), "an answer that did not count is never passed over in silence"


def test_words_typed_while_we_were_away_answer_what_was_open_then() -> None:
    """As they would have without the asking again: the run's last sign of life is what tells."""
    talk = asked_again(at("informed_why"))
    without = take(talk.walk, at("informed_why").run, Typed("nobody rang", 90, GONE), BACK)
    turn = take(talk.walk, talk.run, Typed("nobody rang", 90, GONE), BACK)
    assert turn.run is not None
    assert without.run is not None
    assert turn.run.chosen("informed_why") == without.run.chosen("informed_why") == "nobody rang"
    assert turn.run.place == without.run.place


def test_a_label_typed_while_we_were_away_answers_the_choice_that_was_open() -> None:
    turn = take(load(), asked_again(at("role")).run, Typed("neighbour", 90, GONE), BACK)
    assert turn.run is not None
    assert turn.run.chosen("role") == "neighbour"


def test_words_typed_well_before_the_last_sign_of_life_are_not_for_this_question() -> None:
    early = NOW - timedelta(minutes=1)
    turn = take(load(), asked_again(at("role")).run, Typed("neighbour", 90, early), BACK)
    assert turn.run is not None
    assert turn.run.chosen("role") is None


def test_asking_again_twice_leaves_one_question_open() -> None:
    talk = asked_again(asked_again(at("role")))
    talk.taps("answer", "neighbour")
    assert talk.value("role") == "neighbour"


def test_a_run_that_begins_anew_stands_at_the_welcome_with_a_word_about_it() -> None:
    turn = begin_anew(load(), Run("runrun09", "connection_test", 1, "en"), NOW)
    [asked] = turn.events
    assert isinstance(asked, PlaceReached)
    assert (asked.place, asked.notice, asked.ask) == ("welcome", "begun_anew", 1)
    assert turn.run is not None
    assert turn.run.seen_at == NOW
    again = take(load(), turn.run, Commanded("delete"), NOW)
    assert [event.kind for event in again.events] == ["ask_closed", "run_deleted"], "there is nothing to ask about"
    assert again.run is None
