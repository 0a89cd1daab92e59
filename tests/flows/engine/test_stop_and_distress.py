"""Stop, carry on, and words of distress."""

import pytest

from flows.events import AnswerChanged, AnswerSaved, ReplyOutdated, RunStopped, Told
from flows.events.prompts import AskClosed, CheckReached, ChoiceUnclear, CommentOffered, PlaceReached
from flows.models import Tapped
from flows.schema import CHECK, STOPPED, WELCOME
from tests.support.engine_chat import Talk, at


def carry_on(talk: Talk) -> None:
    talk.replies(Tapped(talk.run.id, 0, "", "resume"))


@pytest.mark.parametrize("way", ["/stop", "stop", "later"])
@pytest.mark.parametrize("place", ["role", "informed_why", "more", CHECK])
def test_one_can_stop_anywhere_and_the_place_is_kept(place: str, way: str) -> None:
    talk = at(place)
    ask = talk.run.ask
    talk.commands("stop") if way == "/stop" else talk.types(way)
    assert talk.events == (AskClosed(ask, place, talk.heard(AskClosed).answers), RunStopped())
    assert (talk.run.place, talk.run.left) == (STOPPED, place)
    carry_on(talk)
    assert talk.run.place == place
    assert talk.run.left is None


@pytest.mark.parametrize("words", ["carry on", "continue", "go on", "ok", "start", "skip", "why"])
def test_carrying_on_can_be_typed(words: str) -> None:
    talk = at("confident")
    talk.commands("stop")
    talk.types(words)
    assert talk.heard(PlaceReached).place == "confident"
    assert "confident" not in talk.run.answers


def test_start_carries_on_and_welcomes_back() -> None:
    talk = at("confident")
    talk.commands("stop")
    talk.commands("start")
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.notice) == ("confident", "welcome_back")


@pytest.mark.parametrize("way", ["/stop", "stop", "not now"])
def test_stopping_again_says_again_that_the_place_is_kept(way: str) -> None:
    talk = at("confident")
    talk.commands("stop")
    talk.commands("stop") if way == "/stop" else talk.types(way)
    assert talk.events == (RunStopped(),)


def test_help_can_be_asked_for_after_a_stop() -> None:
    talk = at("confident")
    talk.commands("stop")
    talk.types("help")
    assert talk.heard(Told) == Told("help", "carry_on")
    assert talk.run.place == STOPPED


def test_before_the_first_question_there_is_nothing_to_stop() -> None:
    talk = Talk()
    talk.commands("start")
    talk.commands("stop")
    assert talk.heard(Told).topic == "nothing_to_stop"
    assert talk.run.place == WELCOME


def test_a_label_typed_after_a_stop_answers_nothing_but_is_asked_about() -> None:
    talk = at("informed")
    talk.commands("stop")
    talk.types("a bit better")
    assert "informed" not in talk.run.answers
    assert talk.heard(ChoiceUnclear).candidates == ("1",)
    talk.taps("answer", "1")
    assert talk.value("informed") == "1"


def test_words_typed_after_a_stop_are_offered_where_they_belong() -> None:
    talk = at("informed_why")
    talk.commands("stop")
    talk.types("They rang back.")
    talk.taps("keep")
    assert talk.value("informed_why") == "They rang back."
    assert talk.run.place == "informed_why"


def test_words_that_waited_before_a_stop_are_offered_with_others_typed_after_it() -> None:
    talk = at("informed")
    talk.types("First thing.")
    talk.commands("stop")
    talk.types("Second thing.")
    assert talk.heard(CommentOffered).words == "First thing.\nSecond thing."
    assert talk.value("informed_why") is None
    talk.taps("keep")
    assert talk.value("informed_why") == "First thing.\nSecond thing."


def test_words_that_waited_before_a_stop_are_offered_again() -> None:
    talk = at("informed")
    talk.types("First thing.")
    talk.commands("stop")
    carry_on(talk)
    assert talk.heard(CommentOffered).words == "First thing."


def test_too_much_typed_after_a_stop_leaves_the_run_stopped() -> None:
    talk = at("informed")
    talk.commands("stop")
    talk.types("x" * 701)
    assert talk.heard(Told).topic == "too_long"
    assert (talk.run.place, talk.run.left) == (STOPPED, "informed")
    talk.types("a bit better")
    assert "informed" not in talk.run.answers


def test_distress_is_answered_at_once_and_nothing_more_is_asked() -> None:
    talk = at("informed_why")
    talk.types("I can't go on like this")
    assert [type(event) for event in talk.events] == [AskClosed, AnswerSaved, Told]
    assert talk.heard(Told) == Told("helpline_kept", "carry_on_or_stop")
    assert talk.value("informed_why") == "I can't go on like this"
    assert (talk.run.place, talk.run.left) == (STOPPED, "confident")


def test_distress_at_a_choice_question_is_not_asked_about_and_shows_where_comments_do() -> None:
    talk = at("informed")
    talk.types("i cant take any more")
    assert talk.heard(Told).topic == "helpline_kept"
    talk.replies(Tapped(talk.run.id, 0, "", "resume", "calmly"))
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.notice) == ("informed", "no_hurry")
    talk.taps("answer", "-1")
    assert talk.heard(PlaceReached).given == "i cant take any more"
    talk.taps("clear")
    assert talk.value("informed_why") is None


def test_after_the_helpline_one_can_stop_for_now() -> None:
    talk = at("informed")
    talk.types("i want to die")
    talk.replies(Tapped(talk.run.id, 0, "", "stop"))
    assert talk.events == (RunStopped(),)
    newcomer = Talk()
    newcomer.types("i want to die")
    newcomer.replies(Tapped(newcomer.run.id, 0, "", "stop"))
    assert newcomer.heard(Told).topic == "stopped_early"


def test_distress_with_words_on_offer_keeps_both() -> None:
    talk = at("informed")
    talk.types("They rang back.")
    talk.types("but i cant cope anymore")
    assert talk.heard(Told).topic == "helpline_kept"
    assert talk.value("informed_why") == "They rang back.\nbut i cant cope anymore"


def test_distress_said_at_length_closes_the_question_too() -> None:
    talk = at("informed")
    ask = talk.run.ask
    talk.types("I want to die. " + "x" * 800)
    assert talk.events == (
        AskClosed(ask, "informed", talk.heard(AskClosed).answers),
        Told("helpline", "carry_on_or_stop"),
    )
    assert talk.run.place == STOPPED


def test_distress_after_a_stop_and_at_the_welcome_is_answered_as_well() -> None:
    talk = at("informed")
    talk.commands("stop")
    talk.types("there is no reason to live")
    assert talk.heard(Told).topic == "helpline_kept"
    assert (talk.run.place, talk.run.left) == (STOPPED, "informed")
    newcomer = Talk()
    newcomer.types("i want to die")
    assert newcomer.heard(Told).topic == "helpline"
    carry_on(newcomer)
    assert newcomer.heard(PlaceReached).place == WELCOME


@pytest.mark.parametrize("known", [True, False])
def test_distress_that_is_edited_in_is_answered_as_well(known: bool) -> None:
    talk = at("informed_why")
    talk.types("fine")
    ask = talk.run.ask
    talk.edits("I can't go on", None if known else 99)
    assert talk.heard(Told).topic == ("helpline_kept" if known else "helpline")
    assert talk.heard(AskClosed).ask == ask
    assert talk.hears(AnswerChanged) is known
    assert talk.run.place == STOPPED


def test_distress_at_the_check_page_keeps_the_page() -> None:
    talk = at(CHECK)
    talk.types("i am suicidal")
    carry_on(talk)
    assert talk.heard(CheckReached).answers["anything_else"] == "i am suicidal"


def test_an_old_button_after_distress_answers_nothing() -> None:
    talk = at("informed")
    old = Tapped(talk.run.id, talk.run.ask, "informed", "answer", "2")
    talk.types("I want to die. " + "x" * 800)
    talk.replies(old)
    assert talk.events == (ReplyOutdated("informed"),)
