"""After a downtime, or if a run cannot be continued: which prompt is repeated, and which replies still count."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.engine import handle_reply, repeat_prompt_after_downtime, restart_run
from flows.events import ReplyOutdated, ReplyRepeated, RunDeleted
from flows.events.prompts import CommentOffered, PromptClosed, ReviewReached, StepReached
from flows.loader import load_walk
from flows.models import Command, Run, Tap, TextReply, UnreadableReply
from tests.support.engine_chat import NOW, EngineChat, start_chat_at

DURING_DOWNTIME = NOW + timedelta(minutes=1)  # typed during the downtime
AFTER_DOWNTIME = NOW + timedelta(hours=2)


def repeat_prompt(engine_chat: EngineChat) -> EngineChat:
    turn = repeat_prompt_after_downtime(engine_chat.walk, engine_chat.run)
    assert turn.run is not None
    engine_chat.run, engine_chat.events = turn.run, turn.events
    return engine_chat


@pytest.mark.parametrize("step", ["role", "informed_why", "more", "wider_support"])
def test_the_open_question_is_repeated_with_an_apology_and_its_old_buttons_removed(step: str) -> None:
    before = start_chat_at(step).run
    engine_chat = repeat_prompt(start_chat_at(step))
    assert engine_chat.get_event(StepReached).notice == "after_downtime"
    assert (engine_chat.get_event(StepReached).step, engine_chat.get_event(StepReached).prompt) == (
        step,
        before.prompt + 1,
    )
    assert engine_chat.get_event(PromptClosed).prompt == before.prompt
    assert engine_chat.run == replace(
        before, prompt=before.prompt + 1, is_prompted_again=True, id=engine_chat.run.id
    ), "nothing else changes, not even seen_at"


def test_the_review_page_is_repeated_with_the_answers() -> None:
    engine_chat = repeat_prompt(start_chat_at("check"))
    assert engine_chat.get_event(ReviewReached).notice == "after_downtime"
    assert engine_chat.get_event(ReviewReached).answers


def test_an_offered_comment_is_offered_again_with_an_apology() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("they never rang back, and nobody knew why")
    engine_chat = repeat_prompt(engine_chat)
    assert engine_chat.get_event(CommentOffered).notice == "after_downtime"
    assert engine_chat.get_event(CommentOffered).text == "they never rang back, and nobody knew why"
    engine_chat.tap("keep")
    assert "never rang back" in (engine_chat.get_answer("informed_why") or "")


def test_an_offered_comment_before_unclear_text_is_not_lost() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("they never rang back, and nobody knew why")
    engine_chat.type_text("better")
    assert engine_chat.run.pending_text
    assert engine_chat.run.pending_text.candidates
    engine_chat = repeat_prompt(engine_chat)
    assert engine_chat.get_event(CommentOffered).text == "they never rang back, and nobody knew why"


def test_an_answer_to_the_repeated_prompt_counts() -> None:
    engine_chat = repeat_prompt(start_chat_at("role"))
    engine_chat.tap("answer", "neighbour")
    assert engine_chat.get_answer("role") == "neighbour"


@pytest.mark.parametrize(("action", "value"), [("answer", "neighbour"), ("skip", ""), ("back", ""), ("stop", "")])
def test_a_late_tap_on_the_earlier_prompt_counts_once(action: str, value: str) -> None:
    """The prompt is repeated in between, with the same outcome as without."""
    engine_chat, uninterrupted = repeat_prompt(start_chat_at("role")), start_chat_at("role")
    tap = Tap(engine_chat.run.id, uninterrupted.run.prompt, "role", action, value)
    for _ in range(2):
        engine_chat.send_reply(tap)
        uninterrupted.send_reply(tap)
        assert (engine_chat.run.step, engine_chat.run.answers) == (uninterrupted.run.step, uninterrupted.run.answers)
    assert [type(event) for event in engine_chat.events] in ([ReplyOutdated], [ReplyRepeated])


def test_a_late_tap_counts_even_after_replies_that_ask_nothing() -> None:
    """Both copies of the prompt are open."""
    engine_chat = repeat_prompt(start_chat_at("role"))
    old_tap = Tap(engine_chat.run.id, engine_chat.run.prompt - 1, "role", "answer", "neighbour")
    engine_chat.send_command("help")
    engine_chat.send_reply(UnreadableReply("photo"))
    engine_chat.send_reply(old_tap)
    assert engine_chat.get_answer("role") == "neighbour"
    engine_chat.send_reply(old_tap)
    assert engine_chat.events == (ReplyOutdated("viewpoint", is_answered=True),), "it counts once"


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(("action", "value"), [("answer", "neighbour"), ("skip", ""), ("back", ""), ("stop", "")])
def test_a_tap_on_a_prompt_repeated_twice_does_not_count(times: int, action: str, value: str) -> None:
    engine_chat = start_chat_at("role")
    old_tap = Tap(engine_chat.run.id, engine_chat.run.prompt, engine_chat.run.step, action, value)
    for _ in range(times):
        engine_chat = repeat_prompt(engine_chat)
    before = engine_chat.run
    engine_chat.send_reply(old_tap)
    assert replace(engine_chat.run, seen_at=None, is_prompted_again=True) == replace(before, seen_at=None)
    assert [type(event) for event in engine_chat.events] in ([ReplyOutdated], [ReplyRepeated])
    if action == "answer":
        assert engine_chat.has_event(ReplyOutdated), "an answer that does not count is always reported"


def test_text_typed_during_downtime_answers_the_question_open_then() -> None:
    """As without the repeated prompt: `seen_at` of the run decides."""
    engine_chat = repeat_prompt(start_chat_at("informed_why"))
    uninterrupted = handle_reply(
        engine_chat.walk,
        start_chat_at("informed_why").run,
        TextReply("nobody rang", 90, DURING_DOWNTIME),
        AFTER_DOWNTIME,
    )
    turn = handle_reply(
        engine_chat.walk, engine_chat.run, TextReply("nobody rang", 90, DURING_DOWNTIME), AFTER_DOWNTIME
    )
    assert turn.run is not None
    assert uninterrupted.run is not None
    assert turn.run.answer_value("informed_why") == uninterrupted.run.answer_value("informed_why") == "nobody rang"
    assert turn.run.step == uninterrupted.run.step


def test_a_label_typed_during_downtime_answers_the_open_choice() -> None:
    turn = handle_reply(
        load_walk(),
        repeat_prompt(start_chat_at("role")).run,
        TextReply("neighbour", 90, DURING_DOWNTIME),
        AFTER_DOWNTIME,
    )
    assert turn.run is not None
    assert turn.run.answer_value("role") == "neighbour"


def test_text_typed_well_before_the_prompt_does_not_answer_it() -> None:
    before_prompt = NOW - timedelta(minutes=1)
    turn = handle_reply(
        load_walk(), repeat_prompt(start_chat_at("role")).run, TextReply("neighbour", 90, before_prompt), AFTER_DOWNTIME
    )
    assert turn.run is not None
    assert turn.run.answer_value("role") is None


def test_a_prompt_repeated_twice_can_be_answered() -> None:
    engine_chat = repeat_prompt(repeat_prompt(start_chat_at("role")))
    engine_chat.tap("answer", "neighbour")
    assert engine_chat.get_answer("role") == "neighbour"


def test_a_restarted_run_is_at_the_welcome_with_a_notice() -> None:
    turn = restart_run(load_walk(), Run("runrun09", "connection_test", 1, "en"), NOW)
    [event] = turn.events
    assert isinstance(event, StepReached)
    assert (event.step, event.notice, event.prompt) == ("welcome", "run_restarted", 1)
    assert turn.run is not None
    assert turn.run.seen_at == NOW
    deletion = handle_reply(load_walk(), turn.run, Command("delete"), NOW)
    assert [type(event) for event in deletion.events] == [PromptClosed, RunDeleted], (
        "without answers, no confirmation is needed"
    )
    assert deletion.run is None
