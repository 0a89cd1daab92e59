"""A run by buttons: start, answer, skip, back, change, why and send."""

from types import MappingProxyType

from flows.events import AnswerSaved
from flows.events.prompts import PromptClosed, ReviewReached, StepReached
from flows.events.requests import OutdatedSendRequest, SubmissionRequest
from flows.events.submission import ResultCardShown, ResultDetailsShown
from flows.models import Tap
from flows.schema import REVIEW, WELCOME
from tests.support.engine_chat import NOW, EngineChat, start_chat, start_chat_at


def test_a_new_person_is_welcomed_whatever_they_send() -> None:
    for first in ("start", "typed"):
        engine_chat = EngineChat()
        engine_chat.send_command("start") if first == "start" else engine_chat.type_text("hello?")
        assert engine_chat.get_event(StepReached).step == WELCOME
        assert engine_chat.run.prompt == 1


def test_the_welcome_explains_how_answers_are_kept() -> None:
    engine_chat = EngineChat()
    engine_chat.send_command("start")
    engine_chat.tap("kept")
    assert engine_chat.get_event(StepReached).notice == "kept"
    engine_chat.tap("start")
    assert engine_chat.get_event(StepReached).step == "role"


def test_an_answer_is_saved_closes_its_prompt_and_leads_to_the_next_question() -> None:
    engine_chat = start_chat()
    engine_chat.tap("answer", "neighbour")
    closed, saved, event = engine_chat.events
    assert closed == PromptClosed(2, "role", {}, "neighbour")
    assert saved == AnswerSaved("role", "neighbour")
    assert event == StepReached(3, "viewpoint", {"role": "neighbour"})
    assert engine_chat.run.seen_at == NOW


def test_a_skipped_question_is_stored_as_skipped() -> None:
    engine_chat = start_chat()
    engine_chat.tap("skip")
    assert engine_chat.get_event(PromptClosed).is_skipped
    assert engine_chat.get_event(AnswerSaved).value is None
    assert engine_chat.run.answers["role"].value is None


def test_skip_keeps_an_earlier_answer() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).previous_answer == "neighbour"
    engine_chat.tap("skip")
    assert engine_chat.get_answer("role") == "neighbour"
    assert not engine_chat.has_event(AnswerSaved)
    assert engine_chat.get_event(PromptClosed).choice == "neighbour"


def test_back_returns_to_the_earlier_question_and_changes_no_answer() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    before = engine_chat.run.answers
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).step == "role"
    assert engine_chat.run.answers == before
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).step == WELCOME


def test_why_repeats_the_question_with_its_reason() -> None:
    engine_chat = start_chat()
    engine_chat.tap("why")
    assert engine_chat.get_event(StepReached).should_explain
    assert engine_chat.run.step == "role"


def test_change_leads_from_the_review_page_to_the_question_and_back() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.tap("change", "viewpoint")
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.previous_answer, event.is_changing) == ("viewpoint", "myself", True)
    engine_chat.tap("answer", "family")
    assert engine_chat.get_event(ReviewReached).answers["viewpoint"] == "family"


def test_change_followed_by_skip_changes_nothing() -> None:
    engine_chat = start_chat_at(REVIEW)
    before = engine_chat.run.answers
    engine_chat.tap("change", "viewpoint")
    engine_chat.tap("skip")
    assert engine_chat.run.step == REVIEW
    assert engine_chat.run.answers == before


def test_text_at_a_change_replaces_the_earlier_text() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.tap("change", "anything_else")
    engine_chat.type_text("second")
    assert engine_chat.get_answer("anything_else") == "second"
    assert engine_chat.run.step == REVIEW


def test_text_at_an_answered_question_is_added_to_the_earlier_text() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.tap("back")
    engine_chat.type_text("second")
    assert engine_chat.get_answer("anything_else") == "first\nsecond"


def test_a_text_answer_can_be_cleared() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.tap("change", "anything_else")
    engine_chat.tap("clear")
    assert engine_chat.get_answer("anything_else") is None
    assert engine_chat.run.step == REVIEW


def test_send_now_leads_to_review_and_back_to_the_fork() -> None:
    engine_chat = start_chat_at("more")
    engine_chat.tap("send_now")
    assert "new_choices" not in engine_chat.get_event(ReviewReached).answers
    engine_chat.tap("back")
    assert engine_chat.run.step == "more"
    engine_chat.tap("go_on")
    assert engine_chat.run.step == "new_choices"


def test_answers_past_a_fork_are_kept_after_going_back_and_send_now() -> None:
    engine_chat = start_chat_at("more")
    engine_chat.answer("go_on", "2")
    engine_chat.tap("back")
    engine_chat.tap("back")
    engine_chat.tap("send_now")
    assert engine_chat.get_event(ReviewReached).answers["new_choices"] == "2"


def test_send_submits_the_answers_with_the_receipt_and_ends_the_run() -> None:
    engine_chat = start_chat_at(REVIEW)
    answers = engine_chat.get_event(ReviewReached).answers
    engine_chat.tap("send", "the-receipt")
    assert engine_chat.is_over
    assert engine_chat.get_event(SubmissionRequest) == SubmissionRequest(answers, "the-receipt")
    assert engine_chat.get_event(ResultCardShown).answers == answers
    assert engine_chat.get_event(ResultDetailsShown).receipt == "the-receipt"
    assert engine_chat.events[-1] == PromptClosed(
        engine_chat.get_event(PromptClosed).prompt, REVIEW, engine_chat.get_event(PromptClosed).choices
    ), "the review page is closed last"


def test_a_second_tap_on_send_submits_nothing_and_offers_deletion() -> None:
    engine_chat = start_chat_at(REVIEW)
    send = Tap(engine_chat.run.id, engine_chat.run.prompt, REVIEW, "send", "the-receipt")
    engine_chat.send_reply(send)
    engine_chat.send_reply(send)
    assert engine_chat.events == (OutdatedSendRequest("the-receipt"),)


def test_send_needs_a_receipt_and_the_review_page() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.tap("send")
    assert not engine_chat.is_over
    engine_chat = start_chat_at("more")
    engine_chat.tap("send", "the-receipt")
    assert not engine_chat.is_over


def test_skipped_not_asked_and_not_sure_are_distinguished() -> None:
    engine_chat = start_chat()
    engine_chat.answer("skip", "myself", "not_sure", "skip", "skip", "2", "skip", "send_now")
    answers = engine_chat.get_event(ReviewReached).answers
    assert answers["informed"] == "not_sure"
    assert answers["role"] is None
    assert "new_choices" not in answers
    assert "informed_why" not in answers


def test_a_turn_does_not_modify_the_given_run() -> None:
    engine_chat = start_chat()
    before = engine_chat.run
    engine_chat.tap("answer", "neighbour")
    assert before.answers == MappingProxyType({})
    assert before.step == "role"


def test_after_a_change_the_run_goes_on_normally() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.tap("change", "viewpoint")
    engine_chat.tap("answer", "family")
    engine_chat.tap("back")
    engine_chat.tap("back")
    engine_chat.tap("answer", "2")
    assert engine_chat.get_event(StepReached).step == "anything_else"
    assert not engine_chat.get_event(StepReached).is_changing
