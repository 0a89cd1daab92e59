"""Stopping, carrying on, and words of distress."""

import pytest

from flows.events import AnswerChanged, AnswerSaved, NoticeShown, ReplyOutdated, RunStopped
from flows.events.prompts import ChoiceUnclear, CommentOffered, PromptClosed, ReviewReached, StepReached
from flows.models import Tap
from flows.schema import REVIEW, STOPPED, WELCOME
from tests.support.engine_chat import EngineChat, start_chat_at


def carry_on(engine_chat: EngineChat) -> None:
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "resume"))


@pytest.mark.parametrize("way", ["/stop", "stop", "later"])
@pytest.mark.parametrize("step", ["role", "informed_why", "more", REVIEW])
def test_one_can_stop_anywhere_and_the_place_is_kept(step: str, way: str) -> None:
    engine_chat = start_chat_at(step)
    prompt = engine_chat.run.prompt
    engine_chat.send_command("stop") if way == "/stop" else engine_chat.type_text(way)
    assert engine_chat.events == (PromptClosed(prompt, step, engine_chat.get_event(PromptClosed).choices), RunStopped())
    assert (engine_chat.run.step, engine_chat.run.resume_step) == (STOPPED, step)
    carry_on(engine_chat)
    assert engine_chat.run.step == step
    assert engine_chat.run.resume_step is None


@pytest.mark.parametrize("text", ["carry on", "continue", "go on", "ok", "start", "skip", "why"])
def test_carrying_on_can_be_typed(text: str) -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.type_text(text)
    assert engine_chat.get_event(StepReached).step == "confident"
    assert "confident" not in engine_chat.run.answers


def test_start_carries_on_and_welcomes_back() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.send_command("start")
    asked = engine_chat.get_event(StepReached)
    assert (asked.step, asked.notice) == ("confident", "welcome_back")


@pytest.mark.parametrize("way", ["/stop", "stop", "not now"])
def test_stopping_again_says_again_that_the_place_is_kept(way: str) -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.send_command("stop") if way == "/stop" else engine_chat.type_text(way)
    assert engine_chat.events == (RunStopped(),)


def test_help_can_be_asked_for_after_a_stop() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.type_text("help")
    assert engine_chat.get_event(NoticeShown) == NoticeShown("help", "carry_on")
    assert engine_chat.run.step == STOPPED


def test_before_the_first_question_there_is_nothing_to_stop() -> None:
    engine_chat = EngineChat()
    engine_chat.send_command("start")
    engine_chat.send_command("stop")
    assert engine_chat.get_event(NoticeShown).topic == "nothing_to_stop"
    assert engine_chat.run.step == WELCOME


def test_a_label_typed_after_a_stop_answers_nothing_but_is_asked_about() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_command("stop")
    engine_chat.type_text("a bit better")
    assert "informed" not in engine_chat.run.answers
    assert engine_chat.get_event(ChoiceUnclear).candidates == ("1",)
    engine_chat.tap("answer", "1")
    assert engine_chat.get_answer("informed") == "1"


def test_words_typed_after_a_stop_are_offered_where_they_belong() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.send_command("stop")
    engine_chat.type_text("They rang back.")
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "They rang back."
    assert engine_chat.run.step == "informed_why"


def test_words_that_waited_before_a_stop_are_offered_with_others_typed_after_it() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("First thing.")
    engine_chat.send_command("stop")
    engine_chat.type_text("Second thing.")
    assert engine_chat.get_event(CommentOffered).text == "First thing.\nSecond thing."
    assert engine_chat.get_answer("informed_why") is None
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "First thing.\nSecond thing."


def test_words_that_waited_before_a_stop_are_offered_again() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("First thing.")
    engine_chat.send_command("stop")
    carry_on(engine_chat)
    assert engine_chat.get_event(CommentOffered).text == "First thing."


def test_too_much_typed_after_a_stop_leaves_the_run_stopped() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_command("stop")
    engine_chat.type_text("x" * 701)
    assert engine_chat.get_event(NoticeShown).topic == "too_long"
    assert (engine_chat.run.step, engine_chat.run.resume_step) == (STOPPED, "informed")
    engine_chat.type_text("a bit better")
    assert "informed" not in engine_chat.run.answers


def test_distress_is_answered_at_once_and_nothing_more_is_asked() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("I can't go on like this")
    assert [type(event) for event in engine_chat.events] == [PromptClosed, AnswerSaved, NoticeShown]
    assert engine_chat.get_event(NoticeShown) == NoticeShown("helpline_kept", "carry_on_or_stop")
    assert engine_chat.get_answer("informed_why") == "I can't go on like this"
    assert (engine_chat.run.step, engine_chat.run.resume_step) == (STOPPED, "confident")


def test_distress_at_a_choice_question_is_not_asked_about_and_shows_where_comments_do() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("i cant take any more")
    assert engine_chat.get_event(NoticeShown).topic == "helpline_kept"
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "resume", "after_distress"))
    asked = engine_chat.get_event(StepReached)
    assert (asked.step, asked.notice) == ("informed", "no_hurry")
    engine_chat.tap("answer", "-1")
    assert engine_chat.get_event(StepReached).previous_answer == "i cant take any more"
    engine_chat.tap("clear")
    assert engine_chat.get_answer("informed_why") is None


def test_after_the_helpline_one_can_stop_for_now() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("i want to die")
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "stop"))
    assert engine_chat.events == (RunStopped(),)
    newcomer = EngineChat()
    newcomer.type_text("i want to die")
    newcomer.send_reply(Tap(newcomer.run.id, 0, "", "stop"))
    assert newcomer.get_event(NoticeShown).topic == "stopped_early"


def test_distress_with_words_on_offer_keeps_both() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("but i cant cope anymore")
    assert engine_chat.get_event(NoticeShown).topic == "helpline_kept"
    assert engine_chat.get_answer("informed_why") == "They rang back.\nbut i cant cope anymore"


def test_distress_said_at_length_closes_the_question_too() -> None:
    engine_chat = start_chat_at("informed")
    prompt = engine_chat.run.prompt
    engine_chat.type_text("I want to die. " + "x" * 800)
    assert engine_chat.events == (
        PromptClosed(prompt, "informed", engine_chat.get_event(PromptClosed).choices),
        NoticeShown("helpline", "carry_on_or_stop"),
    )
    assert engine_chat.run.step == STOPPED


def test_distress_after_a_stop_and_at_the_welcome_is_answered_as_well() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_command("stop")
    engine_chat.type_text("there is no reason to live")
    assert engine_chat.get_event(NoticeShown).topic == "helpline_kept"
    assert (engine_chat.run.step, engine_chat.run.resume_step) == (STOPPED, "informed")
    newcomer = EngineChat()
    newcomer.type_text("i want to die")
    assert newcomer.get_event(NoticeShown).topic == "helpline"
    carry_on(newcomer)
    assert newcomer.get_event(StepReached).step == WELCOME


@pytest.mark.parametrize("known", [True, False])
def test_distress_that_is_edited_in_is_answered_as_well(known: bool) -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("fine")
    prompt = engine_chat.run.prompt
    engine_chat.edit_message("I can't go on", None if known else 99)
    assert engine_chat.get_event(NoticeShown).topic == ("helpline_kept" if known else "helpline")
    assert engine_chat.get_event(PromptClosed).prompt == prompt
    assert engine_chat.has_event(AnswerChanged) is known
    assert engine_chat.run.step == STOPPED


def test_distress_at_the_check_page_keeps_the_page() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.type_text("i am suicidal")
    carry_on(engine_chat)
    assert engine_chat.get_event(ReviewReached).answers["anything_else"] == "i am suicidal"


def test_an_old_button_after_distress_answers_nothing() -> None:
    engine_chat = start_chat_at("informed")
    old = Tap(engine_chat.run.id, engine_chat.run.prompt, "informed", "answer", "2")
    engine_chat.type_text("I want to die. " + "x" * 800)
    engine_chat.send_reply(old)
    assert engine_chat.events == (ReplyOutdated("informed"),)
