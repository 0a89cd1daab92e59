"""The bot was away: the open question is asked again, and what came meanwhile counts as it would have."""

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

LATER = NOW + timedelta(minutes=2)  # until then those are asked again who were heard of before
BACK = NOW + timedelta(hours=1)


def came_late(stored_chat: StoredChat, reply: Reply) -> list[Event]:
    """Taken in after we are back."""
    incoming = IncomingUpdate(next(stored_chat.update_ids), stored_chat.chat_id, reply, "en")
    assert take_turn(stored_chat.database, incoming, reply, BACK)
    return stored_chat.deliver_entries()


def run_of(stored_chat: StoredChat) -> dict[str, str | None]:
    with stored_chat.database.transaction() as session:
        run = load_run(session, stored_chat.chat_id)
    assert run is not None
    return {question: answer.value for question, answer in run.answers.items()}


def test_the_open_question_is_asked_again_and_its_answer_counts(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    before = load_state(stored_chat)
    taken = repeat_prompt(database, CHAT_ID, LATER)
    assert taken is not None
    assert (taken.event_kinds, taken.step) == (("prompt_closed", "step_reached"), "role")
    after = load_state(stored_chat)
    assert before[0] is not None
    assert after == (replace(before[0], prompt=before[0].prompt + 1, is_prompted_again=True), *before[1:]), (
        "nothing came in, and nothing else changed"
    )
    due = load_next_entry(database, CHAT_ID)
    assert due
    assert due.is_broadcast
    [_, asked] = stored_chat.deliver_entries()
    assert isinstance(asked, StepReached)
    assert asked.notice == "after_downtime"
    stored_chat.send_reply(stored_chat.make_tap("answer", "neighbour"))
    assert run_of(stored_chat)["role"] == "neighbour"


def test_the_check_page_asked_again_can_be_sent(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review("they rang back")
    repeat_prompt(database, CHAT_ID, LATER)
    [_, asked] = stored_chat.deliver_entries()
    assert isinstance(asked, ReviewReached)
    stored_chat.submit()
    assert "they rang back" in str(load_comments(database))


def test_whoever_replied_since_is_not_asked_again(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    before = load_state(stored_chat)
    assert repeat_prompt(database, CHAT_ID, NOW) is None
    assert repeat_prompt(database, CHAT_ID, NOW - timedelta(hours=1)) is None
    assert load_state(stored_chat) == before
    assert stored_chat.deliver_entries() == []


def test_nobody_is_asked_again_where_nothing_is_open(database: Database) -> None:
    assert repeat_prompt(database, 99, LATER) is None, "a chat never heard of"
    stored_chat = start_chat_at(database, "role")
    stored_chat.send_reply(stored_chat.make_tap("stop"))
    assert repeat_prompt(database, CHAT_ID, LATER) is None, "a run that is stopped"
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert repeat_prompt(database, CHAT_ID, LATER) is None, "a run that is sent"
    assert stored_chat.deliver_entries() == []


def test_a_tap_from_before_that_arrives_after_the_asking_again_counts(database: Database) -> None:
    """Telegram sends it again until we take it in, and by then we may have asked."""
    stored_chat = start_chat_at(database, "role")
    old = stored_chat.make_tap("answer", "neighbour")
    repeat_prompt(database, CHAT_ID, LATER)
    stored_chat.deliver_entries()
    came_late(stored_chat, old)
    assert run_of(stored_chat) == {"role": "neighbour"}
    [event] = came_late(stored_chat, old)
    assert event.kind in {"reply_repeated", "reply_outdated"}, "once"
    assert run_of(stored_chat) == {"role": "neighbour"}


def test_words_typed_while_we_were_away_are_taken_for_the_question_that_was_open(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed_why")
    repeat_prompt(database, CHAT_ID, LATER)
    stored_chat.deliver_entries()
    came_late(stored_chat, TextReply("nobody rang", 90, NOW + timedelta(minutes=1)))
    assert run_of(stored_chat)["informed_why"] == "nobody rang"


def test_words_typed_well_before_the_last_sign_of_life_are_still_asked_about(database: Database) -> None:
    stored_chat = start_chat_at(database, "informed_why")
    repeat_prompt(database, CHAT_ID, LATER)
    stored_chat.deliver_entries()
    [*_, offered] = came_late(stored_chat, TextReply("nobody rang", 90, NOW - timedelta(minutes=1)))
    assert isinstance(offered, CommentOffered)
    assert "informed_why" not in run_of(stored_chat)


@pytest.mark.parametrize("said", [False, True])
def test_nobody_is_asked_again_twice_before_they_reply(database: Database, *, said: bool) -> None:
    stored_chat = start_chat_at(database, "role")
    heard = []
    for _ in range(2):
        repeat_prompt(database, CHAT_ID, LATER)
        heard += stored_chat.deliver_entries() if said else []
    heard += stored_chat.deliver_entries()
    assert [event.kind for event in heard] == ["prompt_closed", "step_reached"]
    stored_chat.send_reply(stored_chat.make_tap("answer", "neighbour"))
    assert run_of(stored_chat)["role"] == "neighbour"


def test_nobody_is_asked_again_who_is_about_to_hear_the_question(database: Database) -> None:
    """It could not be said while Telegram was away."""
    stored_chat = start_chat_at(database, "role")
    stored_chat.take_reply(stored_chat.make_tap("answer", "neighbour"), 1_000)
    assert repeat_prompt(database, CHAT_ID, LATER) is None
    assert stored_chat.deliver_entries()[-1].kind == "step_reached"


def test_a_run_of_a_newer_version_is_left_to_it(database: Database) -> None:
    start_chat_at(database, "role")
    execute_sql(database, "update runs set version = 99")
    assert repeat_prompt(database, CHAT_ID, LATER) is None
    assert fetch_rows(database, "select version from runs") == [(99,)]


def test_a_run_of_a_flow_that_is_gone_is_not_asked_again(database: Database) -> None:
    stored_chat = start_chat_at(database, "role")
    execute_sql(database, "update runs set flow = 'weather'")
    assert repeat_prompt(database, CHAT_ID, LATER) is None
    assert stored_chat.deliver_entries() == []
