"""A run that cannot be continued starts again; one that a newer version continued is left to that version."""

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


def damage_answer_texts(database: Database) -> None:
    execute_sql(database, "update answers set texts = ? where texts is not null", b"damaged")


def replace_answer_texts(database: Database) -> None:
    execute_sql(
        database, "update answers set texts = ? where texts is not null", database.cipher.encrypt('{"said": 5}')
    )


def damage_pending_text(database: Database) -> None:
    execute_sql(database, "update runs set pending_text = ?", b"damaged")


def replace_pending_text(database: Database) -> None:
    execute_sql(database, "update runs set pending_text = ?", database.cipher.encrypt("[]"))


def remove_flow(database: Database) -> None:
    execute_sql(database, "update runs set flow = 'weather'")


DAMAGES: list[Callable[[Database], None]] = [
    damage_answer_texts,
    replace_answer_texts,
    damage_pending_text,
    replace_pending_text,
    remove_flow,
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
    """A chat at the review page with a typed text; another chat at the review page exists too."""
    StoredChat(database, 8).walk_to_review()
    chat = StoredChat(database)
    chat.walk_to_review("they rang back")
    return chat


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_unreadable_run_starts_again_with_a_notice(
    database: Database, stored_chat: StoredChat, damage: Callable[[Database], None]
) -> None:
    others = fetch_rows(database, "select * from answers where run_id = (select id from runs where chat_id = 8)")
    damage(database)
    execute_sql(database, "update runs set flow = 'connection_test', pending_text = null where chat_id = 8")
    old_run = stored_chat.run_id
    [event] = stored_chat.send_reply(Command("start"))
    assert isinstance(event, StepReached)
    assert (event.step, event.notice) == ("welcome", "run_restarted")
    [(new_run, step)] = fetch_rows(database, "select id, step from runs where chat_id = ?", CHAT_ID)
    assert step == "welcome"
    assert new_run != old_run
    assert fetch_rows(database, "select count(*) from answers where run_id = ?", old_run) == [(0,)]
    assert (
        fetch_rows(database, "select * from answers where run_id = (select id from runs where chat_id = 8)") == others
    )
    stored_chat.walk_to_review("once more")
    stored_chat.submit()
    assert "once more" in str(load_comments(database))


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: type(reply).__name__ + str(getattr(reply, "name", "")))
def test_any_reply_to_an_unreadable_run_gets_the_notice(
    database: Database, stored_chat: StoredChat, reply: Reply
) -> None:
    damage_pending_text(database)
    [event] = stored_chat.send_reply(reply)
    assert isinstance(event, StepReached)
    assert event.notice == "run_restarted"


def test_a_restarted_run_can_be_deleted(database: Database, stored_chat: StoredChat) -> None:
    damage_answer_texts(database)
    stored_chat.send_reply(Command("delete"))
    assert fetch_rows(database, "select count(*) from answers where run_id = ?", stored_chat.run_id) == [(0,)]
    stored_chat.send_reply(stored_chat.make_next_reply())
    stored_chat.send_reply(stored_chat.make_next_reply())
    [event] = stored_chat.send_reply(Command("delete"))
    assert isinstance(event, DeletionRequested)
    assert RunDeleted() in stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "delete_yes", str(event.prompt)))
    assert fetch_rows(database, "select id from runs where chat_id = ?", CHAT_ID) == []


def test_an_update_that_restarts_a_run_counts_once(database: Database, stored_chat: StoredChat) -> None:
    damage_pending_text(database)
    assert stored_chat.take_reply(Command("start"), 1_000)
    assert not stored_chat.take_reply(Command("start"), 1_000)


# A newer version runs at the same time


def test_a_run_of_a_newer_version_is_not_changed_until_it_must_be_adapted(
    database: Database, stored_chat: StoredChat
) -> None:
    newer = load_walk().flow.version + 1
    execute_sql(database, "update runs set version = ? where chat_id = ?", newer, CHAT_ID)
    before = [fetch_rows(database, f"select * from {table}") for table in TABLES]
    reply = stored_chat.make_next_reply()
    update = IncomingUpdate(1_000, CHAT_ID, reply, "en")
    for _ in range(3):
        with pytest.raises(NewerRunError):
            take_update(database, update, NOW + timedelta(hours=1), can_defer=True)
    assert [fetch_rows(database, f"select * from {table}") for table in TABLES] == before
    assert take_update(database, update, NOW, can_defer=False), (
        "finally, this version adapts the run and processes the update"
    )
    assert take_turn(database, update, reply, NOW) is None
    assert load_choices(database) != []


def test_a_link_into_a_flow_of_a_newer_version_is_deferred_and_then_reported(
    database: Database,
) -> None:
    with database.transaction() as session:
        code = open_campaign(session, CampaignPlan("Oak House", ""))
    walking_chat = StoredChat(database)
    walking_chat.send_reply(walking_chat.make_next_reply())
    walking_chat.send_reply(walking_chat.make_next_reply())
    execute_sql(database, "update campaigns set flow = 'of_next_year' where code = ?", code)
    update = IncomingUpdate(1_000, CHAT_ID, Command("start", code), "en")
    with pytest.raises(NewerRunError):
        take_update(database, update, NOW, can_defer=True)
    assert take_update(database, update, NOW)
    assert [one.notice for one in walking_chat.deliver_entries() if isinstance(one, StepReached)] == [
        "link_closed_midway"
    ]
    assert fetch_rows(database, "select flow, campaign from runs") == [("connection_test", "general")], (
        "the person's own run goes on"
    )


def test_a_run_of_this_or_an_older_version_is_never_deferred(database: Database, stored_chat: StoredChat) -> None:
    assert take_update(database, IncomingUpdate(1_000, CHAT_ID, Command("start"), "en"), NOW, can_defer=True)
    execute_sql(database, "update runs set version = 0 where chat_id = ?", CHAT_ID)
    assert take_update(database, IncomingUpdate(1_001, CHAT_ID, Command("start"), "en"), NOW, can_defer=True)
    assert stored_chat.deliver_entries()
