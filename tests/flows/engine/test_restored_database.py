"""After an older database was restored, a button of a prompt unknown to the run repeats the open prompt."""

from dataclasses import replace

import pytest

from flows.engine.taps import MAX_PROMPT_NUMBER
from flows.events import ReplyOutdated
from flows.events.prompts import CommentOffered, PromptClosed, ReviewReached, StepReached
from flows.models import Tap
from flows.schema import REVIEW, STOPPED, WELCOME
from tests.support.engine_chat import EngineChat, start_chat_at


def tap_ahead(engine_chat: EngineChat, prompts_ahead: int = 6, action: str = "answer", value: str = "2") -> Tap:
    """A tap on a prompt this many prompts after the run's newest one."""
    return Tap(engine_chat.run.id, engine_chat.run.prompt + prompts_ahead, "connected", action, value)


@pytest.mark.parametrize("prompts_ahead", [1, 6])
@pytest.mark.parametrize(("action", "value"), [("answer", "2"), ("skip", ""), ("back", ""), ("stop", "")])
def test_a_button_newer_than_the_run_repeats_the_question_with_a_notice(
    prompts_ahead: int, action: str, value: str
) -> None:
    engine_chat = start_chat_at("viewpoint")
    before = engine_chat.run
    engine_chat.send_reply(tap_ahead(engine_chat, prompts_ahead, action, value))
    assert [type(event) for event in engine_chat.events] == [PromptClosed, StepReached]
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice, event.prompt) == ("viewpoint", "after_restore", before.prompt + prompts_ahead + 1)
    assert engine_chat.get_event(PromptClosed).prompt == before.prompt
    assert replace(engine_chat.run, prompt=before.prompt) == before, "nothing else changed"
    engine_chat.tap("answer", "family")
    assert engine_chat.get_answer("viewpoint") == "family"


def test_a_second_tap_on_a_newer_button_is_outdated() -> None:
    engine_chat = start_chat_at("viewpoint")
    tap = tap_ahead(engine_chat)
    engine_chat.send_reply(tap)
    engine_chat.send_reply(tap)
    assert engine_chat.events == (ReplyOutdated("viewpoint"),)


def test_a_send_button_newer_than_the_run_submits_nothing() -> None:
    engine_chat = start_chat_at(REVIEW)
    engine_chat.send_reply(Tap(engine_chat.run.id, engine_chat.run.prompt + 1, REVIEW, "send", "a-receipt"))
    assert engine_chat.get_event(ReviewReached).notice == "after_restore"
    assert not engine_chat.is_over


def test_a_newer_button_ends_a_stop_and_repeats_the_question() -> None:
    engine_chat = start_chat_at("viewpoint")
    engine_chat.send_command("stop")
    assert engine_chat.run.step == STOPPED
    engine_chat.send_reply(tap_ahead(engine_chat))
    assert engine_chat.get_event(StepReached).notice == "after_restore"
    assert (engine_chat.run.step, engine_chat.run.resume_step) == ("viewpoint", None)


def test_a_newer_button_repeats_an_offered_comment() -> None:
    engine_chat = start_chat_at("viewpoint")
    engine_chat.type_text("they never rang back, and nobody knew why")
    engine_chat.send_reply(tap_ahead(engine_chat))
    assert engine_chat.get_event(CommentOffered).notice == "after_restore"


def test_a_newer_button_at_the_welcome_repeats_the_welcome() -> None:
    engine_chat = EngineChat()
    engine_chat.send_command("start")
    engine_chat.send_reply(tap_ahead(engine_chat))
    assert (engine_chat.get_event(StepReached).step, engine_chat.get_event(StepReached).notice) == (
        WELCOME,
        "after_restore",
    )


@pytest.mark.parametrize(("prompt", "is_accepted"), [(MAX_PROMPT_NUMBER, True), (MAX_PROMPT_NUMBER + 1, False)])
def test_a_prompt_number_beyond_the_maximum_is_outdated(prompt: int, is_accepted: bool) -> None:
    """Otherwise a forged number would leave none for later prompts."""
    engine_chat = start_chat_at("viewpoint")
    engine_chat.send_reply(Tap(engine_chat.run.id, prompt, "role", "skip"))
    assert engine_chat.has_event(StepReached) == is_accepted
    assert engine_chat.has_event(ReplyOutdated) != is_accepted
