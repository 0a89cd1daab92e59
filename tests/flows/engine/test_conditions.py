"""Conditions in a small flow: which questions a changed answer hides or shows."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows.events import AnswerChanged
from flows.events.prompts import CommentOffered, ReviewReached, StepReached
from flows.loader import read_flow
from flows.schema import REVIEW, STOPPED
from flows.state_machine import Walk
from tests.support.engine_chat import EngineChat, start_chat
from tests.support.flow_files import write_small_flow


@pytest.fixture
def walk(tmp_path: Path) -> Walk:
    return read_flow(write_small_flow(tmp_path))


@pytest.fixture
def engine_chat(walk: Walk) -> EngineChat:
    started_chat = start_chat(walk)
    assert started_chat.run.step == "pet"
    return started_chat


def at_review(engine_chat: EngineChat, *choices: str) -> EngineChat:
    engine_chat.answer(*choices)
    assert engine_chat.run.step == REVIEW
    return engine_chat


def test_a_question_whose_condition_holds_is_asked(engine_chat: EngineChat) -> None:
    engine_chat.answer("cat")
    assert engine_chat.run.step == "indoors"
    engine_chat.answer("no")
    assert engine_chat.run.step == "why_out"


def test_a_question_whose_condition_fails_is_left_out(engine_chat: EngineChat) -> None:
    engine_chat.answer("dog")
    assert engine_chat.run.step == "walks"


def test_a_skipped_question_fulfils_no_condition(engine_chat: EngineChat) -> None:
    engine_chat.answer("skip")
    assert engine_chat.run.step == "more"


def test_back_passes_over_hidden_questions(engine_chat: EngineChat) -> None:
    engine_chat.answer("dog")
    engine_chat.tap("back")
    assert engine_chat.run.step == "pet"


def test_a_changed_answer_deletes_choices_that_become_hidden(engine_chat: EngineChat) -> None:
    at_review(engine_chat, "cat", "no", "skip", "2", "send_now")
    engine_chat.tap("change", "pet")
    engine_chat.answer("none")
    assert engine_chat.run.step == REVIEW
    assert engine_chat.get_event(ReviewReached).answers == {"pet": "none"}


def test_a_changed_answer_never_deletes_text(engine_chat: EngineChat) -> None:
    at_review(engine_chat, "cat", "no", "it likes birds", "2", "send_now")
    engine_chat.tap("change", "pet")
    engine_chat.answer("dog")
    assert engine_chat.get_event(ReviewReached).answers == {"pet": "dog", "why_out": "it likes birds", "walks": "2"}


def test_a_question_shown_by_a_change_is_asked_before_the_review_page(engine_chat: EngineChat) -> None:
    at_review(engine_chat, "dog", "2", "send_now")
    engine_chat.tap("change", "pet")
    engine_chat.answer("cat")
    assert engine_chat.run.step == "indoors"
    engine_chat.answer("no")
    assert engine_chat.run.step == "why_out"
    engine_chat.answer("skip")
    assert engine_chat.run.step == REVIEW


def test_a_change_shows_no_question_past_a_fork_not_taken(engine_chat: EngineChat) -> None:
    at_review(engine_chat, "cat", "yes", "2", "send_now")
    engine_chat.tap("change", "pet")
    engine_chat.answer("dog")
    assert engine_chat.run.step == REVIEW


def test_a_change_shows_a_question_past_a_fork_taken(engine_chat: EngineChat) -> None:
    at_review(engine_chat, "cat", "yes", "2", "go_on", "skip")
    engine_chat.tap("change", "pet")
    engine_chat.answer("dog")
    assert engine_chat.run.step == "late"


def test_an_edit_at_review_asks_a_newly_shown_question_and_returns(engine_chat: EngineChat) -> None:
    engine_chat.type_text("a dog")
    typed = engine_chat.last_message_id
    at_review(engine_chat, "2", "go_on", "no", "skip")
    engine_chat.edit_message("a cat", typed)
    assert engine_chat.run.step == "indoors"
    assert engine_chat.get_event(AnswerChanged).value == "cat"
    engine_chat.answer("yes")
    assert engine_chat.run.step == REVIEW


def test_a_question_shown_by_an_edit_mid_run_is_asked_at_the_end(engine_chat: EngineChat) -> None:
    engine_chat.type_text("a dog")
    engine_chat.edit_message("a cat")
    assert engine_chat.run.step == "walks"
    engine_chat.answer("2", "send_now")
    assert engine_chat.run.step == "indoors"
    engine_chat.answer("yes")
    assert engine_chat.run.step == REVIEW


def test_an_edit_that_hides_the_open_question_goes_on(engine_chat: EngineChat) -> None:
    engine_chat.type_text("a cat")
    engine_chat.edit_message("a dog")
    assert engine_chat.run.step == "walks"
    assert engine_chat.get_event(StepReached).step == "walks"


def test_an_edit_that_hides_the_stopped_question_moves_the_resume_step(
    engine_chat: EngineChat,
) -> None:
    engine_chat.type_text("a cat")
    engine_chat.send_command("stop")
    engine_chat.edit_message("a dog")
    assert engine_chat.run.step == STOPPED
    engine_chat.send_command("start")
    assert engine_chat.run.step == "walks"


def test_an_edit_while_stopped_at_review_asks_the_newly_shown_question_first(engine_chat: EngineChat) -> None:
    engine_chat.type_text("a dog")
    typed = engine_chat.last_message_id
    at_review(engine_chat, "2", "send_now")
    engine_chat.send_command("stop")
    engine_chat.edit_message("a cat", typed)
    assert engine_chat.run.step == STOPPED
    engine_chat.send_command("start")
    assert engine_chat.run.step == "indoors"
    engine_chat.answer("yes")
    assert engine_chat.run.step == REVIEW


def test_an_edit_that_hides_the_question_keeps_its_offered_comment(engine_chat: EngineChat) -> None:
    engine_chat.type_text("a cat")
    typed = engine_chat.last_message_id
    engine_chat.type_text("she comes and goes as she likes")
    assert engine_chat.run.step == "indoors"
    engine_chat.edit_message("a dog", typed)
    assert engine_chat.run.step == "walks"
    assert engine_chat.get_event(CommentOffered).text == "she comes and goes as she likes"
    engine_chat.tap("keep")
    assert engine_chat.get_answer("words") == "she comes and goes as she likes"


def test_text_after_a_hidden_question_answers_the_open_one(engine_chat: EngineChat) -> None:
    at_review(engine_chat, "none", "go_on", "hello")
    assert engine_chat.get_answer("words") == "hello"
    assert "walks" not in engine_chat.run.answers


def test_a_hidden_question_cannot_be_changed(engine_chat: EngineChat) -> None:
    at_review(engine_chat, "none", "send_now")
    before = engine_chat.run
    engine_chat.tap("change", "walks")
    assert replace(engine_chat.run, seen_at=None) == replace(before, seen_at=None, prompt=before.prompt + 1)
