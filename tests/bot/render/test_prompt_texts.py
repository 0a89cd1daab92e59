"""What stands on the screen at places where a tired person would stumble."""

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

VOICE = make_localizer(OutboxContent("runrun01", "connection_test", "en", ()))
NO_NAMES = "Please leave names out."


def test_send_stands_at_both_ends_of_the_check_page_and_is_the_same_button() -> None:
    buttons = render_review(ReviewReached(9, {"role": "neighbour"}), VOICE, "R").buttons
    assert buttons[0] == buttons[-1]
    assert buttons[0].text == "Send my answers"


def test_words_that_fit_nothing_are_offered_with_the_answers_first() -> None:
    offered = render_comment_offer(CommentOffered(3, "viewpoint", "hm <b>"), VOICE)
    assert [button.text for button in offered.buttons] == [
        "Myself",
        "My family",
        "My community",
        "Keep it as a comment",
        "Leave it out",
    ]
    assert "Shall I add this to your answers?" in render_comment_offer(CommentOffered(3, REVIEW, "hm"), VOICE).text


def test_what_stands_around_the_answers_is_no_longer_than_the_linter_reckons_with() -> None:
    kept = PersonalData(
        RunData(REVIEW, is_stopped=False, version=1, campaign="general", passed_forks=(), answers={}),
        ChatData(dead_letters=("{}",), joined_campaigns=("general",)),
    )
    check = render_review(ReviewReached(9, {}), VOICE, "R")
    for said in (check, render_data_overview(PersonalDataShown({}, kept), VOICE)):
        assert count_utf16_units(said.text) <= REVIEW_FRAME_LENGTH


def test_names_are_asked_to_be_left_out_only_where_nothing_was_written_yet() -> None:
    assert NO_NAMES in render_step(StepReached(3, "informed_why"), VOICE).text
    assert NO_NAMES not in render_step(StepReached(3, "informed_why", previous_answer="They rang."), VOICE).text


@pytest.mark.parametrize(
    ("choice", "asked"),
    [
        ("2", "What made the difference?"),
        ("0", "What would make a difference?"),
        ("-1", "What made it harder?"),
        ("-2", "What made it harder?"),
        ("not_sure", "Is there anything you want to say about that?"),
    ],
)
def test_a_comment_is_asked_for_as_the_answer_before_it_sounds(choice: str, asked: str) -> None:
    assert asked in render_step(StepReached(3, "informed_why", {"informed": choice}), VOICE).text


def test_the_second_welcome_is_one_line() -> None:
    said = render_step(StepReached(2, WELCOME, notice="begin_below"), VOICE)
    assert said.text.startswith("To begin, press <b>Let's start</b> below.")
    assert said.text.endswith("press <b>How are my answers kept?</b>")
    assert "\n" not in said.text
    assert len(said.buttons) == 2


def test_the_middle_of_the_scale_reads_no_change() -> None:
    card = make_result_card(score_answers(VOICE.flow, {"informed": "0", "confident": "not_sure"}), VOICE)
    assert [line.verdict_text for line in card.lines] == ["No change", "Can't say", "Can't say"]
    assert score_answers(VOICE.flow, {"informed": "0"}).verdict == "unsaid"


@pytest.mark.parametrize("topic", ["helpline", "helpline_kept"])
def test_the_helpline_says_who_to_ring_and_when_and_that_words_are_kept_only_where_they_are(topic: str) -> None:
    said = render_event(NoticeShown(topic, "carry_on_or_stop"), VOICE, "")
    assert isinstance(said, Message)
    for words in ("999", "116 123", "SHOUT to 85258", "option 2", "0808 2000 247", "Monday to Friday"):
        assert words in said.text
    assert said.text.endswith("Would you like to stop here?")
    assert ("so is what you wrote" in said.text) is (topic == "helpline_kept")
    assert [button.text for button in said.buttons] == ["Carry on", "Stop for now"]


def test_what_holds_no_words_leaves_a_way_back_to_the_question() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_reply(UnreadableReply("location"))
    said = render_event(engine_chat.get_event(NoticeShown), VOICE, "")
    assert isinstance(said, Message)
    assert said.text.startswith("Thank you.")
    assert [button.text for button in said.buttons] == ["‹ Back to where I was"]
