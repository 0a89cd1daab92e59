"""After a downtime, or where a run cannot be continued: what is asked again, and what still counts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flows.engine import handle_reply, repeat_prompt_after_downtime, restart_run
from flows.events import ReplyOutdated, ReplyRepeated, RunDeleted
from flows.events.prompts import CommentOffered, PromptClosed, ReviewReached, StepReached
from flows.loader import load_walk
from flows.models import Command, Run, Tap, TextReply, UnreadableReply
from tests.support.engine_chat import NOW, EngineChat, start_chat_at

GONE = NOW + timedelta(minutes=1)  # typed when we were away already
BACK = NOW + timedelta(hours=2)


def repeat_prompt(engine_chat: EngineChat) -> EngineChat:
    turn = repeat_prompt_after_downtime(engine_chat.walk, engine_chat.run)
    assert turn.run is not None
    engine_chat.run, engine_chat.events = turn.run, turn.events
    return engine_chat


@pytest.mark.parametrize("step", ["role", "informed_why", "more", "wider_support"])
def test_the_open_question_is_asked_again_with_a_sorry_and_its_old_buttons_go(step: str) -> None:
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
    ), "all else stays, the sign of life too"


def test_the_check_page_is_asked_again_with_the_answers() -> None:
    engine_chat = repeat_prompt(start_chat_at("check"))
    assert engine_chat.get_event(ReviewReached).notice == "after_downtime"
    assert engine_chat.get_event(ReviewReached).answers


def test_words_on_offer_are_offered_again_with_a_sorry() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("they never rang back, and nobody knew why")
    engine_chat = repeat_prompt(engine_chat)
    assert engine_chat.get_event(CommentOffered).notice == "after_downtime"
    assert engine_chat.get_event(CommentOffered).text == "they never rang back, and nobody knew why"
    engine_chat.tap("keep")
    assert "never rang back" in (engine_chat.get_answer("informed_why") or "")


def test_words_that_were_on_offer_before_unclear_ones_are_not_lost() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.type_text("they never rang back, and nobody knew why")
    engine_chat.type_text("better")
    assert engine_chat.run.pending_text
    assert engine_chat.run.pending_text.candidates
    engine_chat = repeat_prompt(engine_chat)
    assert engine_chat.get_event(CommentOffered).text == "they never rang back, and nobody knew why"


def test_the_answer_to_what_was_asked_again_counts() -> None:
    engine_chat = repeat_prompt(start_chat_at("role"))
    engine_chat.tap("answer", "neighbour")
    assert engine_chat.get_answer("role") == "neighbour"


@pytest.mark.parametrize(("action", "value"), [("answer", "neighbour"), ("skip", ""), ("back", ""), ("stop", "")])
def test_a_tap_that_was_on_its_way_counts_once(action: str, value: str) -> None:
    """The prompt was repeated in between: the outcome is the same as without."""
    engine_chat, without = repeat_prompt(start_chat_at("role")), start_chat_at("role")
    tap = Tap(engine_chat.run.id, without.run.prompt, "role", action, value)
    for _ in range(2):
        engine_chat.send_reply(tap)
        without.send_reply(tap)
        assert (engine_chat.run.step, engine_chat.run.answers) == (without.run.step, without.run.answers)
    assert [type(event) for event in engine_chat.events] in ([ReplyOutdated], [ReplyRepeated])


def test_a_tap_that_was_on_its_way_counts_also_after_what_asks_nothing() -> None:
    """The question is open in two copies."""
    engine_chat = repeat_prompt(start_chat_at("role"))
    old = Tap(engine_chat.run.id, engine_chat.run.prompt - 1, "role", "answer", "neighbour")
    engine_chat.send_command("help")
    engine_chat.send_reply(UnreadableReply("photo"))
    engine_chat.send_reply(old)
    assert engine_chat.get_answer("role") == "neighbour"
    engine_chat.send_reply(old)
    assert engine_chat.events == (ReplyOutdated("viewpoint", is_answered=True),), "once"


@pytest.mark.parametrize("times", [2, 3])
@pytest.mark.parametrize(("action", "value"), [("answer", "neighbour"), ("skip", ""), ("back", ""), ("stop", "")])
def test_a_tap_on_a_button_that_is_older_is_harmless(times: int, action: str, value: str) -> None:
    engine_chat = start_chat_at("role")
    old = Tap(engine_chat.run.id, engine_chat.run.prompt, engine_chat.run.step, action, value)
    for _ in range(times):
        engine_chat = repeat_prompt(engine_chat)
    before = engine_chat.run
    engine_chat.send_reply(old)
    assert replace(engine_chat.run, seen_at=None, is_prompted_again=True) == replace(before, seen_at=None)
    assert [type(event) for event in engine_chat.events] in ([ReplyOutdated], [ReplyRepeated])
    if action == "answer":
        assert engine_chat.has_event(ReplyOutdated), "an answer that did not count is never passed over in silence"


def test_words_typed_while_we_were_away_answer_what_was_open_then() -> None:
    """As without the repeated prompt: the run's last sign of life decides."""
    engine_chat = repeat_prompt(start_chat_at("informed_why"))
    without = handle_reply(
        engine_chat.walk, start_chat_at("informed_why").run, TextReply("nobody rang", 90, GONE), BACK
    )
    turn = handle_reply(engine_chat.walk, engine_chat.run, TextReply("nobody rang", 90, GONE), BACK)
    assert turn.run is not None
    assert without.run is not None
    assert turn.run.answer_value("informed_why") == without.run.answer_value("informed_why") == "nobody rang"
    assert turn.run.step == without.run.step


def test_a_label_typed_while_we_were_away_answers_the_choice_that_was_open() -> None:
    turn = handle_reply(load_walk(), repeat_prompt(start_chat_at("role")).run, TextReply("neighbour", 90, GONE), BACK)
    assert turn.run is not None
    assert turn.run.answer_value("role") == "neighbour"


def test_words_typed_well_before_the_last_sign_of_life_are_not_for_this_question() -> None:
    early = NOW - timedelta(minutes=1)
    turn = handle_reply(load_walk(), repeat_prompt(start_chat_at("role")).run, TextReply("neighbour", 90, early), BACK)
    assert turn.run is not None
    assert turn.run.answer_value("role") is None


def test_asking_again_twice_leaves_one_question_open() -> None:
    engine_chat = repeat_prompt(repeat_prompt(start_chat_at("role")))
    engine_chat.tap("answer", "neighbour")
    assert engine_chat.get_answer("role") == "neighbour"


def test_a_run_that_begins_anew_stands_at_the_welcome_with_a_word_about_it() -> None:
    turn = restart_run(load_walk(), Run("runrun09", "connection_test", 1, "en"), NOW)
    [asked] = turn.events
    assert isinstance(asked, StepReached)
    assert (asked.step, asked.notice, asked.prompt) == ("welcome", "run_restarted", 1)
    assert turn.run is not None
    assert turn.run.seen_at == NOW
    again = handle_reply(load_walk(), turn.run, Command("delete"), NOW)
    assert [type(event) for event in again.events] == [PromptClosed, RunDeleted], "there is nothing to ask about"
    assert again.run is None
