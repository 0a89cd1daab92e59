"""Words in which something was found: the respondent sees what is taken out and decides; without a word, it is out."""

import pytest

from flows.engine import ask_again
from flows.events import AnswerChanged, DataTold, Told
from flows.events.prompts import CheckReached, CommentOffered, PlaceReached, WordsFound
from flows.events.submission import RunSent
from flows.models import Tapped
from flows.schema import CHECK, LONGEST, STOPPED, WELCOME
from tests.support.engine_chat import Talk, at

TYPED = "Mary never rang from 01632 960 123."
KEPT = "[name] never rang from [phone number]."


def asked(place: str = "informed_why", typed: str = TYPED) -> Talk:
    """Somebody whose words for this question hold something, and who is asked about it."""
    talk = at(place)
    talk.types(typed)
    assert talk.hears(WordsFound)
    return talk


def waiting(talk: Talk) -> list[str]:
    """The words as typed of which it is not decided yet."""
    return [part.typed for given in talk.run.answers.values() for part in given.said if part.typed]


def test_words_without_anything_found_are_kept_unasked() -> None:
    talk = at("informed_why")
    talk.types("They never rang.")
    assert talk.run.place == "confident"
    assert not talk.hears(WordsFound)


def test_what_would_be_taken_out_is_shown_before_anything_else_is_asked() -> None:
    talk = asked()
    assert talk.heard(WordsFound) == WordsFound(talk.run.ask, "informed_why", KEPT)
    assert talk.run.place == "informed_why"
    assert talk.value("informed_why") == KEPT


@pytest.mark.parametrize("yes", ["", "yes", "Take it out", "ok", "please do"])
def test_taken_out_it_is_gone_for_good_and_the_walk_goes_on(yes: str) -> None:
    talk = asked()
    talk.types(yes) if yes else talk.taps("take_out")
    assert (talk.value("informed_why"), waiting(talk)) == (KEPT, [])
    assert talk.heard(PlaceReached).place == "confident"
    assert talk.heard(PlaceReached).notice == "taken_out"


@pytest.mark.parametrize("no", ["", "no", "keep my words as they are", "leave it in", "no thanks"])
def test_kept_they_are_as_they_were_typed_and_the_walk_goes_on(no: str) -> None:
    talk = asked()
    talk.types(no) if no else talk.taps("keep_whole")
    assert (talk.value("informed_why"), waiting(talk)) == (TYPED, [])
    assert talk.heard(PlaceReached).place == "confident"
    assert talk.heard(PlaceReached).notice == "kept_whole"


@pytest.mark.parametrize("way", ["skip", "back", "stop"])
def test_who_goes_on_without_deciding_has_it_taken_out(way: str) -> None:
    talk = asked()
    talk.types(way)
    assert (talk.value("informed_why"), waiting(talk)) == (KEPT, [])
    assert not talk.hears(WordsFound)


def test_who_stops_and_comes_back_sees_what_is_kept() -> None:
    talk = asked()
    talk.commands("stop")
    talk.commands("start")
    assert talk.heard(PlaceReached).given == KEPT


def test_a_late_tap_on_keep_changes_nothing_any_more() -> None:
    talk = asked()
    talk.commands("stop")
    talk.commands("start")
    talk.taps("keep_whole")
    assert talk.value("informed_why") == KEPT
    assert talk.heard(PlaceReached).place == "informed_why"


@pytest.mark.parametrize("way", ["help", "start", "why"])
def test_what_answers_nothing_leaves_the_question_open(way: str) -> None:
    talk = asked()
    talk.types("why") if way == "why" else talk.commands(way)
    if way == "help":
        talk.taps("resume")
    assert talk.heard(WordsFound).words == KEPT
    talk.taps("keep_whole")
    assert talk.value("informed_why") == TYPED


def test_why_tells_why() -> None:
    talk = asked()
    talk.types("why?")
    assert talk.heard(WordsFound).notice == "found_why"


def test_after_we_were_away_it_is_asked_again_and_a_tap_on_its_way_counts() -> None:
    talk = asked()
    turn = ask_again(talk.walk, talk.run)
    assert turn.run is not None
    assert any(isinstance(event, WordsFound) and event.notice == "were_away" for event in turn.events)
    on_its_way = Tapped(talk.run.id, talk.run.ask, talk.run.place, "keep_whole")
    talk.run = turn.run
    talk.replies(on_its_way)
    assert talk.value("informed_why") == TYPED


def test_more_words_come_to_those_it_is_asked_about_and_none_are_lost() -> None:
    talk = asked()
    talk.types("Nor did anybody else.")
    assert talk.heard(WordsFound).words == f"{KEPT}\nNor did anybody else."
    talk.taps("keep_whole")
    assert talk.value("informed_why") == f"{TYPED}\nNor did anybody else."


def test_more_words_at_a_change_come_to_the_new_ones_not_in_their_place() -> None:
    talk = at("informed_why")
    talk.types("They rang.")
    talk.answers("0", "skip", "0", "skip", "send_now")
    assert talk.run.place == CHECK
    talk.taps("change", "informed_why")
    talk.types(TYPED)
    talk.types("Never.")
    assert talk.value("informed_why") == f"{KEPT}\nNever."


def test_nothing_is_asked_twice_for_the_same_words() -> None:
    talk = asked()
    talk.taps("keep_whole")
    talk.types("back")
    talk.types("They are kind.")
    assert not talk.hears(WordsFound)
    assert talk.value("informed_why") == f"{TYPED}\nThey are kind."
    talk.edits(TYPED, 1)
    assert talk.events == ()


def test_a_comment_from_elsewhere_is_asked_about_once_it_is_kept() -> None:
    talk = at("informed")
    talk.types(TYPED)
    assert talk.heard(CommentOffered).words == TYPED
    talk.taps("keep")
    assert talk.heard(WordsFound) == WordsFound(talk.run.ask, "informed", KEPT)
    talk.taps("keep_whole")
    assert talk.value("informed_why") == TYPED
    assert talk.heard(PlaceReached).place == "informed"


def test_words_on_offer_that_an_answer_keeps_are_without_what_was_found_and_it_is_said() -> None:
    talk = at("informed")
    talk.types(TYPED)
    talk.taps("answer", "2")
    assert talk.heard(PlaceReached).notice == "words_kept_without"
    assert talk.heard(PlaceReached).given == KEPT
    assert waiting(talk) == []


def test_an_answer_typed_instead_of_a_yes_counts() -> None:
    talk = at("informed")
    talk.types(TYPED)
    talk.taps("keep")
    talk.types("a bit better")
    assert talk.value("informed") == "1"
    assert (talk.value("informed_why"), waiting(talk)) == (KEPT, [])


def test_editing_the_message_so_that_nothing_is_left_to_find_goes_on() -> None:
    talk = asked()
    talk.edits("They never rang.")
    assert talk.heard(AnswerChanged).value == "They never rang."
    assert talk.heard(PlaceReached).place == "confident"


def test_editing_the_message_to_something_else_that_is_found_asks_anew() -> None:
    talk = asked()
    talk.edits("John never rang.")
    assert talk.heard(WordsFound).words == "[name] never rang."
    talk.taps("keep_whole")
    assert talk.value("informed_why") == "John never rang."


def test_editing_an_earlier_answer_asks_where_one_stands() -> None:
    talk = at("informed_why")
    talk.types("They never rang.")
    talk.edits("Mary never rang.")
    assert talk.heard(WordsFound) == WordsFound(talk.run.ask, "confident", "[name] never rang.")
    talk.taps("keep_whole")
    assert talk.value("informed_why") == "Mary never rang."
    assert talk.heard(PlaceReached).place == "confident"


def test_it_is_decided_for_one_answer_at_a_time() -> None:
    talk = at("informed_why")
    talk.types("They never rang.")
    talk.answers("0")
    talk.types(TYPED)
    talk.edits("John never rang.", 1)
    assert talk.heard(WordsFound).words == "[name] never rang."
    talk.taps("keep_whole")
    assert talk.heard(WordsFound).words == KEPT
    talk.taps("take_out")
    assert (talk.value("informed_why"), talk.value("confident_why")) == ("John never rang.", KEPT)


def test_nobody_is_led_on_past_words_that_are_not_decided_yet() -> None:
    talk = at("informed_why")
    talk.types("They never rang.")
    talk.answers("0")
    talk.types("Nobody came.")
    for _ in range(3):
        talk.types("back")
    talk.types(TYPED)
    talk.edits("John never came.", 2)
    talk.taps("take_out")
    assert talk.heard(WordsFound).words == "[name] never came."


@pytest.mark.parametrize("place", [STOPPED, WELCOME])
def test_editing_where_nothing_is_asked_takes_it_out_and_shows_it(place: str) -> None:
    talk = at("informed_why")
    talk.types("They never rang.")
    if place == STOPPED:
        talk.commands("stop")
    while talk.run.place != place:
        talk.types("back")
    talk.edits("Mary never rang.", 1)
    assert talk.heard(AnswerChanged).value == "[name] never rang."
    assert waiting(talk) == []


def test_distress_comes_first_and_what_is_kept_is_without_it() -> None:
    talk = at("informed_why")
    talk.types("I can't go on, Mary.")
    assert talk.heard(Told).topic == "helpline_kept"
    assert not talk.hears(WordsFound)
    assert (talk.value("informed_why"), waiting(talk)) == ("I can't go on, [name].", [])


def test_words_that_would_be_too_long_whichever_way_it_is_decided_are_too_long() -> None:
    long = "x" * (LONGEST - 40)
    talk = at("informed_why")
    talk.types(f"{long} jo.o'neill-of-a-very-long-name@example.org")
    assert talk.heard(Told).topic == "too_long"
    talk.edits("Short.")
    assert talk.value("informed_why") == "Short."


def test_the_check_page_what_is_sent_and_my_data_show_the_words_as_they_are_kept() -> None:
    talk = asked("connected_why")
    talk.commands("mydata")
    assert talk.heard(DataTold).answers["connected_why"] == KEPT
    talk.types("skip")
    talk.taps("send_now")
    assert talk.heard(CheckReached).answers["connected_why"] == KEPT
    talk.taps("send", "receipt")
    assert talk.heard(RunSent).answers["connected_why"] == KEPT
