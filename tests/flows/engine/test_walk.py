"""The walk by buttons: start, answer, skip, back, change, why, send."""

from types import MappingProxyType

from flows.events import AnswerSaved
from flows.events.prompts import PromptClosed, ReviewReached, StepReached
from flows.events.requests import OutdatedSendRequest, SubmissionRequest
from flows.events.submission import ResultCardShown, ResultDetailsShown
from flows.models import Tap
from flows.schema import REVIEW, WELCOME
from tests.support.engine_chat import NOW, EngineChat, start_chat, start_chat_at


def test_a_newcomer_is_welcomed_whatever_they_send() -> None:
    for first in ("start", "typed"):
        engine_chat = EngineChat()
        engine_chat.send_command("start") if first == "start" else engine_chat.type_text("hello?")
        assert engine_chat.get_event(StepReached).step == WELCOME
        assert engine_chat.run.prompt == 1


def test_the_welcome_tells_how_answers_are_kept_and_can_then_be_begun() -> None:
    engine_chat = EngineChat()
    engine_chat.send_command("start")
    engine_chat.tap("kept")
    assert engine_chat.get_event(StepReached).notice == "kept"
    engine_chat.tap("start")
    assert engine_chat.get_event(StepReached).step == "role"


def test_an_answer_is_saved_its_message_closed_and_the_next_question_asked() -> None:
    engine_chat = start_chat()
    engine_chat.tap("answer", "neighbour")
    closed, saved, asked = engine_chat.events
    assert closed == PromptClosed(2, "role", {}, "neighbour")
    assert saved == AnswerSaved("role", "neighbour")
    assert asked == StepReached(3, "viewpoint", {"role": "neighbour"})
    assert engine_chat.run.seen_at == NOW


def test_a_skipped_question_is_kept_as_skipped() -> None:
    engine_chat = start_chat()
    engine_chat.tap("skip")
    assert engine_chat.get_event(PromptClosed).is_skipped
    assert engine_chat.get_event(AnswerSaved).value is None
    assert engine_chat.run.answers["role"].value is None


def test_skipping_keeps_an_answer_that_was_given_before() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).previous_answer == "neighbour"
    engine_chat.tap("skip")
    assert engine_chat.get_answer("role") == "neighbour"
    assert not engine_chat.has_event(AnswerSaved)
    assert engine_chat.get_event(PromptClosed).choice == "neighbour"


def test_back_asks_the_earlier_question_again_and_answers_nothing() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    before = engine_chat.run.answers
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).step == "role"
    assert engine_chat.run.answers == before
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).step == WELCOME


def test_why_asks_again_with_the_reason() -> None:
    engine_chat = start_chat()
    engine_chat.tap("why")
    assert engine_chat.get_event(StepReached).should_explain
    assert engine_chat.run.step == "role"


def test_change_leads_from_the_check_page_to_the_question_and_straight_back() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.tap("change", "viewpoint")
    asked = engine_chat.get_event(StepReached)
    assert (asked.step, asked.previous_answer, asked.is_changing) == ("viewpoint", "myself", True)
    engine_chat.tap("answer", "family")
    assert engine_chat.get_event(ReviewReached).answers["viewpoint"] == "family"


def test_change_and_leave_as_it_is_changes_nothing() -> None:
    engine_chat = start_chat_at(REVIEW)
    before = engine_chat.run.answers
    engine_chat.tap("change", "viewpoint")
    engine_chat.tap("skip")
    assert engine_chat.run.step == REVIEW
    assert engine_chat.run.answers == before


def test_changed_words_take_the_place_of_the_earlier_ones() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.tap("change", "anything_else")
    engine_chat.type_text("second")
    assert engine_chat.get_answer("anything_else") == "second"
    assert engine_chat.run.step == REVIEW


def test_words_can_be_added_to_on_the_way() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.tap("back")
    engine_chat.type_text("second")
    assert engine_chat.get_answer("anything_else") == "first\nsecond"


def test_words_can_be_taken_out() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.tap("change", "anything_else")
    engine_chat.tap("clear")
    assert engine_chat.get_answer("anything_else") is None
    assert engine_chat.run.step == REVIEW


def test_send_now_leaves_the_rest_unasked_and_back_leads_to_the_fork() -> None:
    engine_chat = start_chat_at("more")
    engine_chat.tap("send_now")
    assert "new_choices" not in engine_chat.get_event(ReviewReached).answers
    engine_chat.tap("back")
    assert engine_chat.run.step == "more"
    engine_chat.tap("go_on")
    assert engine_chat.run.step == "new_choices"


def test_what_was_answered_past_the_fork_is_kept_when_one_turns_back_and_sends() -> None:
    engine_chat = start_chat_at("more")
    engine_chat.answer("go_on", "2")
    engine_chat.tap("back")
    engine_chat.tap("back")
    engine_chat.tap("send_now")
    assert engine_chat.get_event(ReviewReached).answers["new_choices"] == "2"


def test_sending_ends_the_run_with_the_answers_and_the_receipt() -> None:
    engine_chat = start_chat_at(REVIEW)
    answers = engine_chat.get_event(ReviewReached).answers
    engine_chat.tap("send", "the-receipt")
    assert engine_chat.is_over
    assert engine_chat.get_event(SubmissionRequest) == SubmissionRequest(answers, "the-receipt")
    assert engine_chat.get_event(ResultCardShown).answers == answers
    assert engine_chat.get_event(ResultDetailsShown).receipt == "the-receipt"
    assert engine_chat.events[-1] == PromptClosed(
        engine_chat.get_event(PromptClosed).prompt, REVIEW, engine_chat.get_event(PromptClosed).choices
    ), "at the end"


def test_send_pressed_twice_sends_once_and_offers_to_delete() -> None:
    engine_chat = start_chat_at(REVIEW)
    send = Tap(engine_chat.run.id, engine_chat.run.prompt, REVIEW, "send", "the-receipt")
    engine_chat.send_reply(send)
    engine_chat.send_reply(send)
    assert engine_chat.events == (OutdatedSendRequest("the-receipt"),)


def test_nothing_is_sent_without_a_receipt_nor_from_another_place() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.tap("send")
    assert not engine_chat.is_over
    engine_chat = start_chat_at("more")
    engine_chat.tap("send", "the-receipt")
    assert not engine_chat.is_over


def test_skipped_not_asked_and_not_sure_stay_three_things() -> None:
    engine_chat = start_chat()
    engine_chat.answer("skip", "myself", "not_sure", "skip", "skip", "2", "skip", "send_now")
    answers = engine_chat.get_event(ReviewReached).answers
    assert answers["informed"] == "not_sure"
    assert answers["role"] is None
    assert "new_choices" not in answers
    assert "informed_why" not in answers


def test_turns_leave_the_run_they_were_given_untouched() -> None:
    engine_chat = start_chat()
    before = engine_chat.run
    engine_chat.tap("answer", "neighbour")
    assert before.answers == MappingProxyType({})
    assert before.step == "role"


def test_once_changing_is_over_the_walk_goes_on_as_before() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.tap("change", "viewpoint")
    engine_chat.tap("answer", "family")
    engine_chat.tap("back")
    engine_chat.tap("back")
    engine_chat.tap("answer", "2")
    assert engine_chat.get_event(StepReached).step == "anything_else"
    assert not engine_chat.get_event(StepReached).is_changing
