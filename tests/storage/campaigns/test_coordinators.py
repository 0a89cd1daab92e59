"""Who is a coordinator, how they become one, and what those who are none, or another's, never see."""

import secrets
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import settings

from flows.loader import OPENING, load
from storage.access import campaign_of, campaigns_of, results_at
from storage.campaigns.coordinators import (
    HOME,
    TOKEN_LENGTH,
    VALID_FOR,
    Coordinator,
    accept,
    all_acts,
    find_coordinator,
    invite,
)
from storage.campaigns.repository import DAYS, LONGEST, SIGNS, Plan, find, new_code, open_campaign, plan_of
from storage.db.database import Database
from storage.retention import purge
from tests.support.raw_sql import rows

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
TODAY = NOW.date()
GUESSES = 10 * settings().max_examples  # many more with HYPOTHESIS_PROFILE=long
NAMED, ASKED, LATE = 5_000_000_001, 5_000_000_002, 5_000_000_003


def found(database: Database, chat: int, *, named: bool = False) -> Coordinator | None:
    with database.transaction() as tx:
        return find_coordinator(tx, chat, named=named)


def invited(database: Database, *, colleague: bool = True) -> str:
    with database.transaction() as tx:
        by = find_coordinator(tx, NAMED, named=True)
        assert by
        return invite(tx, database.cipher, by, NOW, colleague=colleague)


def joins(database: Database, token: str, chat: int = ASKED, now: datetime = NOW) -> bool:
    with database.transaction() as tx:
        return accept(tx, database.cipher, token, chat, now)


def test_those_whom_the_operator_names_share_one_organisation_and_nobody_else_is_a_coordinator(
    database: Database,
) -> None:
    assert found(database, NAMED) is None
    assert found(database, NAMED, named=True) == Coordinator(NAMED, HOME, named=True)
    assert found(database, LATE, named=True) == Coordinator(LATE, HOME, named=True)
    assert found(database, NAMED) is None, "who is named no more is none any more"


def test_an_invitation_makes_one_colleague_once(database: Database) -> None:
    token = invited(database)
    assert joins(database, token)
    assert found(database, ASKED) == Coordinator(ASKED, HOME)
    assert not joins(database, token, LATE)
    assert found(database, LATE) is None
    assert [(one.chat, one.name) for one in all_acts(database)] == [(NAMED, "invited"), (ASKED, "joined")]


def test_another_group_gets_an_organisation_of_its_own(database: Database) -> None:
    assert joins(database, invited(database, colleague=False), ASKED)
    assert joins(database, invited(database, colleague=False), LATE)
    organisations = {one.organisation for chat in (ASKED, LATE) if (one := found(database, chat))}
    assert len(organisations) == 2
    assert HOME not in organisations


def test_an_invitation_ends_after_a_week_and_is_erased_then(database: Database) -> None:
    token, week = invited(database), NOW + VALID_FOR
    assert not joins(database, token, now=week)
    purge(database, week - timedelta(seconds=1), timedelta(days=30))
    assert len(rows(database, "select * from invitations")) == 1
    purge(database, week, timedelta(days=30))
    assert rows(database, "select * from invitations") == []
    assert found(database, ASKED) is None


def test_just_before_it_ends_it_still_counts_typed_in_capitals_too(database: Database) -> None:
    assert joins(database, f" {invited(database).upper()} ", now=NOW + VALID_FOR - timedelta(seconds=1))


def test_the_database_holds_no_token(database: Database) -> None:
    token = invited(database)
    assert len(token) == TOKEN_LENGTH
    [(mark,)] = rows(database, "select mark from invitations")
    assert token.encode() not in bytes(mark)
    assert bytes(mark) != database.cipher.mark(token), "a receipt of the same letters is no invitation"


def test_of_a_thousand_guesses_none_opens_anything(database: Database) -> None:
    opened(database, HOME)
    token = invited(database)
    with database.transaction() as tx:
        for _ in range(GUESSES):
            guess = new_code()
            assert campaign_of(tx, HOME, guess) is None
            assert results_at(tx, guess) is None
            assert find(tx, guess, TODAY).fault == "link_unknown"
        for near in [token[:-1], token + "a", *(token[:at] + "?" + token[at + 1 :] for at in range(TOKEN_LENGTH))]:
            assert not accept(tx, database.cipher, near, ASKED, NOW)
        for _ in range(GUESSES // 10):
            guess = "".join(secrets.choice(SIGNS) for _ in range(TOKEN_LENGTH))
            assert not accept(tx, database.cipher, guess, ASKED, NOW)
    assert found(database, ASKED) is None


def opened(database: Database, organisation: str | None, about: str = "The Willow", closes: date | None = None) -> str:
    with database.transaction() as tx:
        return open_campaign(tx, Plan(about, "Leeds carers", organisation=organisation, closes_on=closes))


@pytest.mark.parametrize("code", ["", "general", "x' or 1=1 --", "\x00", "ŵ", "x" * 65])
def test_what_is_no_code_leads_nowhere(database: Database, code: str) -> None:
    with database.transaction() as tx:
        assert campaign_of(tx, HOME, code) is None


def test_each_organisation_sees_its_own_and_no_other(database: Database) -> None:
    ours, theirs, nobodys = (opened(database, of) for of in (HOME, "other", None))
    with database.transaction() as tx:
        assert [one.code for one in campaigns_of(tx, HOME)] == [ours]
        assert campaign_of(tx, HOME, ours)
        assert campaign_of(tx, HOME, theirs) is None
        assert campaign_of(tx, HOME, nobodys) is None
        assert campaign_of(tx, "other", theirs)


def test_it_is_open_up_to_and_with_its_last_day(database: Database) -> None:
    code = opened(database, HOME, closes=TODAY)
    with database.transaction() as tx:
        listed = campaign_of(tx, HOME, code)
    assert listed
    assert [listed.state(TODAY + timedelta(days=days)) for days in (0, 1)] == ["open", "over"]


def test_answers_become_a_plan_without_line_breaks_and_with_days_from_today() -> None:
    answers = {
        "about_what": " The\nWillow ",
        "asker": "Leeds carers",
        "promise": "A page",
        "back_in": "four_weeks",
        "welcome_line": None,
        "open_for": "until_closed",
    }
    plan = plan_of(answers, HOME, TODAY)
    assert plan == Plan("The Willow", "Leeds carers", "A page", date(2027, 3, 29), organisation=HOME)
    assert plan_of({**answers, "promise": None}, HOME, TODAY).promised_by is None
    assert plan_of({**answers, "open_for": "two_weeks"}, HOME, TODAY).closes_on == date(2027, 3, 15)


def test_the_flow_asks_for_no_more_than_a_campaign_takes_and_each_choice_of_days_is_known() -> None:
    places = load(OPENING).flow.by_id
    columns = {"about_what": "about", "asker": "asker", "promise": "promise", "welcome_line": "welcome"}
    assert {place: places[place].longest for place in columns} == {
        place: LONGEST[column] for place, column in columns.items()
    }
    for place in ("back_in", "open_for"):
        *days, without = [choice.id for choice in places[place].choices]
        assert set(days) == set(DAYS)
        assert without not in DAYS
