"""An open confirmation is stored with the run, and the next text answers it in any worker."""

import pytest
from pydantic import TypeAdapter

from flows.events import DeletionRequested, RunDeleted
from flows.events.prompts import RunSwitchRequested, StepReached
from flows.models import Command, PendingText, TextReply
from flows.schema import WELCOME
from storage.anonymity.participation import close_campaign
from storage.campaigns.repository import CampaignPlan
from storage.conversations.run_mapper import _PENDING_ADAPTER
from storage.db.database import Database
from tests.support.raw_sql import fetch_rows
from tests.support.stored_campaigns import create_campaign
from tests.support.stored_chat import StoredChat, start_chat_at

OAK = CampaignPlan("Oak House", "Leeds carers")


def start_switch(database: Database) -> tuple[StoredChat, str]:
    """A chat mid-run that followed a campaign's link, and the campaign's code."""
    code = create_campaign(database, OAK)
    stored_chat = start_chat_at(database, "informed")
    stored_chat.send_reply(Command("start", code))
    return stored_chat, code


def test_text_at_a_confirmation_does_not_answer_the_question_behind_it(database: Database) -> None:
    stored_chat, _ = start_switch(database)
    old_format = fetch_rows(database, "select question, choice from answers order by question")
    for words in ("much better", "yes", "they never ring", "2"):
        [event] = stored_chat.send_reply(TextReply(words, 5))
        assert isinstance(event, RunSwitchRequested)
    stored_chat.send_reply(TextReply("no", 6))
    assert isinstance(stored_chat.prompt_event, StepReached)
    assert stored_chat.prompt_event.step == "informed"
    assert fetch_rows(database, "select question, choice from answers order by question") == old_format


@pytest.mark.parametrize("words", ["Delete them, begin the other", "oak house"])
def test_the_other_campaign_starts_by_its_label_or_name(database: Database, words: str) -> None:
    stored_chat, code = start_switch(database)
    stored_chat.send_reply(TextReply(words, 5))
    assert fetch_rows(database, "select campaign, step from runs") == [(code, WELCOME)]
    assert fetch_rows(database, "select * from answers") == []


def test_a_switch_to_a_campaign_closed_meanwhile_loses_nothing(database: Database) -> None:
    stored_chat, code = start_switch(database)
    with database.transaction() as session:
        close_campaign(session, code)
    stored_chat.send_reply(TextReply("oak house", 5))
    assert fetch_rows(database, "select campaign, step from runs") == [("general", "informed")]
    assert len(fetch_rows(database, "select * from answers")) == 2


def test_a_yes_after_another_message_asks_again(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed")
    stored_chat.send_reply(Command("delete"))
    stored_chat.send_reply(Command("mydata"))
    [event] = stored_chat.send_reply(TextReply("yes", 5))
    assert isinstance(event, DeletionRequested)
    assert RunDeleted() in stored_chat.send_reply(TextReply("yes", 6))
    assert fetch_rows(database, "select * from runs") == []


def test_pending_text_is_stored_with_a_confirmation_and_readable_by_older_code(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed")
    stored_chat.send_reply(TextReply("the day centre", 5))
    stored_chat.send_reply(Command("delete"))
    [(encrypted,)] = fetch_rows(database, "select pending_text from runs")
    old_format = TypeAdapter(PendingText).validate_json(database.cipher.decrypt(bytes(encrypted)))
    assert old_format == PendingText("the day centre", 5)
    stored_chat.send_reply(TextReply("no", 6))
    [(encrypted,)] = fetch_rows(database, "select pending_text from runs")
    assert _PENDING_ADAPTER.validate_json(database.cipher.decrypt(bytes(encrypted))).confirmation is None
