"""A run that can't be gone on with begins anew; one that a newer version went on with is left to that version."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from bot.handlers.turn import RunNewer, take, take_turn
from bot.telegram.updates import Incoming
from flows.events import DeletionAsked, RunDeleted
from flows.events.prompts import PlaceReached
from flows.loader import load
from flows.models import Commanded, Reply, Tapped, Typed, Unreadable
from storage.campaigns.repository import Plan, open_campaign
from storage.db.database import Database
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import CHAT, NOW, Turning
from tests.support.stored_responses import said, sent

TABLES = ("chats", "runs", "answers", "outbox")


def damaged_words(database: Database) -> None:
    change(database, "update answers set said = ? where said is not null", b"damaged")


def words_that_are_none(database: Database) -> None:
    change(database, "update answers set said = ? where said is not null", database.cipher.lock('{"said": 5}'))


def damaged_words_on_offer(database: Database) -> None:
    change(database, "update runs set held = ?", b"damaged")


def words_on_offer_that_are_none(database: Database) -> None:
    change(database, "update runs set held = ?", database.cipher.lock("[]"))


def a_flow_that_is_gone(database: Database) -> None:
    change(database, "update runs set flow = 'weather'")


SPOILT: list[Callable[[Database], None]] = [
    damaged_words,
    words_that_are_none,
    damaged_words_on_offer,
    words_on_offer_that_are_none,
    a_flow_that_is_gone,
]
REPLIES: list[Reply] = [
    Commanded("start"),
    Commanded("delete"),
    Commanded("mydata"),
    Typed("neighbour", 5, NOW),
    Unreadable("photo"),
    Tapped("", 0, "", "resume"),
]


@pytest.fixture
def turning(database: Database) -> Turning:
    """Somebody at the check page, with words of their own; and somebody else beside them."""
    Turning(database, 8).to_check()
    made = Turning(database)
    made.to_check("they rang back")
    return made


@pytest.mark.parametrize("spoil", SPOILT)
def test_a_run_that_cannot_be_gone_on_with_begins_anew_with_a_word_about_it(
    database: Database, turning: Turning, spoil: Callable[[Database], None]
) -> None:
    others = rows(database, "select * from answers where run = (select id from runs where chat = 8)")
    spoil(database)
    change(database, "update runs set flow = 'connection_test', held = null where chat = 8")
    old = turning.run
    [asked] = turning.do(Commanded("start"))
    assert isinstance(asked, PlaceReached)
    assert (asked.place, asked.notice) == ("welcome", "begun_anew")
    [(new, place)] = rows(database, "select id, place from runs where chat = ?", CHAT)
    assert place == "welcome"
    assert new != old
    assert rows(database, "select count(*) from answers where run = ?", old) == [(0,)]
    assert rows(database, "select * from answers where run = (select id from runs where chat = 8)") == others
    turning.to_check("once more")
    turning.send()
    assert "once more" in str(said(database))


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: type(reply).__name__ + str(getattr(reply, "name", "")))
def test_whatever_comes_first_the_person_hears_that_it_begins_anew(
    database: Database, turning: Turning, reply: Reply
) -> None:
    damaged_words_on_offer(database)
    [asked] = turning.do(reply)
    assert isinstance(asked, PlaceReached)
    assert asked.notice == "begun_anew"


def test_the_run_that_began_anew_can_be_deleted(database: Database, turning: Turning) -> None:
    damaged_words(database)
    turning.do(Commanded("delete"))
    assert rows(database, "select count(*) from answers where run = ?", turning.run) == [(0,)]
    turning.do(turning.way_on())
    turning.do(turning.way_on())
    [asked] = turning.do(Commanded("delete"))
    assert isinstance(asked, DeletionAsked)
    assert RunDeleted() in turning.do(Tapped(turning.run, 0, "", "delete_yes", str(asked.ask)))
    assert rows(database, "select id from runs where chat = ?", CHAT) == []


def test_the_update_that_found_the_run_damaged_counts_once(database: Database, turning: Turning) -> None:
    damaged_words_on_offer(database)
    assert turning.take(Commanded("start"), 1_000)
    assert not turning.take(Commanded("start"), 1_000)


# A newer version beside this one


def test_a_run_of_a_newer_version_is_left_to_it_and_nothing_changes(database: Database, turning: Turning) -> None:
    newer = load().flow.version + 1
    change(database, "update runs set version = ? where chat = ?", newer, CHAT)
    before = [rows(database, f"select * from {table}") for table in TABLES]
    reply = turning.way_on()
    came = Incoming(1_000, CHAT, reply, "en")
    for _ in range(3):
        with pytest.raises(RunNewer):
            take(database, came, NOW + timedelta(hours=1), fit=False)
    assert [rows(database, f"select * from {table}") for table in TABLES] == before
    assert take(database, came, NOW, fit=True), "left to us in the end, it is fitted to ours"
    assert take_turn(database, came, reply, NOW) is None
    assert sent(database) != []


def test_a_link_into_a_flow_of_a_newer_version_is_left_to_it_and_at_last_leads_nowhere(
    database: Database,
) -> None:
    with database.transaction() as tx:
        code = open_campaign(tx, Plan("Oak House", ""))
    walked = Turning(database)
    walked.do(walked.way_on())
    walked.do(walked.way_on())
    change(database, "update campaigns set flow = 'of_next_year' where code = ?", code)
    came = Incoming(1_000, CHAT, Commanded("start", code), "en")
    with pytest.raises(RunNewer):
        take(database, came, NOW, fit=False)
    assert take(database, came, NOW)
    assert [one.notice for one in walked.say() if isinstance(one, PlaceReached)] == ["link_closed_midway"]
    assert rows(database, "select flow, campaign from runs") == [("connection_test", "general")], "theirs goes on"


def test_a_run_of_this_version_or_an_older_one_is_never_left(database: Database, turning: Turning) -> None:
    assert take(database, Incoming(1_000, CHAT, Commanded("start"), "en"), NOW, fit=False)
    change(database, "update runs set version = 0 where chat = ?", CHAT)
    assert take(database, Incoming(1_001, CHAT, Commanded("start"), "en"), NOW, fit=False)
    assert turning.say()
