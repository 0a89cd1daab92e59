"""Text typed while a yes-or-no question is open beside the walk: it answers that one, never the hidden question."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.campaign import CampaignInfo
from flows.engine import repeat_prompt_after_downtime
from flows.engine.confirmations import resolve_confirmation
from flows.events import DeletionRequested, NoticeShown, RunDeleted
from flows.events.prompts import ReviewReached, RunSwitchRequested, StepReached
from flows.loader import OPEN_CAMPAIGN_FLOW_ID, load_walk
from flows.models import LinkFollow, Run, Tap, TextReply
from flows.schema import STOPPED
from tests.support.campaign_runs import WILLOW_INFO, WILLOW_RUN, follow_link
from tests.support.engine_chat import EngineChat, start_chat_at

LABELS = load_walk().flow.labels["en"]
OAK = CampaignInfo("oak234567892", "Oak House")
HIDDEN = ("informed", "more", "informed_why", "check")  # where it was asked: a choice, a fork, words, the check page


def request_deletion_at(step: str = "informed") -> EngineChat:
    engine_chat = start_chat_at(step)
    engine_chat.send_command("delete")
    return engine_chat


def follow_other_link_at(step: str = "informed", other: Run = WILLOW_RUN) -> EngineChat:
    """A chat in the middle of Oak House's run that followed another link."""
    engine_chat = start_chat_at(step)
    engine_chat.run = replace(engine_chat.run, campaign=OAK.code, campaign_info=OAK)
    return follow_link(engine_chat, other)


def resolve_text(engine_chat: EngineChat, text: str) -> tuple[str, str] | None:
    reply = resolve_confirmation(engine_chat.run, TextReply(text, 99), LABELS)
    return (reply.action, reply.value) if isinstance(reply, Tap) else None


@pytest.mark.parametrize("step", HIDDEN)
@pytest.mark.parametrize("text", ["no", "No, keep them", "don't", "carry on"])
def test_no_to_deleting_keeps_all_and_leads_back(step: str, text: str) -> None:
    engine_chat = request_deletion_at(step)
    before = dict(engine_chat.run.answers)
    engine_chat.type_text(text)
    assert (engine_chat.run.step, dict(engine_chat.run.answers)) == (step, before)
    assert isinstance(engine_chat.events[-1], StepReached | ReviewReached)
    assert engine_chat.run.confirmation is None


@pytest.mark.parametrize("text", ["Yes, delete them", "yes", "delete them"])
def test_yes_to_deleting_deletes(text: str) -> None:
    engine_chat = request_deletion_at()
    engine_chat.type_text(text)
    assert engine_chat.is_over
    assert engine_chat.has_event(RunDeleted)


def test_a_yes_after_something_else_was_said_is_asked_about() -> None:
    engine_chat = request_deletion_at()
    engine_chat.send_command("help")
    engine_chat.type_text("yes")
    assert engine_chat.events == (DeletionRequested(engine_chat.run.prompt),)
    engine_chat.type_text("yes")
    assert engine_chat.is_over


@pytest.mark.parametrize(
    ("text", "button"),
    [
        ("carry on", ("resume", "")),
        ("no", ("resume", "")),
        ("oak house", ("resume", "")),
        ("Delete them, begin the other", ("begin_other", "willow234567-5")),
        ("the willow.", ("begin_other", "willow234567-5")),
        ("yes", None),  # to which of the two?
        ("a bit better", None),
        ("skip", None),
    ],
)
def test_between_two_campaigns_words_name_a_button_or_it_is_asked_again(
    text: str, button: tuple[str, str] | None
) -> None:
    engine_chat = follow_other_link_at()
    before = dict(engine_chat.run.answers)
    engine_chat.run = replace(
        engine_chat.run,
        prompt=5,
        confirmation=engine_chat.run.confirmation
        and replace(engine_chat.run.confirmation, request=switch_request(engine_chat, 5)),
    )
    assert resolve_text(engine_chat, text) == button
    engine_chat.type_text(text)
    assert dict(engine_chat.run.answers) == before
    assert engine_chat.has_event(RunSwitchRequested) is (button is None)


def switch_request(engine_chat: EngineChat, prompt: int) -> RunSwitchRequested:
    assert engine_chat.run.confirmation
    assert isinstance(engine_chat.run.confirmation.request, RunSwitchRequested)
    return replace(engine_chat.run.confirmation.request, prompt=prompt)


def test_the_name_of_both_names_neither() -> None:
    engine_chat = follow_other_link_at(other=replace(WILLOW_RUN, campaign_info=replace(WILLOW_INFO, about="OAK HOUSE")))
    assert resolve_text(engine_chat, "delete them") == ("begin_other", f"{WILLOW_INFO.code}-{engine_chat.run.prompt}")
    engine_chat = follow_other_link_at(other=replace(WILLOW_RUN, campaign_info=replace(WILLOW_INFO, about=OAK.about)))
    assert resolve_text(engine_chat, "Oak House") is None


def test_a_campaign_to_be_opened_is_begun_by_its_own_words() -> None:
    engine_chat = follow_other_link_at(other=Run("runrun05", OPEN_CAMPAIGN_FLOW_ID, 1, "en", campaign=""))
    assert resolve_text(engine_chat, "delete them") == ("menu_open", str(engine_chat.run.prompt))
    assert resolve_text(engine_chat, "begin the other") is None


def test_words_of_distress_are_answered_by_who_to_ring_and_then_nothing_stands() -> None:
    for engine_chat in (request_deletion_at(), follow_other_link_at()):
        engine_chat.type_text("I can't go on")
        assert engine_chat.get_event(NoticeShown).topic == "helpline"
        assert engine_chat.run.step == STOPPED
        engine_chat.type_text("yes")
        assert not engine_chat.is_over, "a yes to stopping deletes nothing"


def test_once_more_is_asked_it_stands_no_more() -> None:
    engine_chat = request_deletion_at()
    engine_chat.tap("answer", "2")
    engine_chat.type_text("no")
    assert not engine_chat.has_event(DeletionRequested)
    engine_chat = request_deletion_at()
    engine_chat.run = repeat_prompt_after_downtime(engine_chat.walk, engine_chat.run).run or engine_chat.run
    engine_chat.type_text("much better")
    assert engine_chat.has_event(StepReached)


TEXTS = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [word for of in LABELS.choices.values() for one in of.values() for word in (one.text, *one.synonyms)]
    ),
    st.sampled_from([word for label in LABELS.actions.values() for word in (label.text, *label.synonyms)]),
    st.sampled_from(["Oak House", "The Willow", "They never ring back", "1", "I can't go on"]),
)


@given(st.sampled_from(HIDDEN), st.booleans(), st.booleans(), st.lists(TEXTS, min_size=1, max_size=3))
def test_no_typed_word_changes_an_answer_while_it_stands(
    step: str, other: bool, stopped: bool, text: list[str]
) -> None:
    engine_chat = start_chat_at(step)
    if stopped:
        engine_chat.send_command("stop")
    if other:
        engine_chat.send_reply(LinkFollow(WILLOW_RUN))
    else:
        engine_chat.send_command("delete")
    before = dict(engine_chat.run.answers)
    for one in text:
        if engine_chat.run.confirmation is None:
            return
        engine_chat.type_text(one)
        assert engine_chat.is_over or dict(engine_chat.run.answers) == before
