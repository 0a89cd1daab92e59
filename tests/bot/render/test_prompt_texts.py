"""Texts of prompts that a tired person could misread."""

import pytest

from bot.render import render_event
from bot.render.localization import make_localizer
from bot.render.messages import Message
from bot.render.personal_data import render_data_overview
from bot.render.personal_result import make_result_card
from bot.render.prompts import render_comment_offer, render_review, render_step
from flows.events import NoticeShown, PersonalDataShown
from flows.events.prompts import CommentOffered, ReviewReached, StepReached
from flows.linter import REVIEW_FRAME_LENGTH
from flows.models import UnreadableReply
from flows.personal_data import ChatData, PersonalData, RunData
from flows.schema import REVIEW, WELCOME, count_utf16_units
from flows.scoring import score_answers
from storage.conversations.outbox import OutboxContent
from tests.support.engine_chat import start_chat_at

LOCALIZER = make_localizer(OutboxContent("runrun01", "connection_test", "en", ()))
NO_NAMES = "Please leave names out."


def test_send_is_the_first_and_the_last_button_of_the_review_page() -> None:
    buttons = render_review(ReviewReached(9, {"role": "neighbour"}), LOCALIZER, "R").buttons
    assert buttons[0] == buttons[-1]
    assert buttons[0].text == "Send my answers"


def test_a_text_that_fits_no_choice_is_offered_after_the_choices() -> None:
    offered = render_comment_offer(CommentOffered(3, "viewpoint", "hm <b>"), LOCALIZER)
    assert [button.text for button in offered.buttons] == [
        "Myself",
        "My family",
        "My community",
        "Keep it as a comment",
        "Leave it out",
    ]
    assert "Shall I add this to your answers?" in render_comment_offer(CommentOffered(3, REVIEW, "hm"), LOCALIZER).text


def test_texts_around_the_answers_fit_the_length_that_the_flow_check_assumes() -> None:
    data = PersonalData(
        RunData(REVIEW, is_stopped=False, version=1, campaign="general", passed_forks=(), answers={}),
        ChatData(dead_letters=("{}",), joined_campaigns=("general",)),
    )
    review = render_review(ReviewReached(9, {}), LOCALIZER, "R")
    for message in (review, render_data_overview(PersonalDataShown({}, data), LOCALIZER)):
        assert count_utf16_units(message.text) <= REVIEW_FRAME_LENGTH


def test_people_are_asked_to_leave_names_out_only_before_they_have_written_anything() -> None:
    assert NO_NAMES in render_step(StepReached(3, "informed_why"), LOCALIZER).text
    assert NO_NAMES not in render_step(StepReached(3, "informed_why", previous_answer="They rang."), LOCALIZER).text


@pytest.mark.parametrize(
    ("choice", "expected"),
    [
        ("2", "What made the difference?"),
        ("0", "What would make a difference?"),
        ("-1", "What made it harder?"),
        ("-2", "What made it harder?"),
        ("not_sure", "Is there anything you want to say about that?"),
    ],
)
def test_the_question_for_a_comment_depends_on_the_answer_before_it(choice: str, expected: str) -> None:
    assert expected in render_step(StepReached(3, "informed_why", {"informed": choice}), LOCALIZER).text


def test_the_second_welcome_has_one_line() -> None:
    message = render_step(StepReached(2, WELCOME, notice="begin_below"), LOCALIZER)
    assert message.text.startswith("To begin, press <b>Let's start</b> below.")
    assert message.text.endswith("press <b>How are my answers kept?</b>")
    assert "\n" not in message.text
    assert len(message.buttons) == 2


def test_the_middle_of_the_scale_is_called_no_change() -> None:
    card = make_result_card(score_answers(LOCALIZER.flow, {"informed": "0", "confident": "not_sure"}), LOCALIZER)
    assert [line.verdict_text for line in card.lines] == ["No change", "Can't say", "Can't say"]
    assert score_answers(LOCALIZER.flow, {"informed": "0"}).verdict == "undecided"


@pytest.mark.parametrize("topic", ["helpline", "helpline_kept"])
def test_the_helpline_text_has_numbers_and_hours_and_says_whether_the_text_is_kept(topic: str) -> None:
    message = render_event(NoticeShown(topic, "carry_on_or_stop"), LOCALIZER, "")
    assert isinstance(message, Message)
    for words in ("999", "116 123", "SHOUT to 85258", "option 2", "0808 2000 247", "Monday to Friday"):
        assert words in message.text
    assert message.text.endswith("Would you like to stop here?")
    assert ("so is what you wrote" in message.text) is (topic == "helpline_kept")
    assert [button.text for button in message.buttons] == ["Carry on", "Stop for now"]


def test_a_message_without_text_gets_a_way_back_to_the_question() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_reply(UnreadableReply("location"))
    message = render_event(engine_chat.get_event(NoticeShown), LOCALIZER, "")
    assert isinstance(message, Message)
    assert message.text.startswith("Thank you.")
    assert [button.text for button in message.buttons] == ["‹ Back to where I was"]
