"""The gate: what a release shows is settled with the first look, and nobody is told by what changes afterwards."""

from collections import Counter
from threading import Thread

import pytest

from storage.anonymity import snapshots
from storage.anonymity.comments import Comment
from storage.anonymity.gateway import AnswerCount, DisplayedRow, SuppressedColumn, open_release_view
from storage.anonymity.k_anonymity import ClassTally, EquivalenceClass
from storage.anonymity.participation import close_campaign
from storage.anonymity.releases import count_released_responses, count_visible_responses, release_due_responses
from storage.campaigns.repository import GENERAL_CAMPAIGN, Campaign, UnknownCampaignError
from storage.db.database import Database
from storage.db.session import Session
from tests.support.raw_sql import fetch_rows
from tests.support.responses import (
    RELEASE_SIZE,
    fetch_released_rows,
    release_responses,
    submit_response,
    withdraw_by_receipt,
)


def test_nothing_is_shown_before_the_first_release(database: Database) -> None:
    for person in range(RELEASE_SIZE - 1):
        submit_response(database, person)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.release == 0
        assert (list(campaign.iter_rows()), list(campaign.iter_comments())) == ([], [])
        assert {one.reason for one in campaign.list_suppressed_columns()} == {"few_comments"}
        assert {one.display_value for one in campaign.count_answers()} == {"*"}
    with pytest.raises(UnknownCampaignError), open_release_view(database, "nowhere", RELEASE_SIZE):
        pass


def test_the_columns_are_what_tells_people_apart_and_then_the_scales(database: Database) -> None:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.quasi_identifiers == ("role", "viewpoint", "language", "version", "release")
        assert campaign.columns[5:8] == ("informed", "confident", "connected")
        assert not [column for column in campaign.columns if column.endswith("_why")]


def test_not_sure_skipped_not_asked_and_not_shown_stay_four_things(database: Database) -> None:
    for person in range(9):
        submit_response(
            database, person, confident=("not_sure", "1", "")[person % 3], role="neighbour" if person else "paid_worker"
        )
    release_due_responses(database, RELEASE_SIZE)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        place = campaign.columns.index("confident")
        assert Counter(row[place] for row in campaign.iter_rows()) == {"not_sure": 3, "1": 3, "skipped": 3}
        assert {row[campaign.columns.index("wider_support")] for row in campaign.iter_rows()} == {"not_asked"}
        assert "*" in {row[campaign.columns.index("role")] for row in campaign.iter_rows()}


def test_a_look_changes_nothing_and_the_next_one_shows_the_same(database: Database) -> None:
    release_responses(database, *range(12))
    first = fetch_released_rows(database)
    assert len(first) == 12
    assert fetch_released_rows(database) == first


@pytest.mark.parametrize("size", [2 * RELEASE_SIZE, RELEASE_SIZE])
def test_what_was_settled_with_one_size_is_shown_with_it_until_the_next_release(database: Database, size: int) -> None:
    for person in range(RELEASE_SIZE + 1):
        submit_response(database, person, f"words of {person}")
    release_responses(database, *range(10, 20))
    before = all_of(database, 3 * RELEASE_SIZE - size)
    with open_release_view(database, GENERAL_CAMPAIGN, size) as campaign:
        assert (campaign.k, campaign.release_size) == (3 * RELEASE_SIZE - size, size)
    assert all_of(database, size) == before
    release_responses(database, *range(30, 40))
    with open_release_view(database, GENERAL_CAMPAIGN, size) as campaign:
        assert campaign.k == size


def all_of(
    database: Database, size: int
) -> tuple[list[DisplayedRow], list[AnswerCount], list[Comment], list[SuppressedColumn]]:
    with open_release_view(database, GENERAL_CAMPAIGN, size) as campaign:
        return (
            list(campaign.iter_rows()),
            campaign.count_answers(),
            list(campaign.iter_comments()),
            campaign.list_suppressed_columns(),
        )


def test_who_takes_back_after_a_look_stays_in_that_release_without_a_receipt_or_details(database: Database) -> None:
    release_responses(database, *range(9))
    release_due_responses(database, RELEASE_SIZE)
    submit_response(database, 50, role="paid_worker")
    first = fetch_released_rows(database)
    assert withdraw_by_receipt(database, 4) == "released"
    assert Counter(fetch_released_rows(database)) == Counter(first)
    assert len(fetch_rows(database, "select * from released_responses")) == 8
    [(details, answers)] = fetch_rows(database, "select quasi_identifiers, answers from withdrawn_responses")
    assert "role" not in answers
    assert details == '["*", "*", "*", "*", "*"]' or "family_carer" in details


def test_with_the_next_release_it_is_gone(database: Database) -> None:
    release_responses(database, *range(9))
    fetch_released_rows(database)
    withdraw_by_receipt(database, 4)
    release_responses(database, *range(20, 30))
    assert len(fetch_released_rows(database)) == 8 + 10
    assert fetch_rows(database, "select * from withdrawn_responses") == []


def test_who_takes_back_before_anybody_looked_is_gone_at_once(database: Database) -> None:
    release_responses(database, *range(9))
    withdraw_by_receipt(database, 4)
    assert len(fetch_released_rows(database)) == 8
    assert fetch_rows(database, "select * from withdrawn_responses") == []


def test_somebody_unlike_the_others_is_not_shown_as_such(database: Database) -> None:
    for person in range(12):
        submit_response(database, person)
    release_responses(database, 99, role="neighbour", viewpoint="community")
    assert not [row for row in fetch_released_rows(database) if "neighbour" in row or "community" in row]


def test_comments_are_given_out_only_where_enough_stand_together_and_not_if_withheld(database: Database) -> None:
    for person in range(RELEASE_SIZE - 1):
        submit_response(database, person, f"words of {person}")
    release_responses(database, *range(10, 15))
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert list(campaign.iter_comments()) == []
    for person in range(20, 20 + 2 * RELEASE_SIZE):
        submit_response(database, person, f"words of {person}")
    release_due_responses(database, RELEASE_SIZE)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        said = list(campaign.iter_comments())
    assert {one.text for one in said} == {
        f"words of {person}" for person in (*range(RELEASE_SIZE - 1), *range(20, 20 + 2 * RELEASE_SIZE))
    }
    assert {(one.question, one.state) for one in said} == {("informed_why", "new")}


def test_rows_come_by_periods_of_growing_size_and_stay_as_they_came(database: Database) -> None:
    """They want 1, 2, 4, 8 times k responses, then at least as many, or a tenth of all before."""
    looks: dict[int, Counter[str]] = {}
    for number in range(1, 24):
        release_responses(database, *range(number * RELEASE_SIZE, number * RELEASE_SIZE + RELEASE_SIZE))
        looks[number] = Counter(row[4] for row in fetch_released_rows(database))
    assert looks[1] == looks[2] == {"1": 5}
    assert looks[3] == looks[6] == {"1": 5, "2": 10}
    assert looks[7] == {"1": 5, "2": 10, "4": 20}
    assert looks[15] == looks[22] == {"1": 5, "2": 10, "4": 20, "8": 40}
    assert looks[23] == {"1": 5, "2": 10, "4": 20, "8": 40, "16": 40}


def test_counts_are_of_the_rows_that_are_shown_and_of_no_others(database: Database) -> None:
    """Else what a period brought could be told release by release: see what is counted, and then which rows came."""
    release_responses(database, *range(30))
    release_responses(database, *range(30, 50), *range(50, 58))
    assert (total(database), len(fetch_released_rows(database))) == ("60", 58)
    release_responses(database, *range(60, 65))
    assert (total(database), len(fetch_released_rows(database))) == ("60", 58)
    with database.transaction() as session:
        assert (
            count_released_responses(session, [GENERAL_CAMPAIGN]),
            count_visible_responses(session, GENERAL_CAMPAIGN),
        ) == ({GENERAL_CAMPAIGN: 63}, 58)


def test_when_a_campaign_closes_its_last_period_is_over(database: Database) -> None:
    release_responses(database, *range(30))
    release_responses(database, *range(30, 36))
    assert (total(database), len(fetch_released_rows(database))) == ("*", 30)
    withdraw_by_receipt(database, 3)
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert len(fetch_released_rows(database)) == 35
    release_responses(database, *range(40, 46))  # whoever took theirs back counts as one fewer
    assert len(fetch_released_rows(database)) == 41, "whoever was on their way when it closed"
    assert Counter(row[4] for row in fetch_released_rows(database)) == {"1": 29, "2": 6, "3": 6}


def test_closing_shows_no_going_by_itself(database: Database) -> None:
    release_responses(database, *range(30))
    before = Counter(fetch_released_rows(database))
    withdraw_by_receipt(database, 3)
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert Counter(fetch_released_rows(database)) == before


def test_a_look_ends_while_people_send(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one sender, as each look reads for a while."""
    release_responses(database, *range(12))
    reads = 0
    tallied = snapshots._tally_rows  # noqa: SLF001 - a moment inside a look

    def sending_meanwhile(session: Session, campaign: Campaign) -> dict[EquivalenceClass, ClassTally]:
        nonlocal reads
        reads += 1
        found = tallied(session, campaign)
        sending = Thread(target=submit_response, args=(database, 100 + reads))
        sending.start()
        sending.join()
        return found

    monkeypatch.setattr(snapshots, "_tally_rows", sending_meanwhile)
    fetch_released_rows(database)
    assert reads == 1


def total(database: Database) -> str:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        [shown] = [
            one.display_value for one in campaign.count_answers() if (one.question, one.answer) == ("informed", "")
        ]
    return shown


def test_one_download_more_singles_nobody_out(database: Database) -> None:
    """Of the rows that are new in it, at least k look like any of them."""
    release_responses(database, *range(15))
    before = fetch_released_rows(database)
    for person in range(20, 49):
        submit_response(database, person)
    release_responses(database, 49, role="paid_worker")
    new = Counter(fetch_released_rows(database)) - Counter(before)
    assert new.total() == 30
    assert min(Counter(row[:5] for row in new.elements()).values()) >= RELEASE_SIZE
