"""Campaign codes and where they lead on a given day."""

from datetime import date

import pytest

from flows.campaign import CampaignInfo
from storage.anonymity.participation import close_campaign
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
from tests.support.raw_sql import fetch_rows
from tests.support.stored_campaigns import DAY, TODAY, WILLOW, create_campaign


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
