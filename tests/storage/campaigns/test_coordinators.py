"""Who is a coordinator, how they become one, and what those who are none, or another's, never see."""

import secrets
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings

from flows.loader import OPEN_CAMPAIGN_FLOW_ID, load_walk
from storage.access import find_organisation_campaign, find_results_by_key, load_organisation_campaigns
from storage.campaigns.coordinators import (
    HOME_ORGANISATION,
    INVITATION_TOKEN_LENGTH,
    INVITATION_VALIDITY,
    Coordinator,
    accept_invitation,
    create_invitation,
    find_coordinator,
    load_audit_log,
)
from storage.campaigns.repository import (
    CODE_ALPHABET,
    DURATION_DAYS,
    MAX_TEXT_LENGTHS,
    CampaignPlan,
    build_campaign_plan,
    generate_code,
    open_campaign,
    resolve_link,
)
from storage.db.database import Database
from storage.retention import delete_expired_data
from tests.support.raw_sql import fetch_rows

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
GUESSES = 10 * settings().max_examples  # many more with HYPOTHESIS_PROFILE=long
NAMED, ASKED, LATE = 5_000_000_001, 5_000_000_002, 5_000_000_003


def found(database: Database, chat_id: int, *, named: bool = False) -> Coordinator | None:
    with database.transaction() as session:
        return find_coordinator(session, chat_id, is_configured=named)


def invited(database: Database, *, colleague: bool = True) -> str:
    with database.transaction() as session:
        by = find_coordinator(session, NAMED, is_configured=True)
        assert by
        return create_invitation(session, by, NOW, is_for_colleague=colleague)


def joins(database: Database, token: str, chat_id: int = ASKED, now: datetime = NOW) -> bool:
    with database.transaction() as session:
        return accept_invitation(session, token, chat_id, now)


def test_those_whom_the_operator_names_share_one_organisation_and_nobody_else_is_a_coordinator(
    database: Database,
) -> None:
    assert found(database, NAMED) is None
    assert found(database, NAMED, named=True) == Coordinator(NAMED, HOME_ORGANISATION, is_configured=True)
    assert found(database, LATE, named=True) == Coordinator(LATE, HOME_ORGANISATION, is_configured=True)
    assert found(database, NAMED) is None, "who is named no more is none any more"


def test_an_invitation_makes_one_colleague_once(database: Database) -> None:
    token = invited(database)
    assert joins(database, token)
    assert found(database, ASKED) == Coordinator(ASKED, HOME_ORGANISATION)
    assert not joins(database, token, LATE)
    assert found(database, LATE) is None
    assert [(one.chat_id, one.action) for one in load_audit_log(database)] == [(NAMED, "invited"), (ASKED, "joined")]


def test_another_group_gets_an_organisation_of_its_own(database: Database) -> None:
    assert joins(database, invited(database, colleague=False), ASKED)
    assert joins(database, invited(database, colleague=False), LATE)
    organisations = {one.organisation for chat in (ASKED, LATE) if (one := found(database, chat))}
    assert len(organisations) == 2
    assert HOME_ORGANISATION not in organisations


def test_an_invitation_ends_after_a_week_and_is_erased_then(database: Database) -> None:
    token, week = invited(database), NOW + INVITATION_VALIDITY
    assert not joins(database, token, now=week)
    delete_expired_data(database, week - timedelta(seconds=1), timedelta(days=30))
    assert len(fetch_rows(database, "select * from invitations")) == 1
    delete_expired_data(database, week, timedelta(days=30))
    assert fetch_rows(database, "select * from invitations") == []
    assert found(database, ASKED) is None


def test_just_before_it_ends_it_still_counts_typed_in_capitals_too(database: Database) -> None:
    assert joins(database, f" {invited(database).upper()} ", now=NOW + INVITATION_VALIDITY - timedelta(seconds=1))


def test_the_database_holds_no_token(database: Database) -> None:
    token = invited(database)
    assert len(token) == INVITATION_TOKEN_LENGTH
    [(mark,)] = fetch_rows(database, "select token_hash from invitations")
    assert token.encode() not in bytes(mark)
    assert bytes(mark) != database.cipher.hash_token(token), "a receipt of the same letters is no invitation"


def test_of_a_thousand_guesses_none_opens_anything(database: Database) -> None:
    opened(database, HOME_ORGANISATION)
    token = invited(database)
    with database.transaction() as session:
        for _ in range(GUESSES):
            guess = generate_code()
            assert find_organisation_campaign(session, HOME_ORGANISATION, guess) is None
            assert find_results_by_key(session, guess) is None
            assert resolve_link(session, guess, TODAY).problem == "link_unknown"
        for near in [
            token[:-1],
            token + "a",
            *(token[:at] + "?" + token[at + 1 :] for at in range(INVITATION_TOKEN_LENGTH)),
        ]:
            assert not accept_invitation(session, near, ASKED, NOW)
        for _ in range(GUESSES // 10):
            guess = "".join(secrets.choice(CODE_ALPHABET) for _ in range(INVITATION_TOKEN_LENGTH))
            assert not accept_invitation(session, guess, ASKED, NOW)
    assert found(database, ASKED) is None


def opened(database: Database, organisation: str | None, about: str = "The Willow", closes: date | None = None) -> str:
    with database.transaction() as session:
        return open_campaign(session, CampaignPlan(about, "Leeds carers", organisation=organisation, closes_on=closes))


@pytest.mark.parametrize("code", ["", "general", "x' or 1=1 --", "\x00", "ŵ", "x" * 65])
def test_what_is_no_code_leads_nowhere(database: Database, code: str) -> None:
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code) is None


def test_each_organisation_sees_its_own_and_no_other(database: Database) -> None:
    ours, theirs, nobodys = (opened(database, of) for of in (HOME_ORGANISATION, "other", None))
    with database.transaction() as session:
        assert [one.code for one in load_organisation_campaigns(session, HOME_ORGANISATION)] == [ours]
        assert find_organisation_campaign(session, HOME_ORGANISATION, ours)
        assert find_organisation_campaign(session, HOME_ORGANISATION, theirs) is None
        assert find_organisation_campaign(session, HOME_ORGANISATION, nobodys) is None
        assert find_organisation_campaign(session, "other", theirs)


def test_it_is_open_up_to_and_with_its_last_day(database: Database) -> None:
    code = opened(database, HOME_ORGANISATION, closes=TODAY)
    with database.transaction() as session:
        listed = find_organisation_campaign(session, HOME_ORGANISATION, code)
    assert listed
    assert [listed.find_state(TODAY + timedelta(days=days)) for days in (0, 1)] == ["open", "ended"]


def test_answers_become_a_plan_without_line_breaks_and_with_days_from_today() -> None:
    answers = {
        "about_what": " The\nWillow ",
        "asker": "Leeds carers",
        "promise": "A page",
        "back_in": "four_weeks",
        "welcome_line": None,
        "open_for": "until_closed",
    }
    plan = build_campaign_plan(answers, HOME_ORGANISATION, TODAY)
    assert plan == CampaignPlan(
        "The Willow", "Leeds carers", "A page", date(2027, 3, 29), organisation=HOME_ORGANISATION
    )
    assert build_campaign_plan({**answers, "promise": None}, HOME_ORGANISATION, TODAY).promised_by is None
    assert build_campaign_plan({**answers, "open_for": "two_weeks"}, HOME_ORGANISATION, TODAY).closes_on == date(
        2027, 3, 15
    )


def test_the_flow_asks_for_no_more_than_a_campaign_takes_and_each_choice_of_days_is_known() -> None:
    places = load_walk(OPEN_CAMPAIGN_FLOW_ID).flow.steps_by_id
    columns = {"about_what": "about", "asker": "asker", "promise": "promise", "welcome_line": "welcome"}
    assert {place: places[place].longest for place in columns} == {
        place: MAX_TEXT_LENGTHS[column] for place, column in columns.items()
    }
    for place in ("back_in", "open_for"):
        *days, without = [choice.id for choice in places[place].choices]
        assert set(days) == set(DURATION_DAYS)
        assert without not in DURATION_DAYS
