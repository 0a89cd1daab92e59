"""A run that began before its flow changed: answers that fit are kept, and nothing raises."""

from dataclasses import replace
from types import MappingProxyType

import pytest

from flows.events.prompts import StepReached
from flows.models import Answer, AnswerText, Command, PendingText, Reply, Run, Tap, TextEdit, TextReply, UnreadableReply
from flows.schema import STOPPED, WELCOME
from tests.support.engine_chat import EngineChat

GONE = Run(
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
@pytest.mark.parametrize("stopped", [True, False])
def test_a_place_that_is_gone_leads_to_the_welcome_with_all_that_still_fits(reply: Reply, stopped: bool) -> None:
    run = replace(GONE, step=STOPPED, resume_step="weather") if stopped else GONE
    engine_chat = EngineChat(run=run)
    engine_chat.send_reply(reply)
    assert engine_chat.run.step == WELCOME
    assert engine_chat.run.resume_step is None
    assert {name: given.value for name, given in engine_chat.run.answers.items()} == {
        "role": "neighbour",
        "informed_why": "It rained.",
        "connected": None,
    }


def test_from_there_the_walk_goes_on_with_what_was_answered() -> None:
    engine_chat = EngineChat(run=replace(GONE, pending_text=None))
    engine_chat.send_command("start")
    engine_chat.tap("start")
    asked = engine_chat.get_event(StepReached)
    assert (asked.step, asked.previous_answer) == ("role", "neighbour")


def test_a_run_that_fits_goes_on_where_it_was_and_takes_the_new_version() -> None:
    engine_chat = EngineChat(run=Run("runrun01", "connection_test", 0, "en", "role", 2))
    engine_chat.tap("answer", "neighbour")
    assert (engine_chat.run.step, engine_chat.run.version) == ("viewpoint", 1)


def test_a_run_in_a_language_that_is_gone_is_read_in_the_flows_own() -> None:
    engine_chat = EngineChat(run=Run("runrun01", "connection_test", 1, "tlh", "role", 2))
    engine_chat.type_text("carer")
    assert engine_chat.get_answer("role") == "family_carer"
