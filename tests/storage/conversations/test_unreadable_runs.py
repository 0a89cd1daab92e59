"""A run that can't be gone on with begins anew; one that a newer version went on with is left to that version."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.handlers.errors import NewerRunError
from bot.handlers.turn import take_turn, take_update
from bot.telegram.updates import IncomingUpdate
from flows.events import DeletionRequested, RunDeleted
from flows.events.prompts import StepReached
from flows.loader import load_walk
from flows.models import Command, Reply, Tap, TextReply, UnreadableReply
from storage.campaigns.repository import CampaignPlan, open_campaign
from storage.db.database import Database
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_chat import CHAT_ID, NOW, StoredChat
from tests.support.stored_responses import load_choices, load_comments

TABLES = ("chats", "runs", "answers", "outbox_entries")


def damaged_words(database: Database) -> None:
    execute_sql(database, "update answers set texts = ? where texts is not null", b"damaged")


def words_that_are_none(database: Database) -> None:
    execute_sql(
        database, "update answers set texts = ? where texts is not null", database.cipher.encrypt('{"said": 5}')
    )


def damaged_words_on_offer(database: Database) -> None:
    execute_sql(database, "update runs set pending_text = ?", b"damaged")


def words_on_offer_that_are_none(database: Database) -> None:
    execute_sql(database, "update runs set pending_text = ?", database.cipher.encrypt("[]"))


def a_flow_that_is_gone(database: Database) -> None:
    execute_sql(database, "update runs set flow = 'weather'")


SPOILT: list[Callable[[Database], None]] = [
    damaged_words,
    words_that_are_none,
    damaged_words_on_offer,
    words_on_offer_that_are_none,
    a_flow_that_is_gone,
]
REPLIES: list[Reply] = [
    Command("start"),
    Command("delete"),
    Command("mydata"),
    TextReply("neighbour", 5, NOW),
    UnreadableReply("photo"),
    Tap("", 0, "", "resume"),
]


@pytest.fixture
def stored_chat(database: Database) -> StoredChat:
    """Somebody at the check page, with words of their own; and somebody else beside them."""
    StoredChat(database, 8).walk_to_review()
    made = StoredChat(database)
    made.walk_to_review("they rang back")
    return made


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_run_that_cannot_be_gone_on_with_begins_anew_with_a_word_about_it(
    database: Database, stored_chat: StoredChat, spoil: Callable[[Database], None]
) -> None:
    others = fetch_rows(database, "select * from answers where run_id = (select id from runs where chat_id = 8)")
    spoil(database)
    execute_sql(database, "update runs set flow = 'connection_test', pending_text = null where chat_id = 8")
    old = stored_chat.run_id
    [asked] = stored_chat.send_reply(Command("start"))
    assert isinstance(asked, StepReached)
    assert (asked.step, asked.notice) == ("welcome", "run_restarted")
    [(new, place)] = fetch_rows(database, "select id, step from runs where chat_id = ?", CHAT_ID)
    assert place == "welcome"
    assert new != old
    assert fetch_rows(database, "select count(*) from answers where run_id = ?", old) == [(0,)]
    assert (
        fetch_rows(database, "select * from answers where run_id = (select id from runs where chat_id = 8)") == others
    )
    stored_chat.walk_to_review("once more")
    stored_chat.submit()
    assert "once more" in str(load_comments(database))


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: type(reply).__name__ + str(getattr(reply, "name", "")))
def test_whatever_comes_first_the_person_hears_that_it_begins_anew(
    database: Database, stored_chat: StoredChat, reply: Reply
) -> None:
    damaged_words_on_offer(database)
    [asked] = stored_chat.send_reply(reply)
    assert isinstance(asked, StepReached)
    assert asked.notice == "run_restarted"


def test_the_run_that_began_anew_can_be_deleted(database: Database, stored_chat: StoredChat) -> None:
    damaged_words(database)
    stored_chat.send_reply(Command("delete"))
    assert fetch_rows(database, "select count(*) from answers where run_id = ?", stored_chat.run_id) == [(0,)]
    stored_chat.send_reply(stored_chat.make_next_reply())
    stored_chat.send_reply(stored_chat.make_next_reply())
    [asked] = stored_chat.send_reply(Command("delete"))
    assert isinstance(asked, DeletionRequested)
    assert RunDeleted() in stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "delete_yes", str(asked.prompt)))
    assert fetch_rows(database, "select id from runs where chat_id = ?", CHAT_ID) == []


def test_the_update_that_found_the_run_damaged_counts_once(database: Database, stored_chat: StoredChat) -> None:
    damaged_words_on_offer(database)
    assert stored_chat.take_reply(Command("start"), 1_000)
    assert not stored_chat.take_reply(Command("start"), 1_000)


# A newer version beside this one


def test_a_run_of_a_newer_version_is_left_to_it_and_nothing_changes(
    database: Database, stored_chat: StoredChat
) -> None:
    newer = load_walk().flow.version + 1
    execute_sql(database, "update runs set version = ? where chat_id = ?", newer, CHAT_ID)
    before = [fetch_rows(database, f"select * from {table}") for table in TABLES]
    reply = stored_chat.make_next_reply()
    came = IncomingUpdate(1_000, CHAT_ID, reply, "en")
    for _ in range(3):
        with pytest.raises(NewerRunError):
            take_update(database, came, NOW + timedelta(hours=1), should_adapt_run=False)
    assert [fetch_rows(database, f"select * from {table}") for table in TABLES] == before
    assert take_update(database, came, NOW, should_adapt_run=True), "left to us in the end, it is fitted to ours"
    assert take_turn(database, came, reply, NOW) is None
    assert load_choices(database) != []


def test_a_link_into_a_flow_of_a_newer_version_is_left_to_it_and_at_last_leads_nowhere(
    database: Database,
) -> None:
    with database.transaction() as session:
        code = open_campaign(session, CampaignPlan("Oak House", ""))
    walked = StoredChat(database)
    walked.send_reply(walked.make_next_reply())
    walked.send_reply(walked.make_next_reply())
    execute_sql(database, "update campaigns set flow = 'of_next_year' where code = ?", code)
    came = IncomingUpdate(1_000, CHAT_ID, Command("start", code), "en")
    with pytest.raises(NewerRunError):
        take_update(database, came, NOW, should_adapt_run=False)
    assert take_update(database, came, NOW)
    assert [one.notice for one in walked.deliver_entries() if isinstance(one, StepReached)] == ["link_closed_midway"]
    assert fetch_rows(database, "select flow, campaign from runs") == [("connection_test", "general")], "theirs goes on"


def test_a_run_of_this_version_or_an_older_one_is_never_left(database: Database, stored_chat: StoredChat) -> None:
    assert take_update(database, IncomingUpdate(1_000, CHAT_ID, Command("start"), "en"), NOW, should_adapt_run=False)
    execute_sql(database, "update runs set version = 0 where chat_id = ?", CHAT_ID)
    assert take_update(database, IncomingUpdate(1_001, CHAT_ID, Command("start"), "en"), NOW, should_adapt_run=False)
    assert stored_chat.deliver_entries()
