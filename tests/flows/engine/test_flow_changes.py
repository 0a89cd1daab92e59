"""A run that started before its flow changed keeps the answers that still fit, and nothing raises."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from flows.events.prompts import StepReached
from flows.models import Answer, AnswerText, Command, PendingText, Reply, Run, Tap, TextEdit, TextReply, UnreadableReply
from flows.schema import STOPPED, WELCOME
from tests.support.engine_chat import EngineChat

OUTDATED_RUN = Run(
    "runrun01",
    "connection_test",
    1,
    "en",
    step="weather",
    prompt=7,
    answers=MappingProxyType(
        {
            "role": Answer("neighbour"),
            "viewpoint": Answer("galaxy"),
            "informed": Answer(texts=(AnswerText("It rained.", 3),)),
            "informed_why": Answer(texts=(AnswerText("It rained.", 4),)),
            "confident_why": Answer("2"),
            "connected": Answer(),
            "weather": Answer("rain", (AnswerText("", 5),)),
            "more": Answer("go_on"),
        }
    ),
    pending_text=PendingText("more rain", 6),
)
REPLIES: list[Reply] = [
    Tap("runrun01", 7, "weather", "answer", "rain"),
    Tap("runrun01", 0, "", "resume"),
    TextReply("rain", 8),
    TextEdit("snow", 5),
    TextEdit("snow", 6),
    Command("start"),
    Command("help"),
    Command("mydata"),
    UnreadableReply("voice"),
]


@pytest.mark.parametrize("reply", REPLIES)
@pytest.mark.parametrize("is_stopped", [True, False])
def test_a_run_at_a_removed_step_returns_to_the_welcome_with_fitting_answers(reply: Reply, is_stopped: bool) -> None:
    run = replace(OUTDATED_RUN, step=STOPPED, resume_step="weather") if is_stopped else OUTDATED_RUN
    engine_chat = EngineChat(run=run)
    engine_chat.send_reply(reply)
    assert engine_chat.run.step == WELCOME
    assert engine_chat.run.resume_step is None
    assert {name: answer.value for name, answer in engine_chat.run.answers.items()} == {
        "role": "neighbour",
        "informed_why": "It rained.",
        "connected": None,
    }


def test_after_that_the_kept_answers_are_shown() -> None:
    engine_chat = EngineChat(run=replace(OUTDATED_RUN, pending_text=None))
    engine_chat.send_command("start")
    engine_chat.tap("start")
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.previous_answer) == ("role", "neighbour")


def test_a_run_at_an_existing_step_goes_on_with_the_new_version() -> None:
    engine_chat = EngineChat(run=Run("runrun01", "connection_test", 0, "en", "role", 2))
    engine_chat.tap("answer", "neighbour")
    assert (engine_chat.run.step, engine_chat.run.version) == ("viewpoint", 1)


def test_a_run_in_a_removed_language_uses_the_flow_s_default() -> None:
    engine_chat = EngineChat(run=Run("runrun01", "connection_test", 1, "tlh", "role", 2))
    engine_chat.type_text("carer")
    assert engine_chat.get_answer("role") == "family_carer"
