"""The flow in which coordinators open campaigns, where it differs from a questionnaire."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.campaign import CampaignInfo
from flows.engine.distress import handle_distress
from flows.errors import FlowError
from flows.events import NoticeShown
from flows.events.prompts import CommentOffered, RedactionOffered, ReviewReached, RunSwitchRequested, StepReached
from flows.events.requests import CampaignRequest, SubmissionRequest
from flows.events.submission import ResultDetailsShown
from flows.loader import OPEN_CAMPAIGN_FLOW_ID, load_walk, read_flow
from flows.models import Answer, AnswerText, LinkFollow, PendingText, Run, TextReply, Turn
from flows.schema import REVIEW, STOPPED, count_utf16_units
from tests.support.engine_chat import NOW, EngineChat
from tests.support.flow_files import copy_flow, replace_in_file

CAMPAIGN_RUN = Run("runrun01", OPEN_CAMPAIGN_FLOW_ID, 1, "en", campaign="")
NAMES = "Mrs Margaret Hollis, 0113 496 0000"


def start_campaign_chat() -> EngineChat:
    """A coordinator at the first question."""
    engine_chat = EngineChat(load_walk(OPEN_CAMPAIGN_FLOW_ID), CAMPAIGN_RUN)
    engine_chat.send_command("start")
    engine_chat.tap("start")
    return engine_chat


def campaign_chat_at_review() -> EngineChat:
    """A coordinator at the review page."""
    engine_chat = start_campaign_chat()
    engine_chat.answer("The Willow", NAMES, "A page", "four_weeks", "skip", "eight_weeks")
    return engine_chat


def test_sending_requests_a_campaign_and_submits_no_response() -> None:
    engine_chat = campaign_chat_at_review()
    engine_chat.tap("send", "a-receipt")
    assert engine_chat.is_over
    assert engine_chat.get_event(CampaignRequest).answers == {
        "about_what": "The Willow",
        "asker": NAMES,
        "promise": "A page",
        "back_in": "four_weeks",
        "welcome_line": None,
        "open_for": "eight_weeks",
    }
    assert not engine_chat.has_event(SubmissionRequest)
    assert not engine_chat.has_event(ResultDetailsShown)


def test_texts_of_a_campaign_are_not_redacted() -> None:
    engine_chat = start_campaign_chat()
    engine_chat.type_text(NAMES)
    assert not engine_chat.has_event(RedactionOffered)
    engine_chat.edit_message(f"{NAMES}!")
    assert engine_chat.get_answer("about_what") == f"{NAMES}!"


@pytest.mark.parametrize("action", ["skip", "clear"])
def test_a_required_question_cannot_be_skipped_by_a_tap(action: str) -> None:
    engine_chat = start_campaign_chat()
    engine_chat.tap(action)
    assert (engine_chat.run.step, engine_chat.get_event(StepReached).notice) == ("about_what", "needed")


@pytest.mark.parametrize("text", ["skip", "nothing to add", "no comment"])
def test_a_required_question_cannot_be_skipped_by_text(text: str) -> None:
    engine_chat = start_campaign_chat()
    engine_chat.type_text(text)
    assert (engine_chat.run.step, engine_chat.get_event(StepReached).notice) == ("about_what", "needed")


def test_a_required_answer_can_be_kept_or_replaced_but_not_cleared() -> None:
    engine_chat = start_campaign_chat()
    engine_chat.type_text("The Willow")
    engine_chat.tap("back")
    engine_chat.tap("clear")
    assert engine_chat.get_event(StepReached).notice == "needed"
    engine_chat.tap("skip")
    assert engine_chat.run.step == "asker"
    engine_chat.tap("back")
    engine_chat.type_text("Oak House")
    assert engine_chat.get_answer("about_what") == "Oak House", "new text replaces the earlier one"


@pytest.mark.parametrize(("step", "max_length"), [("about_what", 80), ("promise", 200)])
def test_text_too_long_for_a_campaign_is_refused_with_both_lengths(step: str, max_length: int) -> None:
    engine_chat = start_campaign_chat()
    if step == "promise":
        engine_chat.answer("The Willow", "Leeds carers")
    engine_chat.type_text("x" * (max_length + 1))
    notice = engine_chat.get_event(NoticeShown)
    assert (notice.topic, notice.length, notice.max_length) == ("too_long", max_length + 1, max_length)
    engine_chat.edit_message("x" * max_length)
    assert engine_chat.get_answer(step) == "x" * max_length


def test_an_edit_that_is_too_long_changes_nothing() -> None:
    engine_chat = start_campaign_chat()
    engine_chat.type_text("The Willow")
    engine_chat.edit_message("x" * 81)
    assert engine_chat.get_event(NoticeShown).max_length == 80
    assert engine_chat.get_answer("about_what") == "The Willow"


@pytest.mark.parametrize("step", ["back_in", REVIEW])
def test_text_that_matches_no_choice_is_not_offered_as_a_comment(step: str) -> None:
    engine_chat = campaign_chat_at_review()
    if step != REVIEW:
        engine_chat.tap("change", step)
    engine_chat.type_text("it depends on what the council says")
    event = engine_chat.get_event(ReviewReached) if step == REVIEW else engine_chat.get_event(StepReached)
    assert (engine_chat.run.step, event.notice) == (step, "not_understood")
    assert engine_chat.run.pending_text is None
    assert not engine_chat.has_event(CommentOffered)


def test_text_after_a_stop_is_not_offered_as_a_comment() -> None:
    engine_chat = campaign_chat_at_review()
    engine_chat.tap("stop")
    engine_chat.type_text("it depends on what the council says")
    assert engine_chat.run.step == REVIEW
    assert engine_chat.get_event(ReviewReached).notice == "not_understood"


def test_distress_gets_helpline_numbers_and_is_not_kept() -> None:
    engine_chat = campaign_chat_at_review()
    before = engine_chat.run.answers
    engine_chat.type_text("i want to die")
    assert engine_chat.get_event(NoticeShown).topic == "helpline"
    assert (engine_chat.run.step, engine_chat.run.answers, engine_chat.run.pending_text) == (STOPPED, before, None)


def test_pending_text_is_not_kept_as_a_comment_on_distress() -> None:
    engine_chat = campaign_chat_at_review()
    engine_chat.tap("change", "open_for")
    text = "i want to die"
    waiting_run = replace(engine_chat.run, pending_text=PendingText(text, 9, ("two_weeks", "four_weeks")))
    turn = handle_distress(
        engine_chat.walk, engine_chat.run, Turn(waiting_run), text, engine_chat.walk.flow.labels["en"]
    )
    assert turn.run
    assert turn.run.answers == engine_chat.run.answers


def type_late(engine_chat: EngineChat, text: str, message: int) -> None:
    """Types text that was sent well before the open question was asked."""
    engine_chat.run = replace(engine_chat.run, prompted_at=NOW)
    engine_chat.send_reply(TextReply(text, message, NOW - timedelta(seconds=100)))


def test_late_text_is_offered_and_replaces_the_earlier_answer() -> None:
    engine_chat = start_campaign_chat()
    engine_chat.type_text("The Willow")
    engine_chat.tap("back")
    type_late(engine_chat, "Oak House", 8)
    assert engine_chat.get_event(CommentOffered).text == "Oak House"
    engine_chat.tap("keep")
    assert engine_chat.get_answer("about_what") == "Oak House"


def test_late_text_that_is_too_long_is_refused() -> None:
    engine_chat = start_campaign_chat()
    type_late(engine_chat, "x" * 81, 8)
    assert (engine_chat.get_event(NoticeShown).length, engine_chat.get_event(NoticeShown).max_length) == (81, 80)
    type_late(engine_chat, "x" * 50, 9)
    type_late(engine_chat, "x" * 50, 10)
    assert (engine_chat.get_event(NoticeShown).length, engine_chat.get_event(NoticeShown).max_length) == (101, 80)


def test_an_edit_of_a_part_counts_all_parts() -> None:
    engine_chat = start_campaign_chat()
    text = Answer(texts=(AnswerText("Oak", 1), AnswerText("House", 2)))
    engine_chat.run = replace(engine_chat.run, answers={"about_what": text}, pending_text=PendingText("Elm", 3))
    engine_chat.edit_message("x" * 80, 1)
    assert (engine_chat.get_event(NoticeShown).length, engine_chat.get_event(NoticeShown).max_length) == (86, 80)
    assert engine_chat.get_answer("about_what") == "Oak\nHouse"


TEXTS = st.sampled_from(
    [
        *("skip", "back", "stop", "carry on", "delete", "keep", "no", "nothing", "2 weeks", "weeks", "in a while"),
        *(NAMES, "i want to die", "x" * 79, "x" * 199, "x" * 701, " "),
    ]
)
ACTIONS = st.sampled_from(
    [
        *("answer", "skip", "back", "why", "clear", "change", "start", "kept", "send", "stop", "resume", "keep"),
        *("leave", "none", "redact", "keep_original", "send_now", "delete_yes"),
    ]
)
VALUES = st.sampled_from(["two_weeks", "no_day", *load_walk(OPEN_CAMPAIGN_FLOW_ID).flow.steps_by_id, "x", ""])
USER_ACTIONS = st.one_of(
    st.tuples(st.just("taps"), ACTIONS, VALUES),
    st.tuples(st.just("types"), TEXTS, st.sampled_from([0, 100])),
    st.tuples(st.just("edits"), TEXTS, st.integers(1, 20)),
    st.tuples(st.just("commands"), st.sampled_from(["start", "stop", "delete", "mydata", "help"]), st.none()),
)


@given(st.lists(USER_ACTIONS, max_size=40))
def test_any_actions_keep_required_answers_and_maximum_lengths(user_actions: list[tuple[str, str, object]]) -> None:
    engine_chat = campaign_chat_at_review()
    required = {step.id for step in engine_chat.walk.flow.questions if step.needed}
    assert required == {"about_what", "asker"}
    for number, (kind, text, value) in enumerate(user_actions, 20):
        match kind:
            case "taps":
                engine_chat.tap(text, str(value))
            case "types":
                engine_chat.send_reply(TextReply(text, number, NOW - timedelta(seconds=int(str(value)))))
            case "edits":
                engine_chat.edit_message(text, int(str(value)))
            case _:
                engine_chat.send_command(text)
        if engine_chat.is_over:
            return
        engine_chat.run = replace(engine_chat.run, prompted_at=NOW)
        assert required <= engine_chat.run.answers.keys()
        for question, answer in engine_chat.run.answers.items():
            step = engine_chat.walk.flow.steps_by_id[question]
            assert answer.value or not step.needed, question
            assert step.kind == "choice" or count_utf16_units(answer.value or "") <= step.longest, question
            assert not any(part.original for part in answer.texts), "no redaction is pending"


def test_a_link_mid_draft_asks_before_it_deletes_the_draft() -> None:
    engine_chat = start_campaign_chat()
    engine_chat.type_text("The Willow")
    link = CampaignInfo("oak234567892", "Oak House")
    other = Run("runrun02", "connection_test", 1, "en", campaign=link.code, campaign_info=link)
    engine_chat.send_reply(LinkFollow(other))
    assert engine_chat.events == (RunSwitchRequested(engine_chat.run.prompt, "", link),)
    engine_chat.walk = load_walk()
    engine_chat.send_reply(LinkFollow(CAMPAIGN_RUN))
    assert engine_chat.run.flow == OPEN_CAMPAIGN_FLOW_ID


def test_a_response_flow_without_comment_and_test_is_refused(tmp_path: Path) -> None:
    folder = copy_flow(tmp_path)
    replace_in_file(folder / "flow.toml", 'comment = "anything_else"', "")
    with pytest.raises(FlowError, match='a flow with gives = "response" needs comment and test; add both'):
        read_flow(folder)


@pytest.mark.parametrize("kind", ['kind = "fork"', 'id = "informed_why"\nkind = "text"'])
def test_a_step_that_is_not_always_asked_cannot_be_required(tmp_path: Path, kind: str) -> None:
    folder = copy_flow(tmp_path)
    replace_in_file(folder / "flow.toml", kind, f"{kind}\nneeded = true")
    with pytest.raises(FlowError, match="only a question that is always asked can be needed"):
        read_flow(folder)
