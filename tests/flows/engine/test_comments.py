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
    """The original texts whose redaction is still undecided."""
    return [part.original for answer in engine_chat.run.answers.values() for part in answer.texts if part.original]


def test_text_without_identifiers_is_kept_without_asking() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    assert engine_chat.run.step == "confident"
    assert not engine_chat.has_event(RedactionOffered)


def test_a_redaction_is_offered_before_the_next_question() -> None:
    engine_chat = type_identifier_at()
    assert engine_chat.get_event(RedactionOffered) == RedactionOffered(engine_chat.run.prompt, "informed_why", KEPT)
    assert engine_chat.run.step == "informed_why"
    assert engine_chat.get_answer("informed_why") == KEPT


@pytest.mark.parametrize("text", ["", "yes", "Take it out", "ok", "please do"])
def test_an_accepted_redaction_deletes_the_original_and_goes_on(text: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text(text) if text else engine_chat.tap("redact")
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (KEPT, [])
    assert engine_chat.get_event(StepReached).step == "confident"
    assert engine_chat.get_event(StepReached).notice == "text_redacted"


@pytest.mark.parametrize("text", ["", "no", "keep my words as they are", "leave it in", "no thanks"])
def test_a_declined_redaction_keeps_the_original_and_goes_on(text: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text(text) if text else engine_chat.tap("keep_original")
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (TYPED, [])
    assert engine_chat.get_event(StepReached).step == "confident"
    assert engine_chat.get_event(StepReached).notice == "original_kept"


@pytest.mark.parametrize("reply", ["skip", "back", "stop"])
def test_going_on_without_a_decision_redacts_the_text(reply: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text(reply)
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (KEPT, [])
    assert not engine_chat.has_event(RedactionOffered)


def test_after_a_stop_the_redacted_text_is_shown() -> None:
    engine_chat = type_identifier_at()
    engine_chat.send_command("stop")
    engine_chat.send_command("start")
    assert engine_chat.get_event(StepReached).previous_answer == KEPT


def test_a_late_tap_on_keep_does_not_restore_the_original() -> None:
    engine_chat = type_identifier_at()
    engine_chat.send_command("stop")
    engine_chat.send_command("start")
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == KEPT
    assert engine_chat.get_event(StepReached).step == "informed_why"


@pytest.mark.parametrize("reply", ["help", "start", "why"])
def test_commands_do_not_decide_an_offered_redaction(reply: str) -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text("why") if reply == "why" else engine_chat.send_command(reply)
    if reply == "help":
        engine_chat.tap("resume")
    assert engine_chat.get_event(RedactionOffered).text == KEPT
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == TYPED


def test_why_explains_the_redaction() -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text("why?")
    assert engine_chat.get_event(RedactionOffered).notice == "found_why"


def test_a_redaction_is_offered_again_after_downtime_and_a_late_tap_counts() -> None:
    engine_chat = type_identifier_at()
    turn = repeat_prompt_after_downtime(engine_chat.walk, engine_chat.run)
    assert turn.run is not None
    assert any(isinstance(event, RedactionOffered) and event.notice == "after_downtime" for event in turn.events)
    late_tap = Tap(engine_chat.run.id, engine_chat.run.prompt, engine_chat.run.step, "keep_original")
    engine_chat.run = turn.run
    engine_chat.send_reply(late_tap)
    assert engine_chat.get_answer("informed_why") == TYPED


def test_more_text_is_appended_to_an_answer_with_an_offered_redaction() -> None:
    engine_chat = type_identifier_at()
    engine_chat.type_text("Nor did anybody else.")
    assert engine_chat.get_event(RedactionOffered).text == f"{KEPT}\nNor did anybody else."
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == f"{TYPED}\nNor did anybody else."


def test_more_text_is_appended_to_a_changed_answer_with_an_offered_redaction() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They rang.")
    engine_chat.answer("0", "skip", "0", "skip", "send_now")
    assert engine_chat.run.step == REVIEW
    engine_chat.tap("change", "informed_why")
    engine_chat.type_text(TYPED)
    engine_chat.type_text("Never.")
    assert engine_chat.get_answer("informed_why") == f"{KEPT}\nNever."


def test_a_redaction_is_not_offered_twice_for_the_same_text() -> None:
    engine_chat = type_identifier_at()
    engine_chat.tap("keep_original")
    engine_chat.type_text("back")
    engine_chat.type_text("They are kind.")
    assert not engine_chat.has_event(RedactionOffered)
    assert engine_chat.get_answer("informed_why") == f"{TYPED}\nThey are kind."
    engine_chat.edit_message(TYPED, 1)
    assert engine_chat.events == ()


def test_a_redaction_of_an_offered_comment_is_offered_once_it_is_kept() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(TYPED)
    assert engine_chat.get_event(CommentOffered).text == TYPED
    engine_chat.tap("keep")
    assert engine_chat.get_event(RedactionOffered) == RedactionOffered(engine_chat.run.prompt, "informed", KEPT)
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == TYPED
    assert engine_chat.get_event(StepReached).step == "informed"


def test_an_offered_comment_kept_by_an_answer_is_redacted_with_a_notice() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(TYPED)
    engine_chat.tap("answer", "2")
    assert engine_chat.get_event(StepReached).notice == "words_kept_without"
    assert engine_chat.get_event(StepReached).previous_answer == KEPT
    assert pending_originals(engine_chat) == []


def test_an_answer_typed_at_an_offered_redaction_counts() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(TYPED)
    engine_chat.tap("keep")
    engine_chat.type_text("a bit better")
    assert engine_chat.get_answer("informed") == "1"
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == (KEPT, [])


def test_an_edit_that_removes_the_identifier_goes_on() -> None:
    engine_chat = type_identifier_at()
    engine_chat.edit_message("They never rang.")
    assert engine_chat.get_event(AnswerChanged).value == "They never rang."
    assert engine_chat.get_event(StepReached).step == "confident"


def test_an_edit_to_another_identifier_offers_a_redaction_again() -> None:
    engine_chat = type_identifier_at()
    engine_chat.edit_message("John never rang.")
    assert engine_chat.get_event(RedactionOffered).text == "[name] never rang."
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == "John never rang."


def test_an_edit_of_an_earlier_answer_offers_a_redaction_at_the_current_step() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    engine_chat.edit_message("Mary never rang.")
    assert engine_chat.get_event(RedactionOffered) == RedactionOffered(
        engine_chat.run.prompt, "confident", "[name] never rang."
    )
    engine_chat.tap("keep_original")
    assert engine_chat.get_answer("informed_why") == "Mary never rang."
    assert engine_chat.get_event(StepReached).step == "confident"


def test_redactions_are_offered_for_one_answer_at_a_time() -> None:
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


def test_the_run_does_not_go_on_past_an_undecided_redaction() -> None:
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
def test_an_edit_without_an_open_question_is_redacted_and_shown(step: str) -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They never rang.")
    if step == STOPPED:
        engine_chat.send_command("stop")
    while engine_chat.run.step != step:
        engine_chat.type_text("back")
    engine_chat.edit_message("Mary never rang.", 1)
    assert engine_chat.get_event(AnswerChanged).value == "[name] never rang."
    assert pending_originals(engine_chat) == []


def test_distress_comes_first_and_the_text_is_redacted() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("I can't go on, Mary.")
    assert engine_chat.get_event(NoticeShown).topic == "helpline_kept"
    assert not engine_chat.has_event(RedactionOffered)
    assert (engine_chat.get_answer("informed_why"), pending_originals(engine_chat)) == ("I can't go on, [name].", [])


def test_text_that_is_too_long_after_redaction_is_refused() -> None:
    long = "x" * (MAX_TEXT_LENGTH - 40)
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text(f"{long} jo.o'neill-of-a-very-long-name@example.org")
    assert engine_chat.get_event(NoticeShown).topic == "too_long"
    engine_chat.edit_message("Short.")
    assert engine_chat.get_answer("informed_why") == "Short."


def test_review_submission_and_mydata_show_the_redacted_text() -> None:
    engine_chat = type_identifier_at("connected_why")
    engine_chat.send_command("mydata")
    assert engine_chat.get_event(PersonalDataRequest).answers["connected_why"] == KEPT
    engine_chat.type_text("skip")
    engine_chat.tap("send_now")
    assert engine_chat.get_event(ReviewReached).answers["connected_why"] == KEPT
    engine_chat.tap("send", "receipt")
    assert engine_chat.get_event(SubmissionRequest).answers["connected_why"] == KEPT
