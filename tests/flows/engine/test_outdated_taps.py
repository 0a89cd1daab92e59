"""Taps that no longer count: on old buttons, double taps, those of another run, and forged ones."""

from dataclasses import replace

import pytest

from bot.render import render_event
from bot.render.localization import make_localizer
from bot.render.messages import Alert
from flows.events import ReplyOutdated, ReplyRepeated
from flows.events.prompts import ChoiceUnclear, StepReached
from flows.models import Run, Tap
from flows.schema import REVIEW, STOPPED
from storage.conversations.outbox import OutboxContent
from tests.support.engine_chat import EngineChat, start_chat, start_chat_at


def make_tap(engine_chat: EngineChat, action: str, value: str = "") -> Tap:
    return Tap(engine_chat.run.id, engine_chat.run.prompt, engine_chat.run.step, action, value)


def is_same_run(run: Run, other: Run) -> bool:
    return replace(run, seen_at=None) == replace(other, seen_at=None)


def test_a_repeated_tap_counts_once() -> None:
    engine_chat = start_chat()
    tap = make_tap(engine_chat, "answer", "neighbour")
    engine_chat.send_reply(tap)
    after = engine_chat.run
    engine_chat.send_reply(tap)
    assert engine_chat.events == (ReplyRepeated(),)
    assert engine_chat.run == after


def test_another_button_of_the_message_just_answered_is_outdated() -> None:
    engine_chat = start_chat()
    other = make_tap(engine_chat, "answer", "paid_worker")
    engine_chat.tap("answer", "neighbour")
    engine_chat.send_reply(other)
    assert engine_chat.events == (ReplyOutdated("viewpoint", is_answered=True),)
    assert engine_chat.get_answer("role") == "neighbour"


def test_an_older_button_is_outdated_and_names_the_current_step() -> None:
    engine_chat = start_chat()
    old_tap = make_tap(engine_chat, "answer", "neighbour")
    engine_chat.answer("neighbour", "myself", "0")
    engine_chat.send_reply(old_tap)
    assert engine_chat.events == (ReplyOutdated("informed_why", is_answered=True),)


def test_an_older_button_of_the_open_question_is_not_reported_as_answered() -> None:
    engine_chat = start_chat()
    old_tap = make_tap(engine_chat, "answer", "neighbour")
    engine_chat.send_command("start")
    engine_chat.send_reply(old_tap)
    assert engine_chat.events == (ReplyOutdated("role"),)
    assert "its buttons work" in render_alert(engine_chat)


def test_a_button_of_an_abandoned_question_is_not_reported_as_answered() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    old_tap = make_tap(engine_chat, "answer", "family")
    engine_chat.tap("back")
    engine_chat.send_reply(old_tap)
    assert engine_chat.events == (ReplyOutdated("role"),)


@pytest.mark.parametrize("choice", ["neighbour", "skip"])
def test_a_button_of_an_answered_or_skipped_question_is_reported_as_answered(choice: str) -> None:
    engine_chat = start_chat()
    old_tap = make_tap(engine_chat, "answer", "paid_worker")
    engine_chat.answer(choice)
    engine_chat.send_reply(old_tap)
    assert engine_chat.events == (ReplyOutdated("viewpoint", is_answered=True),)
    assert "done already" in render_alert(engine_chat)


def render_alert(engine_chat: EngineChat) -> str:
    text = render_event(
        engine_chat.get_event(ReplyOutdated),
        make_localizer(OutboxContent(engine_chat.run.id, "connection_test", "en", ())),
        "",
    )
    assert isinstance(text, Alert)
    return text.text


@pytest.mark.parametrize("action", ["skip", "back", "why"])
def test_a_repeated_skip_back_or_why_counts_once(action: str) -> None:
    engine_chat = start_chat_at("confident")
    tap = make_tap(engine_chat, action)
    engine_chat.send_reply(tap)
    after = engine_chat.run
    engine_chat.send_reply(tap)
    assert engine_chat.events == (ReplyRepeated(),)
    assert engine_chat.run == after


def test_a_repeated_stop_counts_once() -> None:
    engine_chat = start_chat_at("more")
    tap = make_tap(engine_chat, "stop")
    engine_chat.send_reply(tap)
    engine_chat.send_reply(tap)
    assert engine_chat.events == (ReplyRepeated(),)
    assert engine_chat.run.step == STOPPED


def test_after_a_stop_the_buttons_of_the_question_are_outdated() -> None:
    engine_chat = start_chat_at("more")
    old_tap = make_tap(engine_chat, "go_on")
    engine_chat.tap("stop")
    engine_chat.send_reply(old_tap)
    assert engine_chat.events == (ReplyOutdated("more"),)
    assert engine_chat.run.step == STOPPED


def test_a_question_asked_again_accepts_only_its_newest_buttons() -> None:
    engine_chat = start_chat()
    old_tap = make_tap(engine_chat, "answer", "paid_worker")
    engine_chat.answer("neighbour")
    engine_chat.tap("back")
    engine_chat.send_reply(old_tap)
    assert engine_chat.get_answer("role") == "neighbour"
    assert engine_chat.events == (ReplyOutdated("role"),), (
        "the question is open again, so it is not reported as answered"
    )


def test_a_button_of_another_run_is_outdated() -> None:
    engine_chat = start_chat()
    engine_chat.send_reply(replace(make_tap(engine_chat, "answer", "neighbour"), run="otherrun"))
    assert engine_chat.events == (ReplyOutdated("role"),)
    assert not engine_chat.run.answers


def test_a_button_tapped_without_a_run_is_outdated() -> None:
    engine_chat = EngineChat()
    engine_chat.send_reply(Tap("otherrun", 3, "role", "answer", "neighbour"))
    assert engine_chat.events == (ReplyOutdated(None),)
    assert engine_chat.run.prompt == 0


@pytest.mark.parametrize(
    "forged",
    [
        {"prompt": 999_999},
        {"step": "informed"},
        {"step": REVIEW, "action": "send", "value": "x"},
    ],
)
def test_a_forged_button_changes_nothing(forged: dict[str, str]) -> None:
    engine_chat = start_chat()
    before = engine_chat.run
    engine_chat.send_reply(replace(make_tap(engine_chat, "answer", "neighbour"), **forged))  # type: ignore[arg-type]
    assert isinstance(engine_chat.events[0], ReplyOutdated)
    assert is_same_run(engine_chat.run, before)


@pytest.mark.parametrize(
    "forged",
    [
        {"value": "president"},
        {"value": ""},
        {"action": "dance"},
        {"action": "change", "value": "role"},
        {"action": "start"},
        {"action": "kept"},
        {"action": "send", "value": "x"},
        {"action": "go_on"},
        {"action": "send_now"},
        {"action": "clear"},
        {"action": "keep"},
        {"action": "leave"},
        {"action": "none"},
        {"action": "stay"},
    ],
)
def test_an_invalid_action_of_the_current_prompt_repeats_the_question(forged: dict[str, str]) -> None:
    """A choice may have been removed from the flow, and a tap on it must not leave the chat without buttons."""
    engine_chat = start_chat()
    before = engine_chat.run
    engine_chat.send_reply(replace(make_tap(engine_chat, "answer", "neighbour"), **forged))  # type: ignore[arg-type]
    assert engine_chat.get_event(StepReached).step == "role"
    assert is_same_run(engine_chat.run, replace(before, prompt=before.prompt + 1))


def test_an_offered_comment_stays_when_more_text_is_too_long() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("rubbish")
    engine_chat.type_text("very " * 200)
    engine_chat.tap("keep")
    assert engine_chat.get_answer("informed_why") == "rubbish"


def test_an_answer_tapped_at_a_comment_offer_counts_and_keeps_the_comment() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("They rang back.")
    engine_chat.tap("answer", "1")
    assert engine_chat.get_answer("informed") == "1"
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.previous_answer, event.notice) == ("informed_why", "They rang back.", "words_kept")


def test_none_of_these_without_pending_text_repeats_the_question() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("better")
    unclear = engine_chat.get_event(ChoiceUnclear)
    engine_chat.type_text("very " * 200)
    engine_chat.send_reply(Tap(engine_chat.run.id, unclear.prompt, "informed", "none"))
    assert engine_chat.get_event(StepReached).step == "informed"


def test_carry_on_repeats_the_question_at_any_time() -> None:
    engine_chat = start_chat_at("confident")
    before = engine_chat.run.answers
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "resume"))
    assert engine_chat.get_event(StepReached).step == "confident"
    assert engine_chat.run.answers == before
