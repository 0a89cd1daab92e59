"""What stands on the screen at places where a tired person would stumble."""

import pytest

from bot.render import outbound
from bot.render.localization import voice
from bot.render.messages import Message
from bot.render.personal_data import tell_data
from bot.render.personal_result import draw_up
from bot.render.prompts import ask_check, ask_comment, ask_place
from flows.events import DataTold, Told
from flows.events.prompts import CheckReached, CommentOffered, PlaceReached
from flows.linter import FRAME
from flows.models import Unreadable
from flows.personal_data import Kept, KeptBeside, KeptRun
from flows.schema import CHECK, WELCOME, length
from flows.scoring import summarise
from storage.conversations.outbox import Saying
from tests.support.engine_chat import at

VOICE = voice(Saying("runrun01", "connection_test", "en", ()))
NO_NAMES = "Please leave names out."


def test_send_stands_at_both_ends_of_the_check_page_and_is_the_same_button() -> None:
    buttons = ask_check(CheckReached(9, {"role": "neighbour"}), VOICE, "R").buttons
    assert buttons[0] == buttons[-1]
    assert buttons[0].text == "Send my answers"


def test_words_that_fit_nothing_are_offered_with_the_answers_first() -> None:
    offered = ask_comment(CommentOffered(3, "viewpoint", "hm <b>"), VOICE)
    assert [button.text for button in offered.buttons] == [
        "Myself",
        "My family",
        "My community",
        "Keep it as a comment",
        "Leave it out",
    ]
    assert "Shall I add this to your answers?" in ask_comment(CommentOffered(3, CHECK, "hm"), VOICE).text


def test_what_stands_around_the_answers_is_no_longer_than_the_linter_reckons_with() -> None:
    kept = Kept(
        KeptRun(CHECK, stopped=False, version=1, campaign="general", passed=(), answers={}),
        KeptBeside(aside=("{}",), took_part=("general",)),
    )
    check = ask_check(CheckReached(9, {}), VOICE, "R")
    for said in (check, tell_data(DataTold({}, kept), VOICE)):
        assert length(said.text) <= FRAME


def test_names_are_asked_to_be_left_out_only_where_nothing_was_written_yet() -> None:
    assert NO_NAMES in ask_place(PlaceReached(3, "informed_why"), VOICE).text
    assert NO_NAMES not in ask_place(PlaceReached(3, "informed_why", given="They rang."), VOICE).text


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
    assert asked in ask_place(PlaceReached(3, "informed_why", {"informed": choice}), VOICE).text


def test_the_second_welcome_is_one_line() -> None:
    said = ask_place(PlaceReached(2, WELCOME, notice="begin_below"), VOICE)
    assert said.text.startswith("To begin, press <b>Let's start</b> below.")
    assert said.text.endswith("press <b>How are my answers kept?</b>")
    assert "\n" not in said.text
    assert len(said.buttons) == 2


def test_the_middle_of_the_scale_reads_no_change() -> None:
    card = draw_up(summarise(VOICE.flow, {"informed": "0", "confident": "not_sure"}), VOICE)
    assert [line.words for line in card.lines] == ["No change", "Can't say", "Can't say"]
    assert summarise(VOICE.flow, {"informed": "0"}).verdict == "unsaid"


@pytest.mark.parametrize("topic", ["helpline", "helpline_kept"])
def test_the_helpline_says_who_to_ring_and_when_and_that_words_are_kept_only_where_they_are(topic: str) -> None:
    said = outbound(Told(topic, "carry_on_or_stop"), VOICE, "")
    assert isinstance(said, Message)
    for words in ("999", "116 123", "SHOUT to 85258", "option 2", "0808 2000 247", "Monday to Friday"):
        assert words in said.text
    assert said.text.endswith("Would you like to stop here?")
    assert ("so is what you wrote" in said.text) is (topic == "helpline_kept")
    assert [button.text for button in said.buttons] == ["Carry on", "Stop for now"]


def test_what_holds_no_words_leaves_a_way_back_to_the_question() -> None:
    talk = at("informed")
    talk.replies(Unreadable("location"))
    said = outbound(talk.heard(Told), VOICE, "")
    assert isinstance(said, Message)
    assert said.text.startswith("Thank you.")
    assert [button.text for button in said.buttons] == ["‹ Back to where I was"]
