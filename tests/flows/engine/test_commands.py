"""Commands at any step, deletion, withdrawal, and messages without text."""

import pytest

from flows.engine import TOPIC_COMMANDS
from flows.events import (
    DeletionRequested,
    NoticeShown,
    ReplyOutdated,
    RunDeleted,
)
from flows.events.prompts import PromptClosed, StepReached
from flows.events.requests import PersonalDataRequest, WithdrawalOfferRequest, WithdrawalRequest
from flows.models import Tap, UnreadableReply
from flows.schema import STOPPED, WELCOME
from tests.support.engine_chat import NOW, EngineChat, start_chat_at


@pytest.mark.parametrize("name", [*TOPIC_COMMANDS, "nonsense", ""])
def test_a_command_mid_run_is_answered_and_changes_nothing(name: str) -> None:
    engine_chat = start_chat_at("informed")
    before = engine_chat.run
    engine_chat.send_command(name)
    assert engine_chat.get_event(NoticeShown) == NoticeShown(
        name if name in TOPIC_COMMANDS else "unknown_command", "carry_on"
    )
    assert (engine_chat.run.step, engine_chat.run.prompt, engine_chat.run.answers) == (
        before.step,
        before.prompt,
        before.answers,
    )
    engine_chat.tap("answer", "2")
    assert engine_chat.get_answer("informed") == "2"


@pytest.mark.parametrize("name", [*TOPIC_COMMANDS, "nonsense", "stop", "delete"])
def test_a_command_without_a_run_starts_none(name: str) -> None:
    engine_chat = EngineChat()
    engine_chat.send_command(name)
    assert engine_chat.run.prompt == 0
    assert engine_chat.get_event(NoticeShown).button is None


def test_start_mid_run_repeats_the_open_question() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("start")
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice) == ("confident", "welcome_back")
    assert engine_chat.has_event(PromptClosed)


def test_start_at_the_welcome_repeats_the_welcome() -> None:
    engine_chat = EngineChat()
    engine_chat.send_command("start")
    engine_chat.send_command("start")
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice) == (WELCOME, None)


def test_delete_asks_first_and_then_deletes_the_run() -> None:
    engine_chat = start_chat_at("confident")
    prompt = engine_chat.run.prompt
    engine_chat.send_command("delete")
    assert engine_chat.events == (DeletionRequested(prompt),)
    assert engine_chat.run.answers
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "delete_yes", str(prompt)))
    assert engine_chat.is_over
    assert engine_chat.get_event(PromptClosed).prompt == prompt
    assert engine_chat.has_event(RunDeleted)


def test_declining_to_delete_repeats_the_question() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("delete")
    answers = engine_chat.run.answers
    engine_chat.send_reply(Tap(engine_chat.run.id, 0, "", "delete_no"))
    event = engine_chat.get_event(StepReached)
    assert (event.step, event.notice) == ("confident", "nothing_deleted")
    assert engine_chat.run.answers == answers


def test_delete_works_after_a_stop() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("stop")
    engine_chat.send_command("delete")
    engine_chat.send_reply(
        Tap(engine_chat.run.id, 0, "", "delete_yes", str(engine_chat.get_event(DeletionRequested).prompt))
    )
    assert engine_chat.is_over


def test_a_deletion_confirmed_after_a_newer_prompt_asks_again() -> None:
    engine_chat = start_chat_at("confident")
    engine_chat.send_command("delete")
    yes = Tap(engine_chat.run.id, 0, "", "delete_yes", str(engine_chat.run.prompt))
    engine_chat.tap("answer", "2")
    engine_chat.send_reply(yes)
    assert not engine_chat.is_over
    engine_chat.send_reply(
        Tap(engine_chat.run.id, 0, "", "delete_yes", str(engine_chat.get_event(DeletionRequested).prompt))
    )
    assert engine_chat.is_over


def test_a_confirmation_from_an_earlier_run_deletes_nothing() -> None:
    engine_chat = start_chat_at("confident")
    old = Tap("earlier0", 0, "", "delete_yes")
    engine_chat.send_reply(old)
    assert engine_chat.events == (ReplyOutdated("confident"),)
    assert not engine_chat.is_over


def test_mydata_requests_the_run_and_its_answers() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_command("mydata")
    request = engine_chat.get_event(PersonalDataRequest)
    assert request.answers == {"role": "family_carer", "viewpoint": "myself"}
    assert request.run
    assert list(request.run.answers) == ["role", "viewpoint"]


def test_mydata_without_a_run_starts_none() -> None:
    engine_chat = EngineChat()
    engine_chat.send_command("mydata")
    assert engine_chat.run.prompt == 0
    assert engine_chat.get_event(PersonalDataRequest) == PersonalDataRequest({}, None, NOW)


def test_withdrawal_asks_first_and_does_not_change_an_open_run() -> None:
    for engine_chat in (EngineChat(), start_chat_at("confident")):
        step = engine_chat.run.step
        engine_chat.send_reply(Tap("earlier0", 0, "", "withdraw", "the-receipt"))
        assert engine_chat.get_event(WithdrawalOfferRequest).receipt == "the-receipt"
        engine_chat.send_reply(Tap("earlier0", 0, "", "withdraw_yes", "the-receipt"))
        assert engine_chat.get_event(WithdrawalRequest).receipt == "the-receipt"
        assert engine_chat.run.step == step


def test_declining_to_withdraw_offers_a_way_back_to_an_open_run() -> None:
    for engine_chat, button in ((EngineChat(), None), (start_chat_at("confident"), "carry_on")):
        engine_chat.send_reply(Tap("earlier0", 0, "", "withdraw_no"))
        assert engine_chat.events == (NoticeShown("nothing_deleted", button),)


@pytest.mark.parametrize("kind", ["voice", "photo", "sticker", "location", "other"])
def test_a_message_without_text_gets_a_notice_and_changes_nothing(kind: str) -> None:
    engine_chat = start_chat_at("informed_why")
    before = engine_chat.run
    engine_chat.send_reply(UnreadableReply(kind))
    assert engine_chat.events == (NoticeShown(f"cant_read_{kind}", "carry_on"),)
    assert engine_chat.run == before


def test_a_message_without_text_does_not_end_a_stop() -> None:
    engine_chat = start_chat_at("informed")
    engine_chat.send_command("stop")
    engine_chat.send_reply(UnreadableReply("voice"))
    assert engine_chat.run.step == STOPPED
