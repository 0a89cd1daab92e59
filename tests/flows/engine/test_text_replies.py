"""Typed text: labels, actions, comments, and text that is unclear or too long. No typed text is lost."""

from datetime import timedelta

import pytest

from flows.events import AnswerSaved, DeletionRequested, NoticeShown, RunDeleted
from flows.events.prompts import ChoiceUnclear, CommentOffered, PromptClosed, ReviewReached, StepReached
from flows.models import TextReply
from flows.schema import MAX_TEXT_LENGTH, REVIEW, WELCOME
from tests.support.engine_chat import NOW, EngineChat, start_chat, start_chat_at

TOO_LONG_TEXT = "x" * (MAX_TEXT_LENGTH + 1)


def test_a_typed_label_is_an_answer_and_the_choice_is_confirmed() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("a bit better")
    assert engine_chat.get_answer("informed") == "1"
    assert engine_chat.get_event(StepReached).understood_choice == ("informed", "1")


def test_a_misunderstood_choice_can_be_undone_with_back() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("dunno")
    assert engine_chat.get_answer("informed") == "not_sure"
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).step == "informed"


def test_unclear_text_offers_candidate_choices() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("better")
    assert engine_chat.get_event(ChoiceUnclear).candidates == ("2", "1")
    assert "informed" not in engine_chat.run.answers
    engine_chat.tap("answer", "1")
    assert engine_chat.get_answer("informed") == "1"


def test_none_of_these_offers_the_text_as_a_comment() -> None:
    for none in ("tap", "type"):
        engine_chat = start_chat_at("informed")
        engine_chat.type_text("better")
        engine_chat.tap("none") if none == "tap" else engine_chat.type_text("none of these")
        assert engine_chat.get_event(CommentOffered).text == "better"


def test_text_that_matches_no_choice_is_offered_as_a_comment() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back when they said.")
    assert engine_chat.get_event(CommentOffered).text == "They rang back when they said."
    assert not engine_chat.run.answers.get("informed_why")
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "They rang back when they said."
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice) == ("informed", "comment_kept")


@pytest.mark.parametrize("text", ["tap", "no", "leave it out"])
def test_an_offered_comment_can_be_discarded(text: str) -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.tap("leave") if text == "tap" else engine_chat.type_text(text)
    assert "informed_why" not in engine_chat.run.answers
    assert engine_chat.get_event(StepReached).step == "informed"


@pytest.mark.parametrize("text", ["yes", "Keep it as a comment", "ok"])
def test_an_offered_comment_can_be_kept_by_text(text: str) -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text(text)
    assert engine_chat.get_answer("informed_why") == "They rang back."


def test_a_label_typed_at_a_comment_offer_keeps_the_comment_and_answers() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("a bit better")
    assert engine_chat.get_answer("informed_why") == "They rang back."
    assert engine_chat.get_answer("informed") == "1"


def test_more_text_at_a_comment_offer_is_added_to_the_offer() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("It took them a week though.")
    assert engine_chat.get_event(CommentOffered).text == "They rang back.\nIt took them a week though."
    assert "informed_why" not in engine_chat.run.answers
    engine_chat.edit_message("It took a month though.")
    assert engine_chat.get_event(CommentOffered).text == "They rang back.\nIt took a month though."
    engine_chat.edit_message("They rang.", engine_chat.last_message_id - 1)
    assert engine_chat.get_event(CommentOffered).text == "They rang.\nIt took a month though."
    engine_chat.tap("leave")
    assert "informed_why" not in engine_chat.run.answers


def test_unclear_text_after_an_offered_comment_loses_neither() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("better")
    assert engine_chat.get_event(ChoiceUnclear).candidates == ("2", "1")
    engine_chat.tap("answer", "1")
    assert (engine_chat.get_answer("informed"), engine_chat.get_answer("informed_why")) == ("1", "They rang back.")


def test_an_offered_comment_before_unclear_text_is_offered_again() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("better")
    engine_chat.send_command("start")
    assert engine_chat.get_event(CommentOffered).text == "They rang back."


def test_a_repeated_comment_offer_has_a_welcome_back() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.send_command("start")
    assert engine_chat.get_event(CommentOffered).notice == "welcome_back"


@pytest.mark.parametrize("step", ["informed", "informed_why", REVIEW])
def test_text_sent_well_before_the_prompt_does_not_answer_it(step: str) -> None:
    engine_chat = start_chat_at(step)
    answers = engine_chat.run.answers
    engine_chat.send_reply(TextReply("a bit better", 900, NOW - timedelta(seconds=31)))
    assert engine_chat.has_event(ChoiceUnclear if step == "informed" else CommentOffered)
    assert engine_chat.run.answers == answers
    engine_chat = start_chat_at("informed")
    engine_chat.send_reply(TextReply("a bit better", 900, NOW - timedelta(seconds=29)))
    assert engine_chat.get_answer("informed") == "1"


@pytest.mark.parametrize("text", ["delete", "Delete my answers"])
def test_delete_can_be_typed(text: str) -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(text)
    assert engine_chat.has_event(DeletionRequested)
    newcomer = start_chat()
    newcomer.type_text(text)
    assert newcomer.get_event(RunDeleted) == RunDeleted()


@pytest.mark.parametrize(("text", "choice"), [("well, quite well, thanks love", "1"), ("I suppose so", None)])
def test_filler_words_are_ignored_in_a_typed_choice(text: str, choice: str | None) -> None:
    engine_chat = start_chat_at("wider_support")
    engine_chat.type_text(text)
    assert engine_chat.get_answer("wider_support") == choice


def test_two_comments_become_two_lines() -> None:
    engine_chat = start_chat_at("informed")
    for text in ("One.", "Two."):
        engine_chat.type_text(text)
        engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "One.\nTwo."


def test_a_comment_on_a_step_without_its_own_goes_to_the_flow_s() -> None:
    engine_chat = start_chat_at("role")
    engine_chat.type_text("I am all of these, really")
    engine_chat.tap("keep")
    assert engine_chat.get_answer("anything_else") == "I am all of these, really"


@pytest.mark.parametrize("text", ["no", "No.", "nope", "yes"])
def test_no_is_not_taken_for_skip_at_a_choice_question(text: str) -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.type_text(text)
    assert engine_chat.get_event(CommentOffered).text == text
    assert "confident" not in engine_chat.run.answers


@pytest.mark.parametrize("text", ["no", "nothing", "Nothing to add.", "skip", "next", "none"])
def test_no_at_a_text_question_skips_it(text: str) -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text(text)
    assert engine_chat.run.step == REVIEW
    assert engine_chat.get_answer("anything_else") is None


@pytest.mark.parametrize(("text", "step"), [("skip", "connected"), ("back", "informed_why"), ("why", "confident")])
def test_skip_back_and_why_can_be_typed(text: str, step: str) -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.type_text(text)
    assert engine_chat.run.step == step
    assert engine_chat.get_event(StepReached).should_explain == (text == "why")
    assert not engine_chat.has_event(CommentOffered)


def test_help_can_be_typed_anywhere() -> None:
    for step in ("role", "informed_why", "more", REVIEW):
        engine_chat = start_chat_at(step)
        engine_chat.type_text("help")
        assert engine_chat.get_event(NoticeShown).topic == "help"
        assert engine_chat.run.step == step
    engine_chat = EngineChat()
    engine_chat.send_command("start")
    engine_chat.type_text("Help!")
    assert engine_chat.get_event(NoticeShown).topic == "help"


def test_why_typed_at_a_fork_gives_its_reason() -> None:
    engine_chat = start_chat_at("more")
    engine_chat.type_text("why?")
    assert engine_chat.get_event(StepReached).should_explain


@pytest.mark.parametrize(("step", "text"), [("more", "skip"), (REVIEW, "skip"), (REVIEW, "why")])
def test_an_action_unavailable_at_the_step_repeats_the_question(step: str, text: str) -> None:
    engine_chat = start_chat_at(step)
    engine_chat.type_text(text)
    assert not engine_chat.has_event(CommentOffered)
    assert engine_chat.run.step == step


def test_text_at_the_welcome_starts_the_run_or_is_not_kept() -> None:
    below = "begin_below"
    for text, step, notice in (
        ("ok then", "role", None),
        ("Yes please!", "role", None),
        ("go on then", "role", None),
        ("ready when you are", "role", None),
        ("privacy", WELCOME, "kept"),
        ("my mum is ill", WELCOME, below),
        ("hello?", WELCOME, None),
    ):
        engine_chat = EngineChat()
        engine_chat.send_command("start")
        engine_chat.type_text(text)
        event = engine_chat.get_event(StepReached)
        assert (event.step, event.notice) == (step, notice)
        assert not engine_chat.run.answers


def test_yes_as_the_first_message_does_not_skip_the_welcome() -> None:
    engine_chat = EngineChat()
    engine_chat.type_text("yes")
    assert engine_chat.get_event(StepReached).step == WELCOME


def test_text_at_a_text_question_is_its_answer() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("Plain letters, <b>at last</b> & a number to ring")
    assert engine_chat.get_answer("informed_why") == "Plain letters, <b>at last</b> & a number to ring"
    assert engine_chat.get_event(AnswerSaved).question == "informed_why"


def test_typed_send_asks_for_the_button_as_it_carries_the_receipt() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.type_text("send")
    assert not engine_chat.is_over
    assert engine_chat.get_event(ReviewReached).notice == "press_send"


def test_text_at_the_review_page_is_offered_as_the_last_comment() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.type_text("One more thing.")
    engine_chat.tap("keep")
    assert engine_chat.get_event(ReviewReached).answers["anything_else"] == "One more thing."


@pytest.mark.parametrize("step", ["informed", "informed_why", REVIEW])
def test_text_that_is_too_long_is_refused_and_can_be_edited(step: str) -> None:
    engine_chat = start_chat_at(step)
    prompt = engine_chat.run.prompt
    engine_chat.type_text(TOO_LONG_TEXT)
    assert engine_chat.get_event(NoticeShown) == NoticeShown("too_long", "carry_on", MAX_TEXT_LENGTH + 1)
    assert (engine_chat.run.step, engine_chat.run.prompt) == (step, prompt)
    engine_chat.edit_message("Short now.")
    if step != "informed_why":
        engine_chat.tap("keep")
    assert "Short now." in [answer.value for answer in engine_chat.run.answers.values()]


def test_a_comment_that_would_become_too_long_is_not_offered() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("a" * 400)
    engine_chat.tap("keep")
    engine_chat.type_text("b" * 299)
    assert engine_chat.has_event(CommentOffered)
    engine_chat.tap("leave")
    engine_chat.type_text("b" * 300)
    assert engine_chat.get_event(NoticeShown).length == MAX_TEXT_LENGTH + 1


def test_emoji_count_twice_as_telegram_counts_them() -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text("👍" * 351)
    assert engine_chat.get_event(NoticeShown).length == 702


def test_a_comment_offer_closes_the_earlier_prompt() -> None:
    engine_chat = start_chat()
    engine_chat.type_text("well now")
    assert engine_chat.get_event(PromptClosed).prompt == 2
    assert engine_chat.get_event(CommentOffered).prompt == 3


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_blank_text_is_not_accepted(text: str) -> None:
    engine_chat = start_chat_at("informed")
    before = engine_chat.run
    engine_chat.type_text(text)
    engine_chat.edit_message(text)
    assert engine_chat.get_event(NoticeShown).topic == "cant_read_other"
    assert engine_chat.run == before
