"""Typed text: labels, actions, comments, unclear and too long text. Nothing that is typed is thrown away."""

from datetime import timedelta

import pytest

from flows.events import AnswerSaved, DeletionRequested, NoticeShown, RunDeleted
from flows.events.prompts import ChoiceUnclear, CommentOffered, PromptClosed, ReviewReached, StepReached
from flows.models import TextReply
from flows.schema import MAX_TEXT_LENGTH, REVIEW, WELCOME
from tests.support.engine_chat import NOW, EngineChat, start_chat, start_chat_at

LONG = "x" * (MAX_TEXT_LENGTH + 1)


def test_a_typed_label_answers_and_says_what_was_understood() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("a bit better")
    assert engine_chat.get_answer("informed") == "1"
    assert engine_chat.get_event(StepReached).understood_choice == ("informed", "1")


def test_what_was_not_meant_is_one_step_back() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("dunno")
    assert engine_chat.get_answer("informed") == "not_sure"
    engine_chat.tap("back")
    assert engine_chat.get_event(StepReached).step == "informed"


def test_unclear_words_are_asked_about_and_answered_by_a_button() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("better")
    assert engine_chat.get_event(ChoiceUnclear).candidates == ("2", "1")
    assert "informed" not in engine_chat.run.answers
    engine_chat.tap("answer", "1")
    assert engine_chat.get_answer("informed") == "1"


def test_none_of_these_offers_the_words_as_a_comment() -> None:
    for none in ("tap", "type"):
        engine_chat = start_chat_at("informed")
        engine_chat.type_text("better")
        engine_chat.tap("none") if none == "tap" else engine_chat.type_text("none of these")
        assert engine_chat.get_event(CommentOffered).text == "better"


def test_words_that_fit_nothing_are_offered_as_a_comment_and_the_question_stays() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back when they said.")
    assert engine_chat.get_event(CommentOffered).text == "They rang back when they said."
    assert not engine_chat.run.answers.get("informed_why")
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "They rang back when they said."
    asked = engine_chat.get_event(StepReached)
    assert (asked.step, asked.notice) == ("informed", "comment_kept")


@pytest.mark.parametrize("no", ["tap", "no", "leave it out"])
def test_a_comment_can_be_left_out(no: str) -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.tap("leave") if no == "tap" else engine_chat.type_text(no)
    assert "informed_why" not in engine_chat.run.answers
    assert engine_chat.get_event(StepReached).step == "informed"


@pytest.mark.parametrize("yes", ["yes", "Keep it as a comment", "ok"])
def test_a_comment_can_be_kept_by_typing_so(yes: str) -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text(yes)
    assert engine_chat.get_answer("informed_why") == "They rang back."


def test_who_types_on_keeps_the_comment_and_is_read_anew() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("a bit better")
    assert engine_chat.get_answer("informed_why") == "They rang back."
    assert engine_chat.get_answer("informed") == "1"


def test_who_types_on_adds_to_the_words_on_offer_and_nothing_is_kept_unasked() -> None:
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


def test_unclear_words_after_words_on_offer_lose_neither() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("better")
    assert engine_chat.get_event(ChoiceUnclear).candidates == ("2", "1")
    engine_chat.tap("answer", "1")
    assert (engine_chat.get_answer("informed"), engine_chat.get_answer("informed_why")) == ("1", "They rang back.")


def test_words_on_offer_before_unclear_ones_are_on_offer_still_when_it_is_asked_anew() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("better")
    engine_chat.send_command("start")
    assert engine_chat.get_event(CommentOffered).text == "They rang back."


def test_a_welcome_back_comes_before_words_on_offer() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.send_command("start")
    assert engine_chat.get_event(CommentOffered).notice == "welcome_back"


@pytest.mark.parametrize("step", ["informed", "informed_why", REVIEW])
def test_words_sent_long_before_the_question_was_asked_do_not_answer_it(step: str) -> None:
    engine_chat = start_chat_at(step)
    answers = engine_chat.run.answers
    engine_chat.send_reply(TextReply("a bit better", 900, NOW - timedelta(seconds=31)))
    assert engine_chat.has_event(ChoiceUnclear if step == "informed" else CommentOffered)
    assert engine_chat.run.answers == answers
    engine_chat = start_chat_at("informed")
    engine_chat.send_reply(TextReply("a bit better", 900, NOW - timedelta(seconds=29)))
    assert engine_chat.get_answer("informed") == "1"


@pytest.mark.parametrize("text", ["delete", "Delete my answers"])
def test_deleting_can_be_typed(text: str) -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text(text)
    assert engine_chat.has_event(DeletionRequested)
    newcomer = start_chat()
    newcomer.type_text(text)
    assert newcomer.get_event(RunDeleted) == RunDeleted()


@pytest.mark.parametrize(("text", "choice"), [("well, quite well, thanks love", "1"), ("I suppose so", None)])
def test_words_that_say_nothing_are_no_answer_and_hide_none(text: str, choice: str | None) -> None:
    engine_chat = start_chat_at("wider_support")
    engine_chat.type_text(text)
    assert engine_chat.get_answer("wider_support") == choice


def test_two_comments_are_two_lines() -> None:
    engine_chat = start_chat_at("informed")
    for text in ("One.", "Two."):
        engine_chat.type_text(text)
        engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "One.\nTwo."


def test_a_place_without_its_own_comment_keeps_words_in_the_flows() -> None:
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
def test_where_words_are_asked_for_no_means_none(text: str) -> None:
    engine_chat = start_chat_at("anything_else")
    engine_chat.type_text(text)
    assert engine_chat.run.step == REVIEW
    assert engine_chat.get_answer("anything_else") is None


@pytest.mark.parametrize(("text", "step"), [("skip", "confident_why"), ("back", "informed"), ("why", "confident")])
def test_ways_can_be_typed(text: str, step: str) -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.answer("not_sure") if text == "skip" else None
    engine_chat = start_chat_at("confident")
    engine_chat.type_text(text)
    assert engine_chat.run.step in {step, "connected", "informed_why"}
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
def test_a_way_that_does_not_exist_here_is_no_comment_but_asks_again(step: str, text: str) -> None:
    engine_chat = start_chat_at(step)
    engine_chat.type_text(text)
    assert not engine_chat.has_event(CommentOffered)
    assert engine_chat.run.step == step


def test_at_the_welcome_words_begin_or_ask_or_are_not_kept() -> None:
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
        asked = engine_chat.get_event(StepReached)
        assert (asked.step, asked.notice) == (step, notice)
        assert not engine_chat.run.answers


def test_a_yes_that_is_the_first_word_of_all_does_not_skip_the_welcome() -> None:
    engine_chat = EngineChat()
    engine_chat.type_text("yes")
    assert engine_chat.get_event(StepReached).step == WELCOME


def test_words_at_a_text_question_are_the_answer() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("Plain letters, <b>at last</b> & a number to ring")
    assert engine_chat.get_answer("informed_why") == "Plain letters, <b>at last</b> & a number to ring"
    assert engine_chat.get_event(AnswerSaved).question == "informed_why"


def test_send_is_a_button_since_it_carries_the_receipt() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.type_text("send")
    assert not engine_chat.is_over
    assert engine_chat.get_event(ReviewReached).notice == "press_send"


def test_words_at_the_check_page_are_offered_as_the_last_comment() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.type_text("One more thing.")
    engine_chat.tap("keep")
    assert engine_chat.get_event(ReviewReached).answers["anything_else"] == "One more thing."


@pytest.mark.parametrize("step", ["informed", "informed_why", REVIEW])
def test_what_is_too_long_is_said_and_nothing_is_kept_or_lost(step: str) -> None:
    engine_chat = start_chat_at(step)
    prompt = engine_chat.run.prompt
    engine_chat.type_text(LONG)
    assert engine_chat.get_event(NoticeShown) == NoticeShown("too_long", "carry_on", MAX_TEXT_LENGTH + 1)
    assert (engine_chat.run.step, engine_chat.run.prompt) == (step, prompt)
    engine_chat.edit_message("Short now.")
    if step != "informed_why":
        engine_chat.tap("keep")
    assert "Short now." in [answer.value for answer in engine_chat.run.answers.values()]


def test_a_comment_that_would_grow_too_long_is_not_offered() -> None:
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


def test_a_comment_offered_closes_the_question_above() -> None:
    engine_chat = start_chat()
    engine_chat.type_text("well now")
    assert engine_chat.get_event(PromptClosed).prompt == 2
    assert engine_chat.get_event(CommentOffered).prompt == 3


@pytest.mark.parametrize("text", ["", "  ", "\n"])
def test_empty_words_are_no_reply(text: str) -> None:
    engine_chat = start_chat_at("informed")
    before = engine_chat.run
    engine_chat.type_text(text)
    engine_chat.edit_message(text)
    assert engine_chat.get_event(NoticeShown).topic == "cant_read_other"
    assert engine_chat.run == before
