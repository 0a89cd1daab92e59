"""When the open question was said, by Telegram's clock: what typed words are held against, whatever our clock says."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.handlers.turn import take_turn
from bot.jobs.outages import ask_again
from bot.telegram.updates import Incoming
from flows.events import Event
from flows.events.prompts import CommentOffered
from flows.models import Run, Typed
from storage.conversations.outbox import Opened, next_due, strike_off
from storage.conversations.runs import kept_run
from storage.db.database import Database
from tests.support.raw_sql import change
from tests.support.stored_chat import CHAT, NOW, Turning, standing

ASKED = datetime(2026, 1, 1, 12, tzinfo=UTC)  # by Telegram's clock: half a day before ours
LATER = ASKED + timedelta(hours=2)


def said(turning: Turning, at: datetime) -> None:
    """What is due is said, and Telegram gives its message this date."""
    due = next_due(turning.database, CHAT)
    assert due
    for event in due.saying.events:
        turning.notice(event)
    assert turning.asked
    assert strike_off(turning.database, due, None, Opened(90, turning.asked.ask, int(at.timestamp())))


def asked(database: Database) -> Turning:
    """Somebody who was just asked for words."""
    turning = standing(database, "informed")
    assert turning.take(turning.way_on(), 1_000)
    said(turning, ASKED)
    return turning


def run_of(turning: Turning) -> Run:
    with turning.database.transaction() as tx:
        run = kept_run(tx, turning.database.cipher, CHAT)
    assert run
    return run


def typed(turning: Turning, at: datetime) -> list[Event]:
    reply = Typed("nobody rang", 90, at)
    assert take_turn(turning.database, Incoming(1_001, CHAT, reply, "en"), reply, NOW)
    due = next_due(turning.database, CHAT)
    assert due
    return list(due.saying.events)


def test_a_turn_is_told_when_the_open_question_was_said(database: Database) -> None:
    assert run_of(asked(database)).asked_at == ASKED


@pytest.mark.parametrize(("before", "counts"), [(-60, True), (29, True), (31, False)])
def test_words_are_held_against_that_and_not_against_our_clock(
    database: Database,
    before: int,
    counts: bool,
) -> None:
    turning = asked(database)
    [*_, followed] = typed(turning, ASKED - timedelta(seconds=before))
    assert isinstance(followed, CommentOffered) != counts
    assert (run_of(turning).chosen("informed_why") == "nobody rang") == counts


def test_before_it_was_said_nobody_knows_when(database: Database) -> None:
    """The buttons that stand there are an earlier question's."""
    turning = asked(database)
    assert turning.take(turning.tap("skip"), 1_001)
    assert run_of(turning).asked_at is None
    said(turning, LATER)
    assert run_of(turning).asked_at == LATER


def test_where_an_older_version_said_it_nobody_knows_when(database: Database) -> None:
    turning = asked(database)
    change(database, "update chats set opened_at = 0")
    assert run_of(turning).asked_at is None


def test_a_question_asked_again_is_open_since_it_was_first_said(database: Database) -> None:
    turning = asked(database)
    ask_again(database, CHAT, NOW + timedelta(minutes=1))
    assert run_of(turning).asked_at == ASKED, "not said again yet"
    said(turning, LATER)
    assert run_of(turning).asked_at == ASKED
    typed(turning, ASKED + timedelta(hours=1))
    assert run_of(turning).chosen("informed_why") == "nobody rang"


def test_a_question_that_was_never_said_is_open_since_it_was_asked_again(database: Database) -> None:
    turning = standing(database, "informed")
    assert turning.take(turning.way_on(), 1_000)
    change(database, "delete from outbox")  # as when nobody could be told for an hour
    ask_again(database, CHAT, NOW + timedelta(minutes=1))
    assert run_of(turning).asked_at is None
    said(turning, LATER)
    assert run_of(turning).asked_at == LATER
    [*_, offered] = typed(turning, ASKED + timedelta(hours=1))
    assert isinstance(offered, CommentOffered)
