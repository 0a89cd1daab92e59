"""A yes or no that stands beside the walk is kept with the run: what is typed next, wherever it is read, is for it."""

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


def between(database: Database) -> tuple[StoredChat, str]:
    """Somebody in the middle who followed a campaign's link; its code."""
    code = create_campaign(database, OAK)
    stored_chat = start_chat_at(database, "informed")
    stored_chat.send_reply(Command("start", code))
    return stored_chat, code


def test_no_word_for_it_answers_the_question_it_hides(database: Database) -> None:
    stored_chat, _ = between(database)
    before = fetch_rows(database, "select question, choice from answers order by question")
    for words in ("much better", "yes", "they never ring", "2"):
        [asked] = stored_chat.send_reply(TextReply(words, 5))
        assert isinstance(asked, RunSwitchRequested)
    stored_chat.send_reply(TextReply("no", 6))
    assert isinstance(stored_chat.prompt_event, StepReached)
    assert stored_chat.prompt_event.step == "informed"
    assert fetch_rows(database, "select question, choice from answers order by question") == before


@pytest.mark.parametrize("words", ["Delete them, begin the other", "oak house"])
def test_the_other_begins_by_its_name(database: Database, words: str) -> None:
    stored_chat, code = between(database)
    stored_chat.send_reply(TextReply(words, 5))
    assert fetch_rows(database, "select campaign, step from runs") == [(code, WELCOME)]
    assert fetch_rows(database, "select * from answers") == []


def test_where_the_other_was_closed_meanwhile_nothing_is_lost(database: Database) -> None:
    stored_chat, code = between(database)
    with database.transaction() as session:
        close_campaign(session, code)
    stored_chat.send_reply(TextReply("oak house", 5))
    assert fetch_rows(database, "select campaign, step from runs") == [("general", "informed")]
    assert len(fetch_rows(database, "select * from answers")) == 2


def test_what_is_said_between_makes_a_yes_doubtful(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed")
    stored_chat.send_reply(Command("delete"))
    stored_chat.send_reply(Command("mydata"))
    [asked] = stored_chat.send_reply(TextReply("yes", 5))
    assert isinstance(asked, DeletionRequested)
    assert RunDeleted() in stored_chat.send_reply(TextReply("yes", 6))
    assert fetch_rows(database, "select * from runs") == []


def test_words_that_wait_are_kept_beside_it_and_the_version_before_reads_them(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed")
    stored_chat.send_reply(TextReply("the day centre", 5))
    stored_chat.send_reply(Command("delete"))
    [(locked,)] = fetch_rows(database, "select pending_text from runs")
    before = TypeAdapter(PendingText).validate_json(database.cipher.decrypt(bytes(locked)))
    assert before == PendingText("the day centre", 5)
    stored_chat.send_reply(TextReply("no", 6))
    [(locked,)] = fetch_rows(database, "select pending_text from runs")
    assert _PENDING_ADAPTER.validate_json(database.cipher.decrypt(bytes(locked))).confirmation is None
