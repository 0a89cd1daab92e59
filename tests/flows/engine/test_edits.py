"""An edited message changes the answer that it gave, and no other answer."""

import pytest

from flows.events import AnswerChanged, NoticeShown
from flows.events.prompts import ChoiceUnclear, CommentOffered, ReviewReached
from flows.schema import MAX_TEXT_LENGTH, REVIEW
from tests.support.engine_chat import start_chat_at


def test_editing_text_changes_its_answer() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("They rang bak.")
    engine_chat.edit_message("They rang back.")
    assert engine_chat.get_event(AnswerChanged) == AnswerChanged("informed_why", "They rang back.")
    assert engine_chat.get_answer("informed_why") == "They rang back."
    assert engine_chat.run.step == "confident"


def test_editing_one_of_two_messages_changes_its_own_line() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("One thing.")
    engine_chat.tap("keep")
    engine_chat.type_text("Two things.")
    engine_chat.tap("keep")
    engine_chat.edit_message("1 thing.", 1)
    assert engine_chat.get_answer("informed_why") == "1 thing.\nTwo things."


def test_editing_a_typed_choice_matches_it_again() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("dunno")
    engine_chat.edit_message("much better")
    assert engine_chat.get_answer("informed") == "2"
    engine_chat.edit_message("a bit worse")
    assert engine_chat.get_answer("informed") == "-1"


@pytest.mark.parametrize("text", ["better", "purple", "no"])
def test_a_choice_edited_into_unclear_text_stays_unchanged(text: str) -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("dunno")
    engine_chat.edit_message(text)
    assert engine_chat.get_event(NoticeShown).topic == "edit_unclear"
    assert engine_chat.get_answer("informed") == "not_sure"


def test_editing_a_message_that_gave_no_answer_changes_nothing() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("skip")
    engine_chat.edit_message("much better")
    assert engine_chat.get_event(NoticeShown).topic == "edit_not_kept"
    assert engine_chat.get_answer("informed") is None


def test_editing_old_text_does_not_change_a_choice_tapped_since() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("dunno")
    engine_chat.tap("back")
    engine_chat.tap("answer", "2")
    engine_chat.edit_message("a bit worse")
    assert engine_chat.get_event(NoticeShown).topic == "edit_not_kept"
    assert engine_chat.get_answer("informed") == "2"


def test_an_edit_without_a_change_gets_no_reply() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("first")
    assert engine_chat.edit_message("first") == ()
    engine_chat.type_text("waiting")
    assert engine_chat.edit_message("waiting") == ()


def test_editing_pending_text_matches_it_again() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("rubish")
    engine_chat.edit_message("a bit worse")
    assert engine_chat.get_answer("informed") == "-1"
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("purple")
    engine_chat.edit_message("better")
    assert engine_chat.has_event(ChoiceUnclear)


def test_an_edit_at_the_review_page_shows_it_again() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.edit_message("second")
    assert engine_chat.get_event(AnswerChanged).value == "second"
    assert engine_chat.get_event(ReviewReached).answers["anything_else"] == "second"
    assert engine_chat.run.step == REVIEW


def test_an_edit_that_is_too_long_changes_neither_answer_nor_pending_text() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("first")
    engine_chat.type_text("something else entirely")
    assert engine_chat.has_event(CommentOffered)
    engine_chat.edit_message("x" * (MAX_TEXT_LENGTH + 1), 1)
    assert engine_chat.get_event(NoticeShown) == NoticeShown("too_long", "carry_on", MAX_TEXT_LENGTH + 1)
    assert engine_chat.get_answer("informed_why") == "first"
    engine_chat.tap("keep")
    assert engine_chat.get_answer("confident_why") == "something else entirely"


def test_an_edit_that_leaves_no_room_for_pending_text_is_refused() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("apples")
    engine_chat.tap("keep")
    engine_chat.type_text("b" * 600)
    engine_chat.edit_message("a" * 200, 1)
    assert engine_chat.get_event(NoticeShown).topic == "too_long"
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "apples\n" + "b" * 600


def test_an_edit_after_submission_changes_nothing() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("first")
    engine_chat.tap("send", "the-receipt")
    engine_chat.edit_message("second")
    assert engine_chat.get_event(NoticeShown).topic == "edit_not_kept"
    assert engine_chat.run.prompt == 0


def test_an_edit_that_makes_pending_text_too_long_is_refused() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("One thing.")
    engine_chat.type_text("Two things.")
    engine_chat.edit_message("x" * 4096, 1)
    assert engine_chat.get_event(NoticeShown).topic == "too_long"
    engine_chat.send_command("start")
    assert engine_chat.get_event(CommentOffered).text == "One thing.\nTwo things."
