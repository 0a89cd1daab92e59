"""Campaign links: followed by a newcomer, during the campaign's own run, and during another one."""

from dataclasses import replace

import pytest

from flows.events.prompts import PromptClosed, RunSwitchRequested, StepReached
from flows.schema import WELCOME
from tests.support.campaign_runs import WILLOW_INFO, WILLOW_RUN, follow_link
from tests.support.engine_chat import EngineChat, start_chat


def test_who_comes_by_a_link_is_told_whom_they_answer_to() -> None:
    engine_chat = follow_link(EngineChat(run=WILLOW_RUN))
    assert engine_chat.get_event(StepReached).campaign_info == WILLOW_INFO
    assert (engine_chat.run.step, engine_chat.run.campaign) == (WELCOME, WILLOW_INFO.code)
    engine_chat.tap("start")
    assert engine_chat.get_event(StepReached).campaign_info is None
    assert engine_chat.run.campaign == WILLOW_INFO.code


def test_the_same_link_in_mid_walk_is_no_new_beginning() -> None:
    engine_chat = follow_link(EngineChat(run=WILLOW_RUN))
    engine_chat.tap("start")
    engine_chat.answer("neighbour")
    follow_link(engine_chat, replace(WILLOW_RUN, id="runrun10"))
    assert engine_chat.get_event(StepReached).notice == "welcome_back"
    assert (engine_chat.run.step, engine_chat.get_answer("role")) == ("viewpoint", "neighbour")


def test_another_link_takes_nothing_away_without_a_yes() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    before = engine_chat.run
    follow_link(engine_chat)
    assert engine_chat.events == (RunSwitchRequested(before.prompt, "", WILLOW_INFO),)
    assert replace(engine_chat.run, seen_at=before.seen_at, confirmation=None) == before


def test_with_a_yes_the_other_begins_and_the_answers_are_gone() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    prompt, run = engine_chat.run.prompt, engine_chat.run.id
    follow_link(engine_chat, sure=prompt)
    assert engine_chat.get_event(StepReached).campaign_info == WILLOW_INFO
    assert engine_chat.get_event(PromptClosed).prompt == prompt
    assert (engine_chat.run.step, engine_chat.run.campaign, engine_chat.run.answers) == (WELCOME, WILLOW_INFO.code, {})
    assert (engine_chat.run.id, engine_chat.run.prompt) == (run, prompt + 1)


def test_a_yes_from_before_more_was_answered_asks_again() -> None:
    engine_chat = start_chat()
    early = engine_chat.run.prompt
    engine_chat.answer("neighbour")
    follow_link(engine_chat, sure=early)
    assert engine_chat.has_event(RunSwitchRequested)
    assert engine_chat.get_answer("role") == "neighbour"


def test_where_nothing_was_answered_nothing_is_asked() -> None:
    engine_chat = start_chat()
    follow_link(engine_chat)
    assert (engine_chat.run.step, engine_chat.run.campaign) == (WELCOME, WILLOW_INFO.code)


def test_words_that_wait_are_not_given_up_without_a_yes() -> None:
    engine_chat = start_chat()
    engine_chat.type_text("my mother had to wait for ever so long")
    follow_link(engine_chat)
    assert engine_chat.has_event(RunSwitchRequested)


def test_who_stopped_is_asked_too() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    engine_chat.tap("stop")
    engine_chat.send_command("stop")
    assert engine_chat.run.resume_step == "viewpoint"
    follow_link(engine_chat)
    assert engine_chat.has_event(RunSwitchRequested)
    follow_link(engine_chat, sure=engine_chat.run.prompt)
    assert (engine_chat.run.step, dict(engine_chat.run.answers)) == (WELCOME, {})
    assert engine_chat.run.resume_step is None


@pytest.mark.parametrize("problem", ["link_unknown", "link_closed", "link_early"])
def test_a_link_that_leads_nowhere_leads_to_the_welcome_with_a_word_about_it(problem: str) -> None:
    engine_chat = follow_link(EngineChat(), None, problem=problem)
    heard = engine_chat.get_event(StepReached)
    assert (heard.step, heard.notice, heard.campaign_info) == (WELCOME, problem, None)


def test_in_mid_walk_it_leads_back() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    follow_link(engine_chat, None, problem="link_unknown")
    heard = engine_chat.get_event(StepReached)
    assert (heard.step, heard.notice) == ("viewpoint", "link_unknown_midway")
