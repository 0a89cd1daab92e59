"""Campaign codes and where they lead on a given day; drop-off counts; the audit log."""

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


def resolve(database: Database, code: str, today: date = TODAY) -> LinkTarget:
    with database.transaction() as session:
        return resolve_link(session, code, today)


def test_a_code_resolves_to_its_campaign_and_texts(database: Database) -> None:
    code = create_campaign(database)
    assert resolve(database, code) == LinkTarget(code, "connection_test", "")
    [(key,)] = fetch_rows(database, "select results_code from campaigns where code <> 'general'")
    with database.transaction() as session:
        assert find_campaign_info(session, code) == CampaignInfo(
            code, WILLOW.about, WILLOW.asker, WILLOW.promise, WILLOW.promised_by, WILLOW.welcome, key
        )
        assert find_campaign_info(session, GENERAL_CAMPAIGN) is None


def test_a_code_in_capitals_resolves_too(database: Database) -> None:
    code = create_campaign(database)
    assert resolve(database, f" {code.upper()} ").campaign == code


@pytest.mark.parametrize("code", ["", "nobody", "general", "x' or 1=1 --", "ŵ" * 64, "\x00"])
def test_an_unknown_code_is_reported(database: Database, code: str) -> None:
    create_campaign(database)
    assert resolve(database, code) == LinkTarget(problem="link_unknown")


def test_a_campaign_is_open_from_its_first_to_its_last_day(database: Database) -> None:
    code = create_campaign(database, CampaignPlan("x", "y", opens_on=TODAY, closes_on=TODAY + 2 * DAY))
    problems = [resolve(database, code, TODAY + days * DAY).problem for days in (-1, 0, 2, 3)]
    assert problems == ["link_early", None, None, "link_closed"]


def test_a_closed_campaign_is_reported(database: Database) -> None:
    code = create_campaign(database)
    with database.transaction() as session:
        close_campaign(session, code)
    assert resolve(database, code).problem == "link_closed"


def test_codes_are_unique_and_avoid_ambiguous_characters() -> None:
    codes = [generate_code() for _ in range(1_000)]
    assert len(set(codes)) == 1_000
    assert {len(code) for code in codes} == {12}
    assert set("".join(codes)) == set(CODE_ALPHABET)
    assert not set(CODE_ALPHABET) & set("01lo")


def test_a_deleted_run_is_not_counted_as_a_drop_off(database: Database) -> None:
    stored_chat = start_chat_at(database, "viewpoint")
    stored_chat.send_reply(Command("delete"))
    assert stored_chat.prompt_event
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "delete_yes", str(stored_chat.prompt_event.prompt)))
    assert fetch_drop_offs(database) == []


def test_an_expired_run_is_counted_as_a_drop_off(database: Database) -> None:
    start_chat_at(database, "informed").send_reply(Command("stop"))
    delete_expired_data(database, datetime.now(UTC), DAY)
    assert fetch_drop_offs(database) == [("general", "informed", 1)]


def test_a_submitted_run_is_not_counted_as_a_drop_off(database: Database) -> None:
    stored_chat = StoredChat(database)
    stored_chat.walk_to_review()
    stored_chat.submit()
    assert fetch_drop_offs(database) == []


def test_a_switched_run_is_not_counted_as_a_drop_off(database: Database) -> None:
    code = create_campaign(database)
    stored_chat = start_chat_at(database, "viewpoint")
    assert stored_chat.prompt_event
    stored_chat.send_reply(Command("start", code))
    assert fetch_drop_offs(database) == []
    stored_chat.send_reply(Tap(stored_chat.run_id, 0, "", "begin_other", f"{code}-{stored_chat.prompt_event.prompt}"))
    assert fetch_drop_offs(database) == []
    assert fetch_rows(database, "select campaign, step from runs") == [(code, "welcome")]
    assert fetch_rows(database, "select * from answers") == []


def test_drop_offs_add_up(database: Database) -> None:
    with database.transaction() as session:
        count_drop_offs(session, [("general", "role"), ("general", "check"), ("general", "role")])
        count_drop_offs(session, [("general", "role")])
    assert fetch_drop_offs(database) == [("general", "check", 1), ("general", "role", 3)]


def test_the_audit_log_keeps_its_order(database: Database) -> None:
    with database.transaction() as session:
        record_action(session, 5_000_000_000, "opened", "willow")
        record_action(session, 0, "closed", "willow")
    entries = load_audit_log(database)
    assert [(one.chat_id, one.action, one.campaign) for one in entries] == [
        (5_000_000_000, "opened", "willow"),
        (0, "closed", "willow"),
    ]
    assert all(datetime.now(UTC) - one.happened_at < timedelta(minutes=1) for one in entries)


def fetch_drop_offs(database: Database) -> list[tuple[object, ...]]:
    return fetch_rows(database, "select campaign, step, run_count from drop_offs order by step")
