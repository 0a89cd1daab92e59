"""The release view: a release is fixed when first read, and later changes single nobody out."""

from collections import Counter
from threading import Thread

import pytest

from storage.anonymity import snapshots
from storage.anonymity.comments import Comment
from storage.anonymity.gateway import AnswerCount, ShownRow, SuppressedColumn, open_release_view
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


def test_nothing_is_visible_before_the_first_release(database: Database) -> None:
    for person in range(RELEASE_SIZE - 1):
        submit_response(database, person)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.release == 0
        assert (list(campaign.iter_rows()), list(campaign.iter_comments())) == ([], [])
        assert {one.reason for one in campaign.list_suppressed_columns()} == {"few_comments"}
        assert {one.display_value for one in campaign.count_answers()} == {"*"}
    with pytest.raises(UnknownCampaignError), open_release_view(database, "nowhere", RELEASE_SIZE):
        pass


def test_columns_are_quasi_identifiers_followed_by_scales(database: Database) -> None:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.quasi_identifiers == ("role", "viewpoint", "language", "version", "release")
        assert campaign.columns[5:8] == ("informed", "confident", "connected")
        assert not [column for column in campaign.columns if column.endswith("_why")]


def test_not_sure_skipped_not_asked_and_suppressed_are_distinguished(database: Database) -> None:
    for person in range(9):
        submit_response(
            database, person, confident=("not_sure", "1", "")[person % 3], role="neighbour" if person else "paid_worker"
        )
    release_due_responses(database, RELEASE_SIZE)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        column_index = campaign.columns.index("confident")
        assert Counter(row[column_index] for row in campaign.iter_rows()) == {"not_sure": 3, "1": 3, "skipped": 3}
        assert {row[campaign.columns.index("wider_support")] for row in campaign.iter_rows()} == {"not_asked"}
        assert "*" in {row[campaign.columns.index("role")] for row in campaign.iter_rows()}


def test_reading_a_release_twice_gives_the_same_rows(database: Database) -> None:
    release_responses(database, *range(12))
    first = fetch_released_rows(database)
    assert len(first) == 12
    assert fetch_released_rows(database) == first


@pytest.mark.parametrize("size", [2 * RELEASE_SIZE, RELEASE_SIZE])
def test_a_release_keeps_its_k_until_the_next_release(database: Database, size: int) -> None:
    for person in range(RELEASE_SIZE + 1):
        submit_response(database, person, f"words of {person}")
    release_responses(database, *range(10, 20))
    before = read_all(database, 3 * RELEASE_SIZE - size)
    with open_release_view(database, GENERAL_CAMPAIGN, size) as campaign:
        assert (campaign.k, campaign.release_size) == (3 * RELEASE_SIZE - size, size)
    assert read_all(database, size) == before
    release_responses(database, *range(30, 40))
    with open_release_view(database, GENERAL_CAMPAIGN, size) as campaign:
        assert campaign.k == size


def read_all(
    database: Database, size: int
) -> tuple[list[ShownRow], list[AnswerCount], list[Comment], list[SuppressedColumn]]:
    with open_release_view(database, GENERAL_CAMPAIGN, size) as campaign:
        return (
            list(campaign.iter_rows()),
            campaign.count_answers(),
            list(campaign.iter_comments()),
            campaign.list_suppressed_columns(),
        )


def test_a_response_withdrawn_after_a_read_stays_anonymously_in_the_release(database: Database) -> None:
    release_responses(database, *range(9))
    release_due_responses(database, RELEASE_SIZE)
    submit_response(database, 50, role="paid_worker")
    first = fetch_released_rows(database)
    assert withdraw_by_receipt(database, 4) == "released"
    assert Counter(fetch_released_rows(database)) == Counter(first)
    assert len(fetch_rows(database, "select * from released_responses")) == 8
    [(details, answers)] = fetch_rows(database, "select quasi_identifiers, answers from withdrawn_responses")
    assert "role" not in answers
    assert details == '["family_carer", "myself", "en", "1", "1"]'


def test_a_withdrawn_response_disappears_with_the_next_release(database: Database) -> None:
    release_responses(database, *range(9))
    fetch_released_rows(database)
    withdraw_by_receipt(database, 4)
    release_responses(database, *range(20, 30))
    assert len(fetch_released_rows(database)) == 8 + 10
    assert fetch_rows(database, "select * from withdrawn_responses") == []


def test_a_response_withdrawn_before_a_read_disappears_at_once(database: Database) -> None:
    release_responses(database, *range(9))
    withdraw_by_receipt(database, 4)
    assert len(fetch_released_rows(database)) == 8
    assert fetch_rows(database, "select * from withdrawn_responses") == []


def test_unique_quasi_identifiers_are_suppressed(database: Database) -> None:
    for person in range(12):
        submit_response(database, person)
    release_responses(database, 99, role="neighbour", viewpoint="community")
    assert not [row for row in fetch_released_rows(database) if "neighbour" in row or "community" in row]


def test_comments_are_visible_once_a_question_has_k(database: Database) -> None:
    for person in range(RELEASE_SIZE - 1):
        submit_response(database, person, f"words of {person}")
    release_responses(database, *range(10, 15))
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert list(campaign.iter_comments()) == []
    for person in range(20, 20 + 2 * RELEASE_SIZE):
        submit_response(database, person, f"words of {person}")
    release_due_responses(database, RELEASE_SIZE)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        visible_comments = list(campaign.iter_comments())
    assert {one.text for one in visible_comments} == {
        f"words of {person}" for person in (*range(RELEASE_SIZE - 1), *range(20, 20 + 2 * RELEASE_SIZE))
    }
    assert {(one.question, one.state) for one in visible_comments} == {("informed_why", "new")}


def test_rows_become_visible_in_periods_of_growing_size(database: Database) -> None:
    """Periods need 1, 2, 4 and 8 times k responses, then at least as many or a tenth of all before."""
    periods: dict[int, Counter[str]] = {}
    for number in range(1, 24):
        release_responses(database, *range(number * RELEASE_SIZE, number * RELEASE_SIZE + RELEASE_SIZE))
        periods[number] = Counter(row[4] for row in fetch_released_rows(database))
    assert periods[1] == periods[2] == {"1": 5}
    assert periods[3] == periods[6] == {"1": 5, "2": 10}
    assert periods[7] == {"1": 5, "2": 10, "4": 20}
    assert periods[15] == periods[22] == {"1": 5, "2": 10, "4": 20, "8": 40}
    assert periods[23] == {"1": 5, "2": 10, "4": 20, "8": 40, "16": 40}


def test_counts_cover_exactly_the_visible_rows(database: Database) -> None:
    """Otherwise a comparison of counts and rows would reveal single releases within a period."""
    release_responses(database, *range(30))
    release_responses(database, *range(30, 50), *range(50, 58))
    assert (fetch_total(database), len(fetch_released_rows(database))) == ("60", 58)
    release_responses(database, *range(60, 65))
    assert (fetch_total(database), len(fetch_released_rows(database))) == ("60", 58)
    with database.transaction() as session:
        assert (
            count_released_responses(session, [GENERAL_CAMPAIGN]),
            count_visible_responses(session, GENERAL_CAMPAIGN),
        ) == ({GENERAL_CAMPAIGN: 63}, 58)


def test_closing_a_campaign_ends_its_last_period(database: Database) -> None:
    release_responses(database, *range(30))
    release_responses(database, *range(30, 36))
    assert (fetch_total(database), len(fetch_released_rows(database))) == ("*", 30)
    withdraw_by_receipt(database, 3)
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert len(fetch_released_rows(database)) == 35
    release_responses(database, *range(40, 46))  # one response was withdrawn, so one more is needed
    assert len(fetch_released_rows(database)) == 41, "including walks that were open when it closed"
    assert Counter(row[4] for row in fetch_released_rows(database)) == {"1": 29, "2": 6, "3": 6}


def test_closing_alone_does_not_reveal_a_withdrawal(database: Database) -> None:
    release_responses(database, *range(30))
    before = Counter(fetch_released_rows(database))
    withdraw_by_receipt(database, 3)
    with database.transaction() as session:
        close_campaign(session, GENERAL_CAMPAIGN)
    assert Counter(fetch_released_rows(database)) == before


def test_a_read_completes_during_submissions(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each read takes a while, and responses are submitted meanwhile."""
    release_responses(database, *range(12))
    reads = 0
    tally_rows = snapshots._tally_rows  # noqa: SLF001 - hooks into the read

    def tally_during_submission(session: Session, campaign: Campaign) -> dict[EquivalenceClass, ClassTally]:
        nonlocal reads
        reads += 1
        found = tally_rows(session, campaign)
        submission = Thread(target=submit_response, args=(database, 100 + reads))
        submission.start()
        submission.join()
        return found

    monkeypatch.setattr(snapshots, "_tally_rows", tally_during_submission)
    fetch_released_rows(database)
    assert reads == 1


def fetch_total(database: Database) -> str:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        [displayed] = [
            one.display_value for one in campaign.count_answers() if (one.question, one.answer) == ("informed", "")
        ]
    return displayed


def test_a_new_release_singles_nobody_out(database: Database) -> None:
    """Each new row looks like at least k new rows."""
    release_responses(database, *range(15))
    before = fetch_released_rows(database)
    for person in range(20, 49):
        submit_response(database, person)
    release_responses(database, 49, role="paid_worker")
    new = Counter(fetch_released_rows(database)) - Counter(before)
    assert new.total() == 30
    assert min(Counter(row[:5] for row in new.elements()).values()) >= RELEASE_SIZE
