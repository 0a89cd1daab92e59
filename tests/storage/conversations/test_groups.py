"""Groups: met once, joined to one campaign, moved whole, left without a trace; also by several workers at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from bot.handlers.groups import SETTLING
from bot.handlers.turn import take
from bot.telegram.updates import GroupCommanded, GroupJoined, GroupLeft, GroupMoved, GroupNews, Incoming
from flows.events import Event
from flows.events.results import GreetingTakenBack, GroupAnswered, GroupGreeted
from storage.campaigns.repository import Plan, open_campaign
from storage.conversations.groups import ENOUGH, Asked, find_group, join, meet, note_told
from storage.conversations.outbox import next_due, strike_off
from storage.db.database import Database, open_database
from tests.storage.db.test_erasure import every_byte
from tests.support.postgresql import SECRET
from tests.support.raw_sql import rows
from tests.support.stored_chat import NOW

OLD, NEW = -77, -1_001_234_567_890
NUMBERS = count(1)
RESULTS = GroupCommanded("results", "", 0)


def hears(database: Database, chat: int, *news: GroupNews) -> None:
    for one in news:
        assert take(database, Incoming(next(NUMBERS), chat, one, "en"), NOW) is not None


def campaign_for(database: Database, about: str = "Oak House") -> str:
    with database.transaction() as tx:
        return open_campaign(tx, Plan(about, ""))


def follows(code: str) -> GroupCommanded:
    return GroupCommanded("start", code, int(NOW.timestamp()))


def waiting(database: Database, chat: int) -> list[str]:
    """The kinds of what is to be said there, which is said."""
    return [event.kind for event in said(database, chat)]


def joined(database: Database) -> list[tuple[int, str]]:
    return [(int(chat), str(code)) for chat, code in rows(database, "select chat, campaign from groups order by chat")]


def test_a_group_is_greeted_when_it_is_met(database: Database) -> None:
    hears(database, OLD, GroupJoined(), GroupJoined())
    assert waiting(database, OLD) == ["group_greeted"]
    assert joined(database) == [(OLD, "general")]


def test_left_nothing_is_kept_but_the_numbers_of_updates(database: Database) -> None:
    hears(database, OLD, GroupJoined(), follows(campaign_for(database)), RESULTS, GroupLeft())
    for table in ("groups", "chats", "outbox"):
        assert rows(database, f"select * from {table}") == []
    hears(database, OLD, GroupLeft())
    assert rows(database, "select * from chats") == [], "nor when it comes again"


@pytest.mark.parametrize("told", [OLD, NEW])
def test_moved_it_keeps_its_campaign_and_what_is_to_be_said(database: Database, told: int) -> None:
    code = campaign_for(database)
    hears(database, OLD, GroupJoined(), follows(code), RESULTS)
    hears(database, told, GroupMoved(OLD, NEW))
    assert joined(database) == [(NEW, code)]
    assert rows(database, "select chat from chats") == [(NEW,)]
    assert waiting(database, NEW) == ["group_greeted", "group_greeted", "group_answered"]
    hears(database, OLD if told == NEW else NEW, GroupMoved(OLD, NEW))
    hears(database, NEW, GroupJoined())
    assert (joined(database), waiting(database, NEW)) == ([(NEW, code)], [])


def test_met_under_its_new_number_first_the_second_greeting_is_taken_back(database: Database) -> None:
    code = campaign_for(database)
    hears(database, OLD, GroupJoined(), follows(code))
    waiting(database, OLD)
    hears(database, NEW, GroupJoined(), GroupMoved(OLD, NEW))
    assert waiting(database, NEW) == ["group_greeted", GreetingTakenBack().kind]
    assert joined(database) == [(NEW, code)]


def test_a_campaign_that_it_joined_under_its_new_number_stays(database: Database) -> None:
    code, other = campaign_for(database), campaign_for(database, "Willow")
    hears(database, OLD, follows(code))
    hears(database, NEW, follows(other), GroupMoved(OLD, NEW))
    assert joined(database) == [(NEW, other)]
    assert GreetingTakenBack().kind not in waiting(database, NEW)


def test_the_same_is_told_once_and_said_to_stand_above_once(database: Database) -> None:
    with database.transaction() as tx:
        meet(tx, OLD)
        for what, later, expected in (
            ("a", 0, Asked.FIRST),
            ("a", 1, Asked.AGAIN),
            ("a", ENOUGH - 1, Asked.OFTEN),
            ("a", ENOUGH, Asked.FIRST),
            ("a", 2 * ENOUGH - 1, Asked.AGAIN),
            ("a", 2 * ENOUGH, Asked.FIRST),
            ("b", 2 * ENOUGH, Asked.FIRST),
            ("b", 3 * ENOUGH, Asked.FIRST),
        ):
            group = find_group(tx, OLD)
            assert group
            assert note_told(tx, group, what, NOW + timedelta(seconds=later)) is expected, (what, later)
        join(tx, OLD, "general")
        group = find_group(tx, OLD)
        assert group
        assert note_told(tx, group, "b", NOW + timedelta(seconds=3 * ENOUGH)) is Asked.FIRST


def test_moved_it_still_knows_what_was_told_there(database: Database) -> None:
    hears(database, OLD, follows(campaign_for(database)), RESULTS, GroupMoved(OLD, NEW))
    hears(database, NEW, RESULTS)
    assert [event.topic for event in said(database, NEW) if isinstance(event, GroupAnswered)] == [
        "group_results_early",
        "group_told_above",
    ]


def test_a_greeting_becomes_another_only_outside_of_topics(database: Database) -> None:
    """In a topic the newest greeting may stand in another one."""
    code, at = campaign_for(database), int(NOW.timestamp())
    hears(database, OLD, follows(code), GroupCommanded("start", code, at, topic=5))
    since = [event.since for event in said(database, OLD) if isinstance(event, GroupGreeted)]
    assert since == [at - SETTLING, None]


def test_left_no_byte_of_its_number_stays_in_the_files(on_file: Database, file: Path) -> None:
    hears(on_file, NEW, follows(campaign_for(on_file)), RESULTS)
    number = NEW.to_bytes(6, "big", signed=True)
    assert number in every_byte(file)
    hears(on_file, NEW, GroupLeft())
    assert number not in every_byte(file)


def said(database: Database, chat: int) -> list[Event]:
    """What is to be said there, which is said."""
    events: list[Event] = []
    while due := next_due(database, chat):
        events += due.saying.events
        strike_off(database, due, None, None)
    return events


def test_what_waits_tells_which_campaign_and_nothing_of_anybody(database: Database) -> None:
    hears(database, OLD, follows(campaign_for(database)), RESULTS)
    due = next_due(database, OLD)
    assert due
    strike_off(database, due, None, None)
    due = next_due(database, OLD)
    assert due
    [event] = due.saying.events
    assert isinstance(event, GroupAnswered)
    assert (event.topic, due.saying.run) == ("group_results_early", "")


@pytest.fixture
def workers(on_server: str) -> Iterator[list[Database]]:
    with ExitStack() as ending:
        yield [ending.enter_context(closing(open_database(on_server, SECRET))) for _ in range(2)]


def test_two_workers_told_by_one_chat_each_move_a_group_once(workers: list[Database]) -> None:
    """They lock both chats in one order: else each would wait for what the other has locked."""
    first, second = workers
    for number in range(20):
        old, new = OLD - number, NEW - number
        hears(first, old, GroupJoined())
        with ThreadPoolExecutor(2) as threads:
            moves = [
                threads.submit(hears, first, old, GroupMoved(old, new)),
                threads.submit(hears, second, new, GroupMoved(old, new), GroupJoined()),
            ]
            for move in moves:
                move.result(20)
        assert waiting(first, new) == ["group_greeted"], "that of the old group, which was not said yet"
    assert sorted(chat for chat, _ in joined(first)) == sorted(NEW - number for number in range(20))
