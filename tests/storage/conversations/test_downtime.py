"""After downtime, the open prompt is repeated, and replies sent meanwhile count as without it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.handlers.turn import take_turn
from bot.jobs.outages import repeat_prompt
from bot.telegram.updates import IncomingUpdate
from flows.events import Event
from flows.events.prompts import CommentOffered, ReviewReached, StepReached
from flows.models import Reply, TextReply
from storage.conversations.outbox import load_next_entry
from storage.conversations.runs import load_run
from storage.db.database import Database
from tests.support.chat_pair import load_state
from tests.support.raw_sql import execute_sql, fetch_rows
from tests.support.stored_chat import CHAT_ID, NOW, StoredChat, start_chat_at
from tests.support.stored_responses import load_comments

LATER = NOW + timedelta(minutes=2)  # repeats prompts of chats that were last active before
BACK = NOW + timedelta(hours=1)


def send_late(stored_chat: StoredChat, reply: Reply) -> list[Event]:
    """Processes a reply after the downtime."""
    incoming = IncomingUpdate(next(stored_chat.update_ids), stored_chat.chat_id, reply, "en")
    assert take_turn(stored_chat.database, incoming, reply, BACK)
    return stored_chat.deliver_entries()


def load_answers(stored_chat: StoredChat) -> dict[str, str | None]:
    with stored_chat.database.transaction() as session:
        run = load_run(session, stored_chat.chat_id)
    assert run is not None
    return {question: answer.value for question, answer in run.answers.items()}


def test_the_open_question_is_repeated_and_its_answer_counts(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    before = load_state(stored_chat)
    result = repeat_prompt(database, CHAT_ID, LATER)
    assert result is not None
    assert (result.event_kinds, result.step) == (("prompt_closed", "step_reached"), "role")
    after = load_state(stored_chat)
    assert before[0] is not None
    assert after == (replace(before[0], prompt=before[0].prompt + 1, is_prompted_again=True), *before[1:]), (
        "no update was processed, and nothing else changed"
    )
    entry = load_next_entry(database, CHAT_ID)
    assert entry
    assert entry.is_broadcast
    [_, event] = stored_chat.deliver_entries()
    assert isinstance(event, StepReached)
    assert event.notice == "after_downtime"
    stored_chat.send_reply(stored_chat.make_tap("answer", "neighbour"))
    assert load_answers(stored_chat)["role"] == "neighbour"


def test_a_repeated_review_page_can_be_submitted(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    repeat_prompt(database, CHAT_ID, LATER)
    [_, event] = stored_chat.deliver_entries()
    assert isinstance(event, ReviewReached)
    stored_chat.submit()
    assert "they rang back" in str(load_comments(database))


def test_no_prompt_is_repeated_after_a_newer_reply(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    before = load_state(stored_chat)
    assert repeat_prompt(database, CHAT_ID, NOW) is None
    assert repeat_prompt(database, CHAT_ID, NOW - timedelta(hours=1)) is None
    assert load_state(stored_chat) == before
    assert stored_chat.deliver_entries() == []


def test_no_prompt_is_repeated_without_an_open_one(database: Database) -> None:
    assert repeat_prompt(database, 99, LATER) is None, "an unknown chat"
    stored_chat = start_chat_at(database, "role")
    stored_chat.send_reply(stored_chat.make_tap("stop"))
    assert repeat_prompt(database, CHAT_ID, LATER) is None, "a stopped run"
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert repeat_prompt(database, CHAT_ID, LATER) is None, "a submitted run"
    assert stored_chat.deliver_entries() == []


def test_a_late_tap_on_the_earlier_prompt_counts_once(database: Database) -> None:
    """Telegram repeats the tap until it is acknowledged, and the prompt may have been repeated by then."""
    stored_chat = start_chat_at(database, "role")
    old_tap = stored_chat.make_tap("answer", "neighbour")
    repeat_prompt(database, CHAT_ID, LATER)
    stored_chat.deliver_entries()
    send_late(stored_chat, old_tap)
    assert load_answers(stored_chat) == {"role": "neighbour"}
    [event] = send_late(stored_chat, old_tap)
    assert event.kind in {"reply_repeated", "reply_outdated"}, "it counts once"
    assert load_answers(stored_chat) == {"role": "neighbour"}


def test_text_typed_during_downtime_answers_the_open_question(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed_why")
    repeat_prompt(database, CHAT_ID, LATER)
    stored_chat.deliver_entries()
    send_late(stored_chat, TextReply("nobody rang", 90, NOW + timedelta(minutes=1)))
    assert load_answers(stored_chat)["informed_why"] == "nobody rang"


def test_text_typed_well_before_the_prompt_is_offered_as_a_comment(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed_why")
    repeat_prompt(database, CHAT_ID, LATER)
    stored_chat.deliver_entries()
    [*_, offered] = send_late(stored_chat, TextReply("nobody rang", 90, NOW - timedelta(minutes=1)))
    assert isinstance(offered, CommentOffered)
    assert "informed_why" not in load_answers(stored_chat)


@pytest.mark.parametrize("is_delivered", [False, True])
def test_a_prompt_is_repeated_at_most_once_before_a_reply(database: Database, *, is_delivered: bool) -> None:
    stored_chat = start_chat_at(database, "role")
    events = []
    for _ in range(2):
        repeat_prompt(database, CHAT_ID, LATER)
        events += stored_chat.deliver_entries() if is_delivered else []
    events += stored_chat.deliver_entries()
    assert [event.kind for event in events] == ["prompt_closed", "step_reached"]
    stored_chat.send_reply(stored_chat.make_tap("answer", "neighbour"))
    assert load_answers(stored_chat)["role"] == "neighbour"


def test_a_prompt_that_is_still_unsent_is_not_repeated(database: Database) -> None:
    """Its prompt is still in the outbox, as Telegram was unavailable."""
    stored_chat = start_chat_at(database, "role")
    stored_chat.take_reply(stored_chat.make_tap("answer", "neighbour"), 1_000)
    assert repeat_prompt(database, CHAT_ID, LATER) is None
    assert stored_chat.deliver_entries()[-1].kind == "step_reached"


def test_a_run_of_a_newer_version_is_not_changed(database: Database) -> None:
    start_chat_at(database, "role")
    execute_sql(database, "update runs set version = 99")
    assert repeat_prompt(database, CHAT_ID, LATER) is None
    assert fetch_rows(database, "select version from runs") == [(99,)]


def test_no_prompt_of_a_removed_flow_is_repeated(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    execute_sql(database, "update runs set flow = 'weather'")
    assert repeat_prompt(database, CHAT_ID, LATER) is None
    assert stored_chat.deliver_entries() == []
