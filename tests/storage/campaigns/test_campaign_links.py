"""Codes of campaigns: where they lead today; and what is counted of those who stop."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.campaign import Link
from flows.models import Commanded, Tapped
from storage.anonymity.drop_off import count_stops
from storage.anonymity.participation import close_campaign
from storage.campaigns.coordinators import all_acts, note_act
from storage.campaigns.repository import GENERAL, SIGNS, Found, Plan, find, link_of, new_code, open_campaign
from storage.db.database import Database
from storage.retention import purge
from tests.support.raw_sql import rows
from tests.support.stored_chat import Turning, standing

TODAY = date(2027, 3, 1)
DAY = timedelta(days=1)
WILLOW = Plan("The Willow", "Leeds carers", "A page with what we heard", TODAY + 30 * DAY, "We are glad that you came")


def opened(database: Database, plan: Plan = WILLOW) -> str:
    with database.transaction() as tx:
        return open_campaign(tx, plan)


def found(database: Database, code: str, today: date = TODAY) -> Found:
    with database.transaction() as tx:
        return find(tx, code, today)


def test_a_code_leads_to_its_campaign_and_what_that_tells(database: Database) -> None:
    code = opened(database)
    assert found(database, code) == Found(code, "connection_test", "")
    [(key,)] = rows(database, "select results from campaigns where code <> 'general'")
    with database.transaction() as tx:
        assert link_of(tx, code) == Link(
            code, WILLOW.about, WILLOW.asker, WILLOW.promise, WILLOW.promised_by, WILLOW.welcome, key
        )
        assert link_of(tx, GENERAL) is None


def test_typed_from_a_poster_in_capitals_it_leads_there_too(database: Database) -> None:
    code = opened(database)
    assert found(database, f" {code.upper()} ").campaign == code


@pytest.mark.parametrize("code", ["", "nobody", "general", "x' or 1=1 --", "ŵ" * 64, "\x00"])
def test_any_other_code_leads_nowhere(database: Database, code: str) -> None:
    opened(database)
    assert found(database, code) == Found(fault="link_unknown")


def test_it_is_open_from_its_first_day_up_to_and_with_its_last(database: Database) -> None:
    code = opened(database, Plan("x", "y", opens_on=TODAY, closes_on=TODAY + 2 * DAY))
    faults = [found(database, code, TODAY + days * DAY).fault for days in (-1, 0, 2, 3)]
    assert faults == ["link_early", None, None, "link_closed"]


def test_one_that_was_closed_leads_nowhere(database: Database) -> None:
    code = opened(database)
    with database.transaction() as tx:
        close_campaign(tx, code)
    assert found(database, code).fault == "link_closed"


def test_codes_are_of_signs_that_are_not_taken_for_each_other_and_none_comes_twice() -> None:
    codes = [new_code() for _ in range(1_000)]
    assert len(set(codes)) == 1_000
    assert {len(code) for code in codes} == {12}
    assert set("".join(codes)) == set(SIGNS)
    assert not set(SIGNS) & set("01lo")


def test_who_erases_what_they_began_is_not_counted(database: Database) -> None:
    turning = standing(database, "viewpoint")
    turning.do(Commanded("delete"))
    assert turning.asked
    turning.do(Tapped(turning.run, 0, "", "delete_yes", str(turning.asked.ask)))
    assert stopped(database) == []


def test_who_never_comes_back_is_counted_when_their_time_is_over(database: Database) -> None:
    standing(database, "informed").do(Commanded("stop"))
    purge(database, datetime.now(UTC), DAY)
    assert stopped(database) == [("general", "informed", 1)]


def test_who_sends_is_not_counted(database: Database) -> None:
    turning = Turning(database)
    turning.to_check()
    turning.send()
    assert stopped(database) == []


def test_who_begins_with_another_campaign_is_not_counted(database: Database) -> None:
    code = opened(database)
    turning = standing(database, "viewpoint")
    assert turning.asked
    turning.do(Commanded("start", code))
    assert stopped(database) == []
    turning.do(Tapped(turning.run, 0, "", "begin_other", f"{code}-{turning.asked.ask}"))
    assert stopped(database) == []
    assert rows(database, "select campaign, place from runs") == [(code, "welcome")]
    assert rows(database, "select * from answers") == []


def test_counts_add_up(database: Database) -> None:
    with database.transaction() as tx:
        count_stops(tx, [("general", "role"), ("general", "check"), ("general", "role")])
        count_stops(tx, [("general", "role")])
    assert stopped(database) == [("general", "check", 1), ("general", "role", 3)]


def test_acts_are_kept_in_order(database: Database) -> None:
    with database.transaction() as tx:
        note_act(tx, 5_000_000_000, "opened", "willow")
        note_act(tx, 0, "closed", "willow")
    acts = all_acts(database)
    assert [(one.chat, one.name, one.campaign) for one in acts] == [
        (5_000_000_000, "opened", "willow"),
        (0, "closed", "willow"),
    ]
    assert all(datetime.now(UTC) - one.at < timedelta(minutes=1) for one in acts)


def stopped(database: Database) -> list[tuple[object, ...]]:
    return rows(database, "select campaign, place, many from stops order by place")
