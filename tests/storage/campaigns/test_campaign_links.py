"""Codes of campaigns: where they lead today; and what is counted of those who stop."""

from datetime import UTC, date, datetime, timedelta

import pytest

from flows.campaign import CampaignInfo
from flows.models import Command, Tap
from storage.anonymity.drop_off import count_drop_offs
from storage.anonymity.participation import close_campaign
from storage.campaigns.coordinators import load_audit_log, record_action
from storage.campaigns.repository import (
    CODE_ALPHABET,
    GENERAL_CAMPAIGN,
    CampaignPlan,
    LinkTarget,
    find_campaign_info,
    generate_code,
    resolve_link,
)
from storage.db.database import Database
from storage.retention import delete_expired_data
from tests.support.raw_sql import fetch_rows
from tests.support.stored_campaigns import DAY, TODAY, WILLOW, create_campaign
from tests.support.stored_chat import StoredChat, start_chat_at


def found(database: Database, code: str, today: date = TODAY) -> LinkTarget:
    with database.transaction() as session:
        return resolve_link(session, code, today)


def test_a_code_leads_to_its_campaign_and_what_that_tells(database: Database) -> None:
    code = create_campaign(database)
    assert found(database, code) == LinkTarget(code, "connection_test", "")
    [(key,)] = fetch_rows(database, "select results_code from campaigns where code <> 'general'")
    with database.transaction() as session:
        assert find_campaign_info(session, code) == CampaignInfo(
            code, WILLOW.about, WILLOW.asker, WILLOW.promise, WILLOW.promised_by, WILLOW.welcome, key
        )
        assert find_campaign_info(session, GENERAL_CAMPAIGN) is None


def test_typed_from_a_poster_in_capitals_it_leads_there_too(database: Database) -> None:
    code = create_campaign(database)
    assert found(database, f" {code.upper()} ").campaign == code


@pytest.mark.parametrize("code", ["", "nobody", "general", "x' or 1=1 --", "ŵ" * 64, "\x00"])
def test_any_other_code_leads_nowhere(database: Database, code: str) -> None:
    create_campaign(database)
    assert found(database, code) == LinkTarget(problem="link_unknown")


def test_it_is_open_from_its_first_day_up_to_and_with_its_last(database: Database) -> None:
    code = create_campaign(database, CampaignPlan("x", "y", opens_on=TODAY, closes_on=TODAY + 2 * DAY))
    faults = [found(database, code, TODAY + days * DAY).problem for days in (-1, 0, 2, 3)]
    assert faults == ["link_early", None, None, "link_closed"]


def test_one_that_was_closed_leads_nowhere(database: Database) -> None:
    code = create_campaign(database)
    with database.transaction() as session:
        close_campaign(session, code)
    assert found(database, code).problem == "link_closed"


def test_codes_are_of_signs_that_are_not_taken_for_each_other_and_none_comes_twice() -> None:
    codes = [generate_code() for _ in range(1_000)]
    assert len(set(codes)) == 1_000
    assert {len(code) for code in codes} == {12}
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert not set(CODE_ALPHABET) & set("01lo")


def test_who_erases_what_they_began_is_not_counted(database: Database) -> None:
    stored_chat = start_chat_at(database, "viewpoint")
    stored_chat.send_reply(Command("delete"))
    assert stored_chat.prompt_event
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "delete_yes", str(stored_chat.prompt_event.prompt)))
    assert stopped(database) == []


def test_who_never_comes_back_is_counted_when_their_time_is_over(database: Database) -> None:
    start_chat_at(database, "informed").send_reply(Command("stop"))
    delete_expired_data(database, datetime.now(UTC), DAY)
    assert stopped(database) == [("general", "informed", 1)]


def test_who_sends_is_not_counted(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert stopped(database) == []


def test_who_begins_with_another_campaign_is_not_counted(database: Database) -> None:
    code = create_campaign(database)
    stored_chat = start_chat_at(database, "viewpoint")
    assert stored_chat.prompt_event
    stored_chat.send_reply(Command("start", code))
    assert stopped(database) == []
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "begin_other", f"{code}-{stored_chat.prompt_event.prompt}"))
    assert stopped(database) == []
    assert fetch_rows(database, "select campaign, step from runs") == [(code, "welcome")]
    assert fetch_rows(database, "select * from answers") == []


def test_counts_add_up(database: Database) -> None:
    with database.transaction() as session:
        count_drop_offs(session, [("general", "role"), ("general", "check"), ("general", "role")])
        count_drop_offs(session, [("general", "role")])
    assert stopped(database) == [("general", "check", 1), ("general", "role", 3)]


def test_acts_are_kept_in_order(database: Database) -> None:
    with database.transaction() as session:
        record_action(session, 5_000_000_000, "opened", "willow")
        record_action(session, 0, "closed", "willow")
    acts = load_audit_log(database)
    assert [(one.chat_id, one.action, one.campaign) for one in acts] == [
        (5_000_000_000, "opened", "willow"),
        (0, "closed", "willow"),
    ]
    assert all(datetime.now(UTC) - one.happened_at < timedelta(minutes=1) for one in acts)


def stopped(database: Database) -> list[tuple[object, ...]]:
    return fetch_rows(database, "select campaign, step, run_count from drop_offs order by step")
