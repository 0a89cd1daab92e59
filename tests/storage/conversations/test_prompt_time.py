"""The time when a prompt was sent, by Telegram's clock, decides which typed texts answer it."""

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

PROMPTED_AT = datetime(2026, 1, 1, 12, tzinfo=UTC)  # by Telegram's clock, half a day behind ours
REPEATED_AT = PROMPTED_AT + timedelta(hours=2)


def send_next_entry(stored_chat: StoredChat, sent_at: datetime) -> None:
    """Acknowledges the next entry as sent, with this date from Telegram."""
    entry = load_next_entry(stored_chat.database, CHAT_ID)
    assert entry
    for event in entry.content.events:
        stored_chat.note_event(event)
    assert stored_chat.prompt_event
    assert acknowledge(
        stored_chat.database, entry, None, OpenedPrompt(90, stored_chat.prompt_event.prompt, int(sent_at.timestamp()))
    )


def start_prompted_chat(database: Database) -> StoredChat:
    """A chat whose prompt for text was just sent."""
    stored_chat = start_chat_at(database, "informed")
    assert stored_chat.take_reply(stored_chat.make_next_reply(), 1_000)
    send_next_entry(stored_chat, PROMPTED_AT)
    return stored_chat


def load_stored_run(stored_chat: StoredChat) -> Run:
    with stored_chat.database.transaction() as session:
        run = load_run(session, CHAT_ID)
    assert run
    return run


def type_text_at(stored_chat: StoredChat, sent_at: datetime) -> list[Event]:
    reply = TextReply("nobody rang", 90, sent_at)
    assert take_turn(stored_chat.database, IncomingUpdate(1_001, CHAT_ID, reply, "en"), reply, NOW)
    entry = load_next_entry(stored_chat.database, CHAT_ID)
    assert entry
    return list(entry.content.events)


def test_a_loaded_run_has_the_time_of_its_prompt(database: Database) -> None:
    assert load_stored_run(start_prompted_chat(database)).prompted_at == PROMPTED_AT


@pytest.mark.parametrize(("seconds_before", "is_answer"), [(-60, True), (29, True), (31, False)])
def test_text_is_compared_with_the_prompt_s_time_not_our_clock(
    database: Database,
    seconds_before: int,
    is_answer: bool,
) -> None:
    stored_chat = start_prompted_chat(database)
    [*_, event] = type_text_at(stored_chat, PROMPTED_AT - timedelta(seconds=seconds_before))
    assert isinstance(event, CommentOffered) != is_answer
    assert (load_stored_run(stored_chat).answer_value("informed_why") == "nobody rang") == is_answer


def test_an_unsent_prompt_has_no_time(database: Database) -> None:
    """The stored message is still that of the earlier prompt."""
    stored_chat = start_prompted_chat(database)
    assert stored_chat.take_reply(stored_chat.make_tap("skip"), 1_001)
    assert load_stored_run(stored_chat).prompted_at is None
    send_next_entry(stored_chat, REPEATED_AT)
    assert load_stored_run(stored_chat).prompted_at == REPEATED_AT


def test_a_prompt_sent_by_an_older_version_has_no_time(database: Database) -> None:
    stored_chat = start_prompted_chat(database)
    execute_sql(database, "update chats set opened_at = 0")
    assert load_stored_run(stored_chat).prompted_at is None


def test_a_repeated_prompt_keeps_the_time_of_the_first(database: Database) -> None:
    stored_chat = start_prompted_chat(database)
    repeat_prompt(database, CHAT_ID, NOW + timedelta(minutes=1))
    assert load_stored_run(stored_chat).prompted_at == PROMPTED_AT, "the repeated prompt is not sent yet"
    send_next_entry(stored_chat, REPEATED_AT)
    assert load_stored_run(stored_chat).prompted_at == PROMPTED_AT
    type_text_at(stored_chat, PROMPTED_AT + timedelta(hours=1))
    assert load_stored_run(stored_chat).answer_value("informed_why") == "nobody rang"


def test_a_prompt_never_sent_gets_the_time_of_its_repetition(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed")
    assert stored_chat.take_reply(stored_chat.make_next_reply(), 1_000)
    execute_sql(database, "delete from outbox_entries")  # as after an hour without Telegram
    repeat_prompt(database, CHAT_ID, NOW + timedelta(minutes=1))
    assert load_stored_run(stored_chat).prompted_at is None
    send_next_entry(stored_chat, REPEATED_AT)
    assert load_stored_run(stored_chat).prompted_at == REPEATED_AT
    [*_, offered] = type_text_at(stored_chat, PROMPTED_AT + timedelta(hours=1))
    assert isinstance(offered, CommentOffered)
