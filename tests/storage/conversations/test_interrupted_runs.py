"""Who is asked again after an outage: whoever was in the middle when the bot went away, and nobody else."""

from sqlalchemy import delete

from bot.handlers.turn import take
from bot.telegram.updates import Incoming
from flows.models import Commanded
from storage.conversations.runs import in_the_middle
from storage.db.database import Database
from storage.db.schema import runs
from tests.support.raw_sql import change
from tests.support.stored_chat import NOW, Turning

SINCE, UNTIL = 1_000, 2_000


def heard_of(database: Database, chat: int, at: int) -> Turning:
    """Somebody with a question open who was last heard of then."""
    turning = Turning(database, chat)
    turning.do(Commanded("start"))
    turning.do(turning.way_on())
    change(database, "update runs set seen_at = ? where chat = ?", at, chat)
    return turning


def test_whoever_was_heard_of_between_these_moments_is_in_the_middle_the_latest_first(database: Database) -> None:
    for chat, at in ((1, SINCE - 1), (2, SINCE), (3, 1_500), (4, UNTIL), (5, UNTIL + 1)):
        heard_of(database, chat, at)
    assert in_the_middle(database, SINCE, UNTIL) == [4, 3, 2]


def test_who_has_stopped_is_not(database: Database) -> None:
    turning = heard_of(database, 1, 1_500)
    turning.do(turning.tap("stop"))
    change(database, "update runs set seen_at = 1500")
    assert in_the_middle(database, SINCE, UNTIL) == []
    turning.do(Commanded("start"))
    change(database, "update runs set seen_at = 1500")
    assert in_the_middle(database, SINCE, UNTIL) == [1], "who has come back is"


def test_who_has_blocked_the_bot_is_not(database: Database) -> None:
    heard_of(database, 1, 1_500)
    heard_of(database, 2, 1_500)
    take(database, Incoming(76, 1, "blocked"), NOW)
    take(database, Incoming(77, 2, "blocked"), NOW)
    assert in_the_middle(database, SINCE, UNTIL) == []


def test_who_has_sent_is_not(database: Database) -> None:
    turning = Turning(database, 1)
    turning.to_check()
    turning.send()
    assert in_the_middle(database, 0, 2**40) == []


def test_who_has_never_begun_is_not(database: Database) -> None:
    Turning(database, 1).do(Commanded("help"))
    assert in_the_middle(database, 0, 2**40) == []
    heard_of(database, 2, 1_500)
    with database.transaction() as tx:
        tx.execute(delete(runs))
    assert in_the_middle(database, 0, 2**40) == []
