"""The bot was away: the open question is asked again, and what came meanwhile counts as it would have."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.handlers.turn import take_turn
from bot.jobs.outages import ask_again
from bot.telegram.updates import Incoming
from flows.events import Event
from flows.events.prompts import CheckReached, CommentOffered, PlaceReached
from flows.models import Reply, Typed
from storage.conversations.outbox import next_due
from storage.conversations.runs import kept_run
from storage.db.database import Database
from tests.support.chat_pair import remembered
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import CHAT, NOW, Turning, standing
from tests.support.stored_responses import said

LATER = NOW + timedelta(minutes=2)  # until then those are asked again who were heard of before
BACK = NOW + timedelta(hours=1)


def came_late(turning: Turning, reply: Reply) -> list[Event]:
    """Taken in after we are back."""
    incoming = Incoming(next(turning.numbers), turning.chat, reply, "en")
    assert take_turn(turning.database, incoming, reply, BACK)
    return turning.say()


def run_of(turning: Turning) -> dict[str, str | None]:
    with turning.database.transaction() as tx:
        run = kept_run(tx, turning.database.cipher, turning.chat)
    assert run is not None
    return {question: answer.value for question, answer in run.answers.items()}


def test_the_open_question_is_asked_again_and_its_answer_counts(database: Database) -> None:
    turning = standing(database, "role")
    before = remembered(turning)
    taken = ask_again(database, CHAT, LATER)
    assert taken is not None
    assert (taken.events, taken.place) == (("ask_closed", "place_reached"), "role")
    after = remembered(turning)
    assert before[0] is not None
    assert after == (replace(before[0], ask=before[0].ask + 1, again=True), *before[1:]), (
        "nothing came in, and nothing else changed"
    )
    due = next_due(database, CHAT)
    assert due
    assert due.bulk
    [_, asked] = turning.say()
    assert isinstance(asked, PlaceReached)
    assert asked.notice == "were_away"
    turning.do(turning.tap("answer", "neighbour"))
    assert run_of(turning)["role"] == "neighbour"


def test_the_check_page_asked_again_can_be_sent(database: Database) -> None:
    turning = Turning(database)
    turning.to_check("they rang back")
    ask_again(database, CHAT, LATER)
    [_, asked] = turning.say()
    assert isinstance(asked, CheckReached)
    turning.send()
    assert "they rang back" in str(said(database))


def test_whoever_replied_since_is_not_asked_again(database: Database) -> None:
    turning = standing(database, "role")
    before = remembered(turning)
    assert ask_again(database, CHAT, NOW) is None
    assert ask_again(database, CHAT, NOW - timedelta(hours=1)) is None
    assert remembered(turning) == before
    assert turning.say() == []


def test_nobody_is_asked_again_where_nothing_is_open(database: Database) -> None:
    assert ask_again(database, 99, LATER) is None, "a chat never heard of"
    turning = standing(database, "role")
    turning.do(turning.tap("stop"))
    assert ask_again(database, CHAT, LATER) is None, "a run that is stopped"
    turning.to_check()
    turning.send()
    assert ask_again(database, CHAT, LATER) is None, "a run that is sent"
    assert turning.say() == []


def test_a_tap_from_before_that_arrives_after_the_asking_again_counts(database: Database) -> None:
    """Telegram sends it again until we take it in, and by then we may have asked."""
    turning = standing(database, "role")
    old = turning.tap("answer", "neighbour")
    ask_again(database, CHAT, LATER)
    turning.say()
    came_late(turning, old)
    assert run_of(turning) == {"role": "neighbour"}
    [event] = came_late(turning, old)
    assert event.kind in {"reply_repeated", "reply_outdated"}, "once"
    assert run_of(turning) == {"role": "neighbour"}


def test_words_typed_while_we_were_away_are_taken_for_the_question_that_was_open(database: Database) -> None:
    turning = standing(database, "informed_why")
    ask_again(database, CHAT, LATER)
    turning.say()
    came_late(turning, Typed("nobody rang", 90, NOW + timedelta(minutes=1)))
    assert run_of(turning)["informed_why"] == "nobody rang"


def test_words_typed_well_before_the_last_sign_of_life_are_still_asked_about(database: Database) -> None:
    turning = standing(database, "informed_why")
    ask_again(database, CHAT, LATER)
    turning.say()
    [*_, offered] = came_late(turning, Typed("nobody rang", 90, NOW - timedelta(minutes=1)))
    assert isinstance(offered, CommentOffered)
    assert "informed_why" not in run_of(turning)


@pytest.mark.parametrize("said", [False, True])
def test_nobody_is_asked_again_twice_before_they_reply(database: Database, *, said: bool) -> None:
    turning = standing(database, "role")
    heard = []
    for _ in range(2):
        ask_again(database, CHAT, LATER)
        heard += turning.say() if said else []
    heard += turning.say()
    assert [event.kind for event in heard] == ["ask_closed", "place_reached"]
    turning.do(turning.tap("answer", "neighbour"))
    assert run_of(turning)["role"] == "neighbour"


def test_nobody_is_asked_again_who_is_about_to_hear_the_question(database: Database) -> None:
    """It could not be said while Telegram was away."""
    turning = standing(database, "role")
    turning.take(turning.tap("answer", "neighbour"), 1_000)
    assert ask_again(database, CHAT, LATER) is None
    assert turning.say()[-1].kind == "place_reached"


def test_a_run_of_a_newer_version_is_left_to_it(database: Database) -> None:
    standing(database, "role")
    change(database, "update runs set version = 99")
    assert ask_again(database, CHAT, LATER) is None
    assert rows(database, "select version from runs") == [(99,)]


def test_a_run_of_a_flow_that_is_gone_is_not_asked_again(database: Database) -> None:
    turning = standing(database, "role")
    change(database, "update runs set flow = 'weather'")
    assert ask_again(database, CHAT, LATER) is None
    assert turning.say() == []
