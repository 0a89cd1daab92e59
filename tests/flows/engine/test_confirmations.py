"""Text typed while a confirmation is open answers the confirmation, never the question behind it."""

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
STEPS = ("informed", "more", "informed_why", "check")  # a choice, a fork, a text question, the review page


def request_deletion_at(step: str = "informed") -> EngineChat:
    engine_chat = start_chat_at(step)
    engine_chat.send_command("delete")
    return engine_chat


def follow_other_link_at(step: str = "informed", other: Run = WILLOW_RUN) -> EngineChat:
    """A chat in the middle of Oak House's run that follows another link."""
    engine_chat = start_chat_at(step)
    engine_chat.run = replace(engine_chat.run, campaign=OAK.code, campaign_info=OAK)
    return follow_link(engine_chat, other)


def resolve_text(engine_chat: EngineChat, text: str) -> tuple[str, str] | None:
    reply = resolve_confirmation(engine_chat.run, TextReply(text, 99), LABELS)
    return (reply.action, reply.value) if isinstance(reply, Tap) else None


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("text", ["no", "No, keep them", "don't", "carry on"])
def test_no_to_deleting_keeps_answers_and_repeats_the_question(step: str, text: str) -> None:
    engine_chat = request_deletion_at(step)
    before = dict(engine_chat.run.answers)
    engine_chat.type_text(text)
    assert (engine_chat.run.step, dict(engine_chat.run.answers)) == (step, before)
    assert isinstance(engine_chat.events[-1], StepReached | ReviewReached)
    assert engine_chat.run.confirmation is None


@pytest.mark.parametrize("text", ["Yes, delete them", "yes", "delete them"])
def test_yes_to_deleting_deletes_the_run(text: str) -> None:
    engine_chat = request_deletion_at()
    engine_chat.type_text(text)
    assert engine_chat.is_over
    assert engine_chat.has_event(RunDeleted)


def test_a_yes_after_another_message_asks_again() -> None:
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
        ("yes", None),  # could mean either campaign
        ("a bit better", None),
        ("skip", None),
    ],
)
def test_text_at_a_campaign_switch_names_a_button_or_asks_again(text: str, button: tuple[str, str] | None) -> None:
    engine_chat = follow_other_link_at()
    before = dict(engine_chat.run.answers)
    engine_chat.run = replace(
        engine_chat.run,
        prompt=5,
        confirmation=engine_chat.run.confirmation
        and replace(engine_chat.run.confirmation, request=make_switch_request(engine_chat, 5)),
    )
    assert resolve_text(engine_chat, text) == button
    engine_chat.type_text(text)
    assert dict(engine_chat.run.answers) == before
    assert engine_chat.has_event(RunSwitchRequested) is (button is None)


def make_switch_request(engine_chat: EngineChat, prompt: int) -> RunSwitchRequested:
    assert engine_chat.run.confirmation
    assert isinstance(engine_chat.run.confirmation.request, RunSwitchRequested)
    return replace(engine_chat.run.confirmation.request, prompt=prompt)


def test_a_name_that_both_campaigns_share_selects_neither() -> None:
    engine_chat = follow_other_link_at(other=replace(WILLOW_RUN, campaign_info=replace(WILLOW_INFO, about="OAK HOUSE")))
    assert resolve_text(engine_chat, "delete them") == ("begin_other", f"{WILLOW_INFO.code}-{engine_chat.run.prompt}")
    engine_chat = follow_other_link_at(other=replace(WILLOW_RUN, campaign_info=replace(WILLOW_INFO, about=OAK.about)))
    assert resolve_text(engine_chat, "Oak House") is None


def test_opening_a_campaign_is_confirmed_by_its_own_label() -> None:
    engine_chat = follow_other_link_at(other=Run("runrun05", OPEN_CAMPAIGN_FLOW_ID, 1, "en", campaign=""))
    assert resolve_text(engine_chat, "delete them") == ("menu_open", str(engine_chat.run.prompt))
    assert resolve_text(engine_chat, "begin the other") is None


def test_distress_at_a_confirmation_gets_helpline_numbers_and_cancels_it() -> None:
    for engine_chat in (request_deletion_at(), follow_other_link_at()):
        engine_chat.type_text("I can't go on")
        assert engine_chat.get_event(NoticeShown).topic == "helpline"
        assert engine_chat.run.step == STOPPED
        engine_chat.type_text("yes")
        assert not engine_chat.is_over, "yes after the helpline deletes nothing"


def test_a_new_prompt_ends_a_confirmation() -> None:
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
        [word for labels in LABELS.choices.values() for one in labels.values() for word in (one.text, *one.synonyms)]
    ),
    st.sampled_from([word for label in LABELS.actions.values() for word in (label.text, *label.synonyms)]),
    st.sampled_from(["Oak House", "The Willow", "They never ring back", "1", "I can't go on"]),
)


@given(st.sampled_from(STEPS), st.booleans(), st.booleans(), st.lists(TEXTS, min_size=1, max_size=3))
def test_no_typed_text_changes_an_answer_during_a_confirmation(
    step: str, other: bool, is_stopped: bool, text: list[str]
) -> None:
    engine_chat = start_chat_at(step)
    if is_stopped:
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
