"""Campaign links: followed by a newcomer, during the campaign's own run, and during another one."""

from dataclasses import replace

import pytest

from flows.events.prompts import PromptClosed, RunSwitchRequested, StepReached
from flows.schema import WELCOME
from tests.support.campaign_runs import WILLOW_INFO, WILLOW_RUN, follow_link
from tests.support.engine_chat import EngineChat, start_chat


def test_a_link_shows_the_campaign_on_the_welcome() -> None:
    engine_chat = follow_link(EngineChat(run=WILLOW_RUN))
    assert engine_chat.get_event(StepReached).campaign_info == WILLOW_INFO
    assert (engine_chat.run.step, engine_chat.run.campaign) == (WELCOME, WILLOW_INFO.code)
    engine_chat.tap("start")
    assert engine_chat.get_event(StepReached).campaign_info is None
    assert engine_chat.run.campaign == WILLOW_INFO.code


def test_the_same_link_mid_run_repeats_the_question() -> None:
    engine_chat = follow_link(EngineChat(run=WILLOW_RUN))
    engine_chat.tap("start")
    engine_chat.answer("neighbour")
    follow_link(engine_chat, replace(WILLOW_RUN, id="runrun10"))
    assert engine_chat.get_event(StepReached).notice == "welcome_back"
    assert (engine_chat.run.step, engine_chat.get_answer("role")) == ("viewpoint", "neighbour")


def test_another_link_asks_before_it_deletes_answers() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    before = engine_chat.run
    follow_link(engine_chat)
    assert engine_chat.events == (RunSwitchRequested(before.prompt, "", WILLOW_INFO),)
    assert replace(engine_chat.run, seen_at=before.seen_at, confirmation=None) == before


def test_a_confirmed_switch_starts_the_other_campaign_and_deletes_answers() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    prompt, run = engine_chat.run.prompt, engine_chat.run.id
    follow_link(engine_chat, sure=prompt)
    assert engine_chat.get_event(StepReached).campaign_info == WILLOW_INFO
    assert engine_chat.get_event(PromptClosed).prompt == prompt
    assert (engine_chat.run.step, engine_chat.run.campaign, engine_chat.run.answers) == (WELCOME, WILLOW_INFO.code, {})
    assert (engine_chat.run.id, engine_chat.run.prompt) == (run, prompt + 1)


def test_a_confirmation_older_than_the_latest_answer_asks_again() -> None:
    engine_chat = start_chat()
    early = engine_chat.run.prompt
    engine_chat.answer("neighbour")
    follow_link(engine_chat, sure=early)
    assert engine_chat.has_event(RunSwitchRequested)
    assert engine_chat.get_answer("role") == "neighbour"


def test_a_link_before_any_answer_switches_without_asking() -> None:
    engine_chat = start_chat()
    follow_link(engine_chat)
    assert (engine_chat.run.step, engine_chat.run.campaign) == (WELCOME, WILLOW_INFO.code)


def test_another_link_asks_before_it_deletes_a_pending_comment() -> None:
    engine_chat = start_chat()
    engine_chat.type_text("my mother had to wait for ever so long")
    follow_link(engine_chat)
    assert engine_chat.has_event(RunSwitchRequested)


def test_another_link_asks_before_it_deletes_a_stopped_run() -> None:
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
def test_an_unusable_link_leads_to_the_welcome_with_a_notice(problem: str) -> None:
    engine_chat = follow_link(EngineChat(), None, problem=problem)
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice, event.campaign_info) == (WELCOME, problem, None)


def test_an_unusable_link_mid_run_repeats_the_question_with_a_notice() -> None:
    engine_chat = start_chat()
    engine_chat.answer("neighbour")
    follow_link(engine_chat, None, problem="link_unknown")
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice) == ("viewpoint", "link_unknown_midway")
