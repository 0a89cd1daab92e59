"""Where people stop: rounded, as of the newest release, and nothing that one account could bring about."""

from datetime import UTC, datetime

from flows.models import Commanded, Run
from storage.anonymity.drop_off import count_stops, settle_stops, stopped
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import seal
from storage.db.database import Database
from tests.support.raw_sql import change, rows
from tests.support.stored_chat import standing

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def test_where_people_stop_is_told_rounded_and_a_few_look_like_none(database: Database) -> None:
    with database.transaction() as tx:
        count_stops(tx, [("general", "role")] * 8 + [("general", "check")] * 7 + [("general", "informed")] * 13)
        settle_stops(tx, "general", NOW)
        assert stopped(tx, "general") == {"role": "10", "informed": "15"}
        settle_stops(tx, "general", NOW)
        assert stopped(tx, "general") == {"role": "10", "informed": "15"}, "what is shown is not counted again"
        assert stopped(tx, "another") == {}


def test_nobody_is_seen_to_stop_or_to_go_on_between_two_releases(database: Database) -> None:
    turning = standing(database, "role")
    silent, spoke = int(NOW.timestamp()) - 86_401, int(NOW.timestamp()) - 86_399
    change(database, "update runs set seen_at = ?", silent)
    with database.transaction() as tx:
        count_stops(tx, [("general", "role")] * 7)
        assert stopped(tx, "general") == {}
        settle_stops(tx, "general", NOW)
        assert stopped(tx, "general") == {"role": "10"}
    change(database, "update runs set seen_at = ?", spoke)
    with database.transaction() as tx:
        count_stops(tx, [("general", "informed")] * 9)
        assert stopped(tx, "general") == {"role": "10"}
        settle_stops(tx, "general", NOW)
        assert stopped(tx, "general") == {"informed": "10"}
    assert turning.asked


def test_a_release_settles_where_people_stop_and_one_account_makes_nobody_show(database: Database) -> None:
    """Seven times begun and deleted by one account, else the eighth person would show."""
    with database.transaction() as tx:
        count_stops(tx, [("general", "role")])
    for _ in range(7):
        turning = standing(database, "role")
        turning.do(Commanded("delete"))
        assert rows(database, "select * from runs") == []
    with database.transaction() as tx:
        for number in range(5):
            run = Run("", "connection_test", 1, "en")
            seal(tx, database.cipher, run, 100 + number, {"role": "neighbour"}, f"receipt {number}")
    with database.transaction() as tx:
        count_stops(tx, [("general", "check")] * 9)
    assert release_due(database, 5)
    with database.transaction() as tx:
        assert stopped(tx, "general") == {"check": "10"}
