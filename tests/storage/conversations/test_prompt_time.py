"""When the open question was said, by Telegram's clock: what typed words are held against, whatever our clock says."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.handlers.turn import take_turn
from bot.jobs.outages import repeat_prompt
from bot.telegram.updates import IncomingUpdate
from flows.events import Event
from flows.events.prompts import CommentOffered
from flows.models import Run, TextReply
from storage.conversations.outbox import OpenedPrompt, acknowledge, load_next_entry
from storage.conversations.runs import load_run
from storage.db.database import Database
from tests.support.raw_sql import execute_sql
from tests.support.stored_chat import CHAT_ID, NOW, StoredChat, start_chat_at

ASKED = datetime(2026, 1, 1, 12, tzinfo=UTC)  # by Telegram's clock: half a day before ours
LATER = ASKED + timedelta(hours=2)


def said(stored_chat: StoredChat, at: datetime) -> None:
    """What is due is said, and Telegram gives its message this date."""
    due = load_next_entry(stored_chat.database, CHAT_ID)
    assert due
    for event in due.content.events:
        stored_chat.note_event(event)
    assert stored_chat.prompt_event
    assert acknowledge(
        stored_chat.database, due, None, OpenedPrompt(90, stored_chat.prompt_event.prompt, int(at.timestamp()))
    )


def asked(database: Database) -> StoredChat:
    """Somebody who was just asked for words."""
    stored_chat = start_chat_at(database, "informed")
    assert stored_chat.take_reply(stored_chat.make_next_reply(), 1_000)
    said(stored_chat, ASKED)
    return stored_chat


def run_of(stored_chat: StoredChat) -> Run:
    with stored_chat.database.transaction() as session:
        run = load_run(session, CHAT_ID)
    assert run
    return run


def typed(stored_chat: StoredChat, at: datetime) -> list[Event]:
    reply = TextReply("nobody rang", 90, at)
    assert take_turn(stored_chat.database, IncomingUpdate(1_001, CHAT_ID, reply, "en"), reply, NOW)
    due = load_next_entry(stored_chat.database, CHAT_ID)
    assert due
    return list(due.content.events)


def test_a_turn_is_told_when_the_open_question_was_said(database: Database) -> None:
    assert run_of(asked(database)).prompted_at == ASKED


@pytest.mark.parametrize(("before", "counts"), [(-60, True), (29, True), (31, False)])
def test_words_are_held_against_that_and_not_against_our_clock(
    database: Database,
    before: int,
    counts: bool,
) -> None:
    stored_chat = asked(database)
    [*_, followed] = typed(stored_chat, ASKED - timedelta(seconds=before))
    assert isinstance(followed, CommentOffered) != counts
    assert (run_of(stored_chat).answer_value("informed_why") == "nobody rang") == counts


def test_before_it_was_said_nobody_knows_when(database: Database) -> None:
    """The buttons that stand there are an earlier question's."""
    stored_chat = asked(database)
    assert stored_chat.take_reply(stored_chat.make_tap("skip"), 1_001)
    assert run_of(stored_chat).prompted_at is None
    said(stored_chat, LATER)
    assert run_of(stored_chat).prompted_at == LATER


def test_where_an_older_version_said_it_nobody_knows_when(database: Database) -> None:
    stored_chat = asked(database)
    execute_sql(database, "update chats set opened_at = 0")
    assert run_of(stored_chat).prompted_at is None


def test_a_question_asked_again_is_open_since_it_was_first_said(database: Database) -> None:
    stored_chat = asked(database)
    repeat_prompt(database, CHAT_ID, NOW + timedelta(minutes=1))
    assert run_of(stored_chat).prompted_at == ASKED, "not said again yet"
    said(stored_chat, LATER)
    assert run_of(stored_chat).prompted_at == ASKED
    typed(stored_chat, ASKED + timedelta(hours=1))
    assert run_of(stored_chat).answer_value("informed_why") == "nobody rang"


def test_a_question_that_was_never_said_is_open_since_it_was_asked_again(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed")
    assert stored_chat.take_reply(stored_chat.make_next_reply(), 1_000)
    execute_sql(database, "delete from outbox_entries")  # as when nobody could be told for an hour
    repeat_prompt(database, CHAT_ID, NOW + timedelta(minutes=1))
    assert run_of(stored_chat).prompted_at is None
    said(stored_chat, LATER)
    assert run_of(stored_chat).prompted_at == LATER
    [*_, offered] = typed(stored_chat, ASKED + timedelta(hours=1))
    assert isinstance(offered, CommentOffered)
