"""What could not be said in time is erased: it may carry answers. The person hears something instead."""

from bot.handlers.turn import take
from bot.jobs.outages import expire
from bot.telegram.updates import GroupCommanded, Incoming
from flows.events import Told
from flows.events.prompts import CheckReached
from flows.models import Commanded
from storage.conversations.outbox import overdue, unsaid, waiting
from storage.db.database import Database
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import CHAT, NOW, Turning, standing
from tests.support.stored_responses import sent

OLD = 1_000_000  # a moment long ago, as seconds since 1970


def old(database: Database) -> int:
    """All that waits has waited too long. Gives the moment before which it was left."""
    change(database, "update outbox set left_at = ?", OLD)
    return OLD + 1


def test_what_carried_answers_is_erased_and_the_open_question_is_asked_again(database: Database) -> None:
    turning = Turning(database)
    turning.to_check("they rang back")
    turning.take(Commanded("mydata"), 1_000)
    expire(database, CHAT, old(database))
    [_, asked] = turning.say()
    assert isinstance(asked, CheckReached)
    assert asked.notice == "were_away"
    turning.send()


def test_a_result_that_could_not_be_told_leaves_a_word_and_no_answers(database: Database) -> None:
    turning = Turning(database)
    turning.to_check("they rang back")
    turning.take(turning.tap("send", "receipt"), 1_000)
    before = old(database)
    assert overdue(database, before) == [CHAT]
    expire(database, CHAT, before)
    assert turning.say() == [Told("result_erased")]
    assert len(sent(database)) == 1, "what was sent stays sent"


def test_a_lost_result_is_told_of_also_where_a_new_run_is_asked_again(database: Database) -> None:
    turning = Turning(database)
    turning.to_check("they rang back")
    turning.take(turning.tap("send", "receipt"), 1_000)
    turning.take(Commanded("start"), 1_001)
    expire(database, CHAT, old(database))
    told, _, asked = turning.say()
    assert told == Told("result_erased")
    assert getattr(asked, "notice", None) == "were_away"


def test_a_result_beside_what_cannot_be_read_is_told_of(database: Database) -> None:
    turning = Turning(database)
    turning.to_check()
    turning.take(Commanded("help"), 1_000)
    change(database, "update outbox set saying = ?", b"damaged")
    turning.take(turning.tap("send", "receipt"), 1_001)
    expire(database, CHAT, old(database))
    assert turning.say() == [Told("result_erased")]


def test_what_is_younger_is_said_first_and_in_order(database: Database) -> None:
    turning = Turning(database)
    turning.take(Commanded("help"), 1)
    before = old(database)
    turning.take(Commanded("about"), 2)
    turning.take(Commanded("kept"), 3)
    expire(database, CHAT, before)
    assert [event.topic for event in turning.say() if isinstance(event, Told)] == ["about", "kept", "too_late"]


def test_the_word_about_it_waits_without_a_limit_and_is_not_left_again(database: Database) -> None:
    Turning(database).take(Commanded("help"), 1)
    expire(database, CHAT, old(database))
    assert overdue(database, old(database)) == []
    assert waiting(database, most=9, bulk=True) == [CHAT]
    assert unsaid(database) == (1, 0)


def test_expiring_one_chat_leaves_the_others_alone(database: Database) -> None:
    for chat in (1, 2):
        Turning(database, chat).take(Commanded("help"), chat)
    expire(database, 1, old(database))
    assert [event.topic for event in Turning(database, 2).say() if isinstance(event, Told)] == ["help"]


def test_a_run_that_is_stopped_is_left_stopped(database: Database) -> None:
    turning = standing(database, "role")
    turning.take(turning.tap("stop"), 1_000)
    expire(database, CHAT, old(database))
    assert turning.say() == [Told("too_late")]
    assert rows(database, "select place from runs") == [("stopped",)]


def test_a_run_that_cannot_be_read_is_told_of_and_left_for_the_next_reply(database: Database) -> None:
    turning = standing(database, "role")
    turning.take(Commanded("help"), 1_000)
    change(database, "update runs set held = ?", b"damaged")
    expire(database, CHAT, old(database))
    assert turning.say() == [Told("too_late")]
    assert rows(database, "select place from runs") == [("role",)]


def test_in_a_group_nothing_is_made_up_for(database: Database) -> None:
    """What was asked there an hour ago is asked again, if anybody still wants to know."""
    greeted = GroupCommanded("help", "", 0)
    assert take(database, Incoming(1_000, -CHAT, greeted, "en"), NOW) is not None
    before = old(database)
    assert overdue(database, before) == [-CHAT]
    expire(database, -CHAT, before)
    assert rows(database, "select * from outbox") == []
    assert rows(database, "select chat, campaign from groups") == [(-CHAT, "general")]
