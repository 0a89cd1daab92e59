"""The walk by buttons: start, answer, skip, back, change, why, send."""

from types import MappingProxyType

from flows.events import AnswerSaved
from flows.events.prompts import AskClosed, CheckReached, PlaceReached
from flows.events.submission import ResultDrawn, ResultTold, RunSent, SendOutdated
from flows.models import Tapped
from flows.schema import CHECK, WELCOME
from tests.support.engine_chat import NOW, Talk, at, begun


def test_a_newcomer_is_welcomed_whatever_they_send() -> None:
    for first in ("start", "typed"):
        talk = Talk()
        talk.commands("start") if first == "start" else talk.types("hello?")
        assert talk.heard(PlaceReached).place == WELCOME
        assert talk.run.ask == 1


def test_the_welcome_tells_how_answers_are_kept_and_can_then_be_begun() -> None:
    talk = Talk()
    talk.commands("start")
    talk.taps("kept")
    assert talk.heard(PlaceReached).notice == "kept"
    talk.taps("start")
    assert talk.heard(PlaceReached).place == "role"


def test_an_answer_is_saved_its_message_closed_and_the_next_question_asked() -> None:
    talk = begun()
    talk.taps("answer", "neighbour")
    closed, saved, asked = talk.events
    assert closed == AskClosed(2, "role", {}, "neighbour")
    assert saved == AnswerSaved("role", "neighbour")
    assert asked == PlaceReached(3, "viewpoint", {"role": "neighbour"})
    assert talk.run.seen_at == NOW


def test_a_skipped_question_is_kept_as_skipped() -> None:
    talk = begun()
    talk.taps("skip")
    assert talk.heard(AskClosed).skipped
    assert talk.heard(AnswerSaved).value is None
    assert talk.run.answers["role"].value is None


def test_skipping_keeps_an_answer_that_was_given_before() -> None:
    talk = begun()
    talk.answers("neighbour")
    talk.taps("back")
    assert talk.heard(PlaceReached).given == "neighbour"
    talk.taps("skip")
    assert talk.value("role") == "neighbour"
    assert not talk.hears(AnswerSaved)
    assert talk.heard(AskClosed).chosen == "neighbour"


def test_back_asks_the_earlier_question_again_and_answers_nothing() -> None:
    talk = begun()
    talk.answers("neighbour")
    before = talk.run.answers
    talk.taps("back")
    assert talk.heard(PlaceReached).place == "role"
    assert talk.run.answers == before
    talk.taps("back")
    assert talk.heard(PlaceReached).place == WELCOME


def test_why_asks_again_with_the_reason() -> None:
    talk = begun()
    talk.taps("why")
    assert talk.heard(PlaceReached).why
    assert talk.run.place == "role"


def test_change_leads_from_the_check_page_to_the_question_and_straight_back() -> None:
    talk = at(CHECK)
    talk.taps("change", "viewpoint")
    asked = talk.heard(PlaceReached)
    assert (asked.place, asked.given, asked.changing) == ("viewpoint", "myself", True)
    talk.taps("answer", "family")
    assert talk.heard(CheckReached).answers["viewpoint"] == "family"


def test_change_and_leave_as_it_is_changes_nothing() -> None:
    talk = at(CHECK)
    before = talk.run.answers
    talk.taps("change", "viewpoint")
    talk.taps("skip")
    assert talk.run.place == CHECK
    assert talk.run.answers == before


def test_changed_words_take_the_place_of_the_earlier_ones() -> None:
    talk = at("anything_else")
    talk.types("first")
    talk.taps("change", "anything_else")
    talk.types("second")
    assert talk.value("anything_else") == "second"
    assert talk.run.place == CHECK


def test_words_can_be_added_to_on_the_way() -> None:
    talk = at("anything_else")
    talk.types("first")
    talk.taps("back")
    talk.types("second")
    assert talk.value("anything_else") == "first\nsecond"


def test_words_can_be_taken_out() -> None:
    talk = at("anything_else")
    talk.types("first")
    talk.taps("change", "anything_else")
    talk.taps("clear")
    assert talk.value("anything_else") is None
    assert talk.run.place == CHECK


def test_send_now_leaves_the_rest_unasked_and_back_leads_to_the_fork() -> None:
    talk = at("more")
    talk.taps("send_now")
    assert "new_choices" not in talk.heard(CheckReached).answers
    talk.taps("back")
    assert talk.run.place == "more"
    talk.taps("go_on")
    assert talk.run.place == "new_choices"


def test_what_was_answered_past_the_fork_is_kept_when_one_turns_back_and_sends() -> None:
    talk = at("more")
    talk.answers("go_on", "2")
    talk.taps("back")
    talk.taps("back")
    talk.taps("send_now")
    assert talk.heard(CheckReached).answers["new_choices"] == "2"


def test_sending_ends_the_run_with_the_answers_and_the_receipt() -> None:
    talk = at(CHECK)
    answers = talk.heard(CheckReached).answers
    talk.taps("send", "the-receipt")
    assert talk.over
    assert talk.heard(RunSent) == RunSent(answers, "the-receipt")
    assert talk.heard(ResultDrawn).answers == answers
    assert talk.heard(ResultTold).receipt == "the-receipt"
    assert talk.events[-1] == AskClosed(talk.heard(AskClosed).ask, CHECK, talk.heard(AskClosed).answers), "at the end"


def test_send_pressed_twice_sends_once_and_offers_to_delete() -> None:
    talk = at(CHECK)
    send = Tapped(talk.run.id, talk.run.ask, CHECK, "send", "the-receipt")
    talk.replies(send)
    talk.replies(send)
    assert talk.events == (SendOutdated("the-receipt"),)


def test_nothing_is_sent_without_a_receipt_nor_from_another_place() -> None:
    talk = at(CHECK)
    talk.taps("send")
    assert not talk.over
    talk = at("more")
    talk.taps("send", "the-receipt")
    assert not talk.over


def test_skipped_not_asked_and_not_sure_stay_three_things() -> None:
    talk = begun()
    talk.answers("skip", "myself", "not_sure", "skip", "skip", "2", "skip", "send_now")
    answers = talk.heard(CheckReached).answers
    assert answers["informed"] == "not_sure"
    assert answers["role"] is None
    assert "new_choices" not in answers
    assert "informed_why" not in answers


def test_turns_leave_the_run_they_were_given_untouched() -> None:
    talk = begun()
    before = talk.run
    talk.taps("answer", "neighbour")
    assert before.answers == MappingProxyType({})
    assert before.place == "role"


def test_once_changing_is_over_the_walk_goes_on_as_before() -> None:
    talk = at(CHECK)
    talk.taps("change", "viewpoint")
    talk.taps("answer", "family")
    talk.taps("back")
    talk.taps("back")
    talk.taps("answer", "2")
    assert talk.heard(PlaceReached).place == "anything_else"
    assert not talk.heard(PlaceReached).changing
