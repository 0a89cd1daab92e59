"""Coordinators: configured or invited, what other people and organisations cannot see, and the audit log."""

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
    record_action,
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
GUESSES = 10 * settings().max_examples  # more with HYPOTHESIS_PROFILE=long
CONFIGURED, INVITED, LATE = 5_000_000_001, 5_000_000_002, 5_000_000_003


def find(database: Database, chat_id: int, *, named: bool = False) -> Coordinator | None:
    with database.transaction() as session:
        return find_coordinator(session, chat_id, is_configured=named)


def invite(database: Database, *, colleague: bool = True) -> str:
    with database.transaction() as session:
        inviter = find_coordinator(session, CONFIGURED, is_configured=True)
        assert inviter
        return create_invitation(session, inviter, NOW, is_for_colleague=colleague)


def follow(database: Database, token: str, chat_id: int = INVITED, now: datetime = NOW) -> bool:
    with database.transaction() as session:
        return accept_invitation(session, token, chat_id, now)


def test_configured_coordinators_share_the_home_organisation(
    database: Database,
) -> None:
    assert find(database, CONFIGURED) is None
    assert find(database, CONFIGURED, named=True) == Coordinator(CONFIGURED, HOME_ORGANISATION, is_configured=True)
    assert find(database, LATE, named=True) == Coordinator(LATE, HOME_ORGANISATION, is_configured=True)
    assert find(database, CONFIGURED) is None, "access ends when the number is removed from the setting"


def test_an_invitation_makes_one_coordinator_once(database: Database) -> None:
    token = invite(database)
    assert follow(database, token)
    assert find(database, INVITED) == Coordinator(INVITED, HOME_ORGANISATION)
    assert not follow(database, token, LATE)
    assert find(database, LATE) is None
    assert [(one.chat_id, one.action) for one in load_audit_log(database)] == [
        (CONFIGURED, "invited"),
        (INVITED, "joined"),
    ]


def test_an_invitation_for_another_group_creates_an_organisation(database: Database) -> None:
    assert follow(database, invite(database, colleague=False), INVITED)
    assert follow(database, invite(database, colleague=False), LATE)
    organisations = {one.organisation for chat in (INVITED, LATE) if (one := find(database, chat))}
    assert len(organisations) == 2
    assert HOME_ORGANISATION not in organisations


def test_an_invitation_expires_after_a_week_and_is_deleted(database: Database) -> None:
    token, week = invite(database), NOW + INVITATION_VALIDITY
    assert not follow(database, token, now=week)
    delete_expired_data(database, week - timedelta(seconds=1), timedelta(days=30))
    assert len(fetch_rows(database, "select * from invitations")) == 1
    delete_expired_data(database, week, timedelta(days=30))
    assert fetch_rows(database, "select * from invitations") == []
    assert find(database, INVITED) is None


def test_an_invitation_in_capitals_works_until_it_expires(database: Database) -> None:
    assert follow(database, f" {invite(database).upper()} ", now=NOW + INVITATION_VALIDITY - timedelta(seconds=1))


def test_the_database_contains_no_token(database: Database) -> None:
    token = invite(database)
    assert len(token) == INVITATION_TOKEN_LENGTH
    [(stored_hash,)] = fetch_rows(database, "select token_hash from invitations")
    assert token.encode() not in bytes(stored_hash)
    assert bytes(stored_hash) != database.cipher.hash_token(token), "receipts and invitations are hashed differently"


def test_guessed_codes_open_nothing(database: Database) -> None:
    open_for(database, HOME_ORGANISATION)
    token = invite(database)
    with database.transaction() as session:
        for _ in range(GUESSES):
            guess = generate_code()
            assert find_organisation_campaign(session, HOME_ORGANISATION, guess) is None
            assert find_results_by_key(session, guess) is None
            assert resolve_link(session, guess, TODAY).problem == "link_unknown"
        for similar in [
            token[:-1],
            token + "a",
            *(token[:index] + "?" + token[index + 1 :] for index in range(INVITATION_TOKEN_LENGTH)),
        ]:
            assert not accept_invitation(session, similar, INVITED, NOW)
        for _ in range(GUESSES // 10):
            guess = "".join(secrets.choice(CODE_ALPHABET) for _ in range(INVITATION_TOKEN_LENGTH))
            assert not accept_invitation(session, guess, INVITED, NOW)
    assert find(database, INVITED) is None


def open_for(
    database: Database, organisation: str | None, about: str = "The Willow", last_day: date | None = None
) -> str:
    with database.transaction() as session:
        return open_campaign(
            session, CampaignPlan(about, "Leeds carers", organisation=organisation, closes_on=last_day)
        )


@pytest.mark.parametrize("code", ["", "general", "x' or 1=1 --", "\x00", "ŵ", "x" * 65])
def test_an_invalid_code_finds_no_campaign(database: Database, code: str) -> None:
    with database.transaction() as session:
        assert find_organisation_campaign(session, HOME_ORGANISATION, code) is None


def test_each_organisation_finds_only_its_own_campaigns(database: Database) -> None:
    ours, theirs, unowned = (open_for(database, owner) for owner in (HOME_ORGANISATION, "other", None))
    with database.transaction() as session:
        assert [one.code for one in load_organisation_campaigns(session, HOME_ORGANISATION)] == [ours]
        assert find_organisation_campaign(session, HOME_ORGANISATION, ours)
        assert find_organisation_campaign(session, HOME_ORGANISATION, theirs) is None
        assert find_organisation_campaign(session, HOME_ORGANISATION, unowned) is None
        assert find_organisation_campaign(session, "other", theirs)


def test_a_campaign_is_open_up_to_and_including_its_last_day(database: Database) -> None:
    code = open_for(database, HOME_ORGANISATION, last_day=TODAY)
    with database.transaction() as session:
        listed = find_organisation_campaign(session, HOME_ORGANISATION, code)
    assert listed
    assert [listed.find_state(TODAY + timedelta(days=days)) for days in (0, 1)] == ["open", "ended"]


def test_a_plan_has_no_line_breaks_and_counts_days_from_today() -> None:
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


def test_the_flow_s_lengths_and_durations_match_those_of_campaigns() -> None:
    steps = load_walk(OPEN_CAMPAIGN_FLOW_ID).flow.steps_by_id
    columns = {"about_what": "about", "asker": "asker", "promise": "promise", "welcome_line": "welcome"}
    assert {step: steps[step].longest for step in columns} == {
        step: MAX_TEXT_LENGTHS[column] for step, column in columns.items()
    }
    for step in ("back_in", "open_for"):
        *days, no_duration = [choice.id for choice in steps[step].choices]
        assert set(days) == set(DURATION_DAYS)
        assert no_duration not in DURATION_DAYS


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
