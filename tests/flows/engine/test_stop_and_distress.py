"""Stopping and carrying on, and words of distress."""

import pytest

from flows.events import AnswerChanged, AnswerSaved, NoticeShown, ReplyOutdated, RunStopped
from flows.events.prompts import ChoiceUnclear, CommentOffered, PromptClosed, ReviewReached, StepReached
from flows.models import Tap
from flows.schema import REVIEW, STOPPED, WELCOME
from tests.support.engine_chat import EngineChat, start_chat_at


def carry_on(engine_chat: EngineChat) -> None:
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "resume"))


@pytest.mark.parametrize("reply", ["/stop", "stop", "later"])
@pytest.mark.parametrize("step", ["role", "informed_why", "more", REVIEW])
def test_stop_works_at_any_step_and_keeps_the_place(step: str, reply: str) -> None:
    engine_chat = start_chat_at(step)
    prompt = engine_chat.run.prompt
    engine_chat.send_command("stop") if reply == "/stop" else engine_chat.type_text(reply)
    assert engine_chat.events == (PromptClosed(prompt, step, engine_chat.get_event(PromptClosed).choices), RunStopped())
    assert (engine_chat.run.step, engine_chat.run.resume_step) == (STOPPED, step)
    carry_on(engine_chat)
    assert engine_chat.run.step == step
    assert engine_chat.run.resume_step is None


@pytest.mark.parametrize("text", ["carry on", "continue", "go on", "ok", "start", "skip", "why"])
def test_carry_on_can_be_typed(text: str) -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.type_text(text)
    assert engine_chat.get_event(StepReached).step == "confident"
    assert "confident" not in engine_chat.run.answers


def test_start_after_a_stop_repeats_the_question_with_a_welcome_back() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.send_command("start")
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice) == ("confident", "welcome_back")


@pytest.mark.parametrize("reply", ["/stop", "stop", "not now"])
def test_a_second_stop_repeats_that_the_place_is_kept(reply: str) -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.send_command("stop") if reply == "/stop" else engine_chat.type_text(reply)
    assert engine_chat.events == (RunStopped(),)


def test_help_can_be_asked_for_after_a_stop() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.type_text("help")
    assert engine_chat.get_event(NoticeShown) == NoticeShown("help", "carry_on")
    assert engine_chat.run.step == STOPPED


def test_stop_at_the_welcome_says_that_there_is_nothing_to_stop() -> None:
    engine_chat = EngineChat()
    engine_chat.send_command("start")
    engine_chat.send_command("stop")
    assert engine_chat.get_event(NoticeShown).topic == "nothing_to_stop"
    assert engine_chat.run.step == WELCOME


def test_a_label_typed_after_a_stop_is_confirmed_first() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_command("stop")
    engine_chat.type_text("a bit better")
    assert "informed" not in engine_chat.run.answers
    assert engine_chat.get_event(ChoiceUnclear).candidates == ("1",)
    engine_chat.tap("answer", "1")
    assert engine_chat.get_answer("informed") == "1"


def test_text_typed_after_a_stop_is_offered_as_a_comment() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.send_command("stop")
    engine_chat.type_text("They rang back.")
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "They rang back."
    assert engine_chat.run.step == "informed_why"


def test_pending_text_is_offered_with_text_typed_after_a_stop() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("First thing.")
    engine_chat.send_command("stop")
    engine_chat.type_text("Second thing.")
    assert engine_chat.get_event(CommentOffered).text == "First thing.\nSecond thing."
    assert engine_chat.get_answer("informed_why") is None
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "First thing.\nSecond thing."


def test_pending_text_is_offered_again_after_a_stop() -> None:
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


def test_distress_gets_helpline_numbers_at_once_and_stops_the_questions() -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("I can't go on like this")
    assert [type(event) for event in engine_chat.events] == [PromptClosed, AnswerSaved, NoticeShown]
    assert engine_chat.get_event(NoticeShown) == NoticeShown("helpline_kept", "carry_on_or_stop")
    assert engine_chat.get_answer("informed_why") == "I can't go on like this"
    assert (engine_chat.run.step, engine_chat.run.resume_step) == (STOPPED, "confident")


def test_distress_at_a_choice_question_is_kept_as_a_comment_without_asking() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("i cant take any more")
    assert engine_chat.get_event(NoticeShown).topic == "helpline_kept"
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "resume", "after_distress"))
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice) == ("informed", "no_hurry")
    engine_chat.tap("answer", "-1")
    assert engine_chat.get_event(StepReached).previous_answer == "i cant take any more"
    engine_chat.tap("clear")
    assert engine_chat.get_answer("informed_why") is None


def test_stop_works_after_the_helpline_message() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("i want to die")
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "stop"))
    assert engine_chat.events == (RunStopped(),)
    newcomer = EngineChat()
    newcomer.type_text("i want to die")
    newcomer.send_reply(Tap(newcomer.run.id, 0, "", "stop"))
    assert newcomer.get_event(NoticeShown).topic == "stopped_early"


def test_distress_after_an_offered_comment_keeps_both_texts() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.type_text("but i cant cope anymore")
    assert engine_chat.get_event(NoticeShown).topic == "helpline_kept"
    assert engine_chat.get_answer("informed_why") == "They rang back.\nbut i cant cope anymore"


def test_distress_in_a_text_that_is_too_long_is_answered_and_not_kept() -> None:
    engine_chat = start_chat_at("informed")
    prompt = engine_chat.run.prompt
    engine_chat.type_text("I want to die. " + "x" * 800)
    assert engine_chat.events == (
        PromptClosed(prompt, "informed", engine_chat.get_event(PromptClosed).choices),
        NoticeShown("helpline", "carry_on_or_stop"),
    )
    assert engine_chat.run.step == STOPPED


def test_distress_after_a_stop_or_at_the_welcome_is_answered() -> None:
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


@pytest.mark.parametrize("was_answer", [True, False])
def test_distress_in_an_edited_message_is_answered(was_answer: bool) -> None:
    engine_chat = start_chat_at("informed_why")
    engine_chat.type_text("fine")
    prompt = engine_chat.run.prompt
    engine_chat.edit_message("I can't go on", None if was_answer else 99)
    assert engine_chat.get_event(NoticeShown).topic == ("helpline_kept" if was_answer else "helpline")
    assert engine_chat.get_event(PromptClosed).prompt == prompt
    assert engine_chat.has_event(AnswerChanged) is was_answer
    assert engine_chat.run.step == STOPPED


def test_distress_at_the_review_page_is_kept_and_the_page_shown_again() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.type_text("i am suicidal")
    carry_on(engine_chat)
    assert engine_chat.get_event(ReviewReached).answers["anything_else"] == "i am suicidal"


def test_an_old_button_after_distress_answers_nothing() -> None:
    engine_chat = start_chat_at("informed")
    old_tap = Tap(engine_chat.run.id, engine_chat.run.prompt, "informed", "answer", "2")
    engine_chat.type_text("I want to die. " + "x" * 800)
    engine_chat.send_reply(old_tap)
    assert engine_chat.events == (ReplyOutdated("informed"),)
