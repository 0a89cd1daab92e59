"""Redaction of typed text: the respondent sees what is redacted and decides; without a decision, it stays redacted."""

import pytest

from flows.engine import repeat_prompt_after_downtime
from flows.events import AnswerChanged, NoticeShown
from flows.events.prompts import CommentOffered, RedactionOffered, ReviewReached, StepReached
from flows.events.requests import PersonalDataRequest, SubmissionRequest
from flows.models import Tap
from flows.schema import MAX_TEXT_LENGTH, REVIEW, STOPPED, WELCOME
from tests.support.engine_chat import EngineChat, start_chat_at

TYPED = "Mary never rang from 01632 960 123."
KEPT = "[name] never rang from [phone number]."


def type_identifier_at(step: str = "informed_why", typed: str = TYPED) -> EngineChat:
    """A chat in which this answer contains an identifier and the redaction was offered."""
    engine_chat = start_chat_at(step)
    engine_chat.type_text(typed)
    assert engine_chat.has_event(RedactionOffered)
    return engine_chat


def pending_originals(engine_chat: EngineChat) -> list[str]:
    """The original texts that are not decided on yet."""
    return [part.original for given in engine_chat.run.answers.values() for part in given.texts if part.original]


def test_words_without_anything_found_are_kept_unasked() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    assert engine_chat.run.step == "confident"
    assert not engine_chat.has_event(RedactionOffered)


def test_what_would_be_taken_out_is_shown_before_anything_else_is_asked() -> None:
    engine_chat = type_identifier_at()
    assert engine_chat.get_event(RedactionOffered) == RedactionOffered(engine_chat.run.prompt, "informed_why", KEPT)
    assert engine_chat.run.step == "informed_why"
    assert engine_chat.get_answer("informed_why") == KEPT


@pytest.mark.parametrize("yes", ["", "yes", "Take it out", "ok", "please do"])
def test_taken_out_it_is_gone_for_good_and_the_walk_goes_on(yes: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text(yes) if yes else engine_chat.tap("redact")
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (KEPT, [])
    assert engine_chat.get_event(StepReached).step == "confident"
    assert engine_chat.get_event(StepReached).notice == "text_redacted"


@pytest.mark.parametrize("no", ["", "no", "keep my words as they are", "leave it in", "no thanks"])
def test_kept_they_are_as_they_were_typed_and_the_walk_goes_on(no: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text(no) if no else engine_chat.tap("keep_original")
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (TYPED, [])
    assert engine_chat.get_event(StepReached).step == "confident"
    assert engine_chat.get_event(StepReached).notice == "original_kept"


@pytest.mark.parametrize("way", ["skip", "back", "stop"])
def test_who_goes_on_without_deciding_has_it_taken_out(way: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text(way)
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (KEPT, [])
    assert not engine_chat.has_event(RedactionOffered)


def test_who_stops_and_comes_back_sees_what_is_kept() -> None:
    engine_chat = type_identifier_at()
    engine_chat.send_command("stop")
    engine_chat.send_command("start")
    assert engine_chat.get_event(StepReached).previous_answer == KEPT


def test_a_late_tap_on_keep_changes_nothing_any_more() -> None:
    engine_chat = type_identifier_at()
    engine_chat.send_command("stop")
    engine_chat.send_command("start")
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == KEPT
    assert engine_chat.get_event(StepReached).step == "informed_why"


@pytest.mark.parametrize("way", ["help", "start", "why"])
def test_what_answers_nothing_leaves_the_question_open(way: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text("why") if way == "why" else engine_chat.send_command(way)
    if way == "help":
        engine_chat.tap("resume")
    assert engine_chat.get_event(RedactionOffered).text == KEPT
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == TYPED


def test_why_tells_why() -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text("why?")
    assert engine_chat.get_event(RedactionOffered).notice == "found_why"


def test_after_we_were_away_it_is_asked_again_and_a_tap_on_its_way_counts() -> None:
    engine_chat = type_identifier_at()
    turn = repeat_prompt_after_downtime(engine_chat.walk, engine_chat.run)
    assert turn.run is not None
    assert any(isinstance(event, RedactionOffered) and event.notice == "after_downtime" for event in turn.events)
    on_its_way = Tap(engine_chat.run.id, engine_chat.run.prompt, engine_chat.run.step, "keep_original")
    engine_chat.run = turn.run
    engine_chat.send_reply(on_its_way)
    assert engine_chat.get_answer("informed_why") == TYPED


def test_more_words_come_to_those_it_is_asked_about_and_none_are_lost() -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text("Nor did anybody else.")
    assert engine_chat.get_event(RedactionOffered).text == f"{KEPT}\nNor did anybody else."
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == f"{TYPED}\nNor did anybody else."


def test_more_words_at_a_change_come_to_the_new_ones_not_in_their_place() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They rang.")
    engine_chat.answer("0", "skip", "0", "skip", "send_now")
    assert engine_chat.run.step == REVIEW
    engine_chat.tap("change", "informed_why")
    engine_chat.type_text(TYPED)
    engine_chat.type_text("Never.")
    assert engine_chat.get_answer("informed_why") == f"{KEPT}\nNever."


def test_nothing_is_asked_twice_for_the_same_words() -> None:
    engine_chat = type_identifier_at()
    engine_chat.tap("keep_original")
    engine_chat.type_text("back")
    engine_chat.type_text("They are kind.")
    assert not engine_chat.has_event(RedactionOffered)
    assert engine_chat.get_answer("informed_why") == f"{TYPED}\nThey are kind."
    engine_chat.edit_message(TYPED, 1)
    assert engine_chat.events == ()


def test_a_comment_from_elsewhere_is_asked_about_once_it_is_kept() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(TYPED)
    assert engine_chat.get_event(CommentOffered).text == TYPED
    engine_chat.tap("keep")
    assert engine_chat.get_event(RedactionOffered) == RedactionOffered(engine_chat.run.prompt, "informed", KEPT)
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == TYPED
    assert engine_chat.get_event(StepReached).step == "informed"


def test_words_on_offer_that_an_answer_keeps_are_without_what_was_found_and_it_is_said() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(TYPED)
    engine_chat.tap("answer", "2")
    assert engine_chat.get_event(StepReached).notice == "words_kept_without"
    assert engine_chat.get_event(StepReached).previous_answer == KEPT
    assert pending_originals(engine_chat) == []


def test_an_answer_typed_instead_of_a_yes_counts() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(TYPED)
    engine_chat.tap("keep")
    engine_chat.type_text("a bit better")
    assert engine_chat.get_answer("informed") == "1"
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (KEPT, [])


def test_editing_the_message_so_that_nothing_is_left_to_find_goes_on() -> None:
    engine_chat = type_identifier_at()
    engine_chat.edit_message("They never rang.")
    assert engine_chat.get_event(AnswerChanged).value == "They never rang."
    assert engine_chat.get_event(StepReached).step == "confident"


def test_editing_the_message_to_something_else_that_is_found_asks_anew() -> None:
    engine_chat = type_identifier_at()
    engine_chat.edit_message("John never rang.")
    assert engine_chat.get_event(RedactionOffered).text == "[name] never rang."
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == "John never rang."


def test_editing_an_earlier_answer_asks_where_one_stands() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    engine_chat.edit_message("Mary never rang.")
    assert engine_chat.get_event(RedactionOffered) == RedactionOffered(
        engine_chat.run.prompt, "confident", "[name] never rang."
    )
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == "Mary never rang."
    assert engine_chat.get_event(StepReached).step == "confident"


def test_it_is_decided_for_one_answer_at_a_time() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    engine_chat.answer("0")
    engine_chat.type_text(TYPED)
    engine_chat.edit_message("John never rang.", 1)
    assert engine_chat.get_event(RedactionOffered).text == "[name] never rang."
    engine_chat.tap("keep_original")
    assert engine_chat.get_event(RedactionOffered).text == KEPT
    engine_chat.tap("redact")
    assert (engine_chat.get_answer("informed_why"), engine_chat.get_answer("confident_why")) == (
        "John never rang.",
        KEPT,
    )


def test_nobody_is_led_on_past_words_that_are_not_decided_yet() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    engine_chat.answer("0")
    engine_chat.type_text("Nobody came.")
    for _ in range(3):
        engine_chat.type_text("back")
    engine_chat.type_text(TYPED)
    engine_chat.edit_message("John never came.", 2)
    engine_chat.tap("redact")
    assert engine_chat.get_event(RedactionOffered).text == "[name] never came."


@pytest.mark.parametrize("step", [STOPPED, WELCOME])
def test_editing_where_nothing_is_asked_takes_it_out_and_shows_it(step: str) -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    if step == STOPPED:
        engine_chat.send_command("stop")
    while engine_chat.run.step != step:
        engine_chat.type_text("back")
    engine_chat.edit_message("Mary never rang.", 1)
    assert engine_chat.get_event(AnswerChanged).value == "[name] never rang."
    assert pending_originals(engine_chat) == []


def test_distress_comes_first_and_what_is_kept_is_without_it() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("I can't go on, Mary.")
    assert engine_chat.get_event(NoticeShown).topic == "helpline_kept"
    assert not engine_chat.has_event(RedactionOffered)
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == ("I can't go on, [name].", [])


def test_words_that_would_be_too_long_whichever_way_it_is_decided_are_too_long() -> None:
    long = "x" * (MAX_TEXT_LENGTH - 40)
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text(f"{long} jo.o'neill-of-a-very-long-name@example.org")
    assert engine_chat.get_event(NoticeShown).topic == "too_long"
    engine_chat.edit_message("Short.")
    assert engine_chat.get_answer("informed_why") == "Short."


def test_the_check_page_what_is_sent_and_my_data_show_the_words_as_they_are_kept() -> None:
    engine_chat = type_identifier_at("connected_why")
    engine_chat.send_command("mydata")
    assert engine_chat.get_event(PersonalDataRequest).answers["connected_why"] == KEPT
    engine_chat.type_text("skip")
    engine_chat.tap("send_now")
    assert engine_chat.get_event(ReviewReached).answers["connected_why"] == KEPT
    engine_chat.tap("send", "receipt")
    assert engine_chat.get_event(SubmissionRequest).answers["connected_why"] == KEPT
