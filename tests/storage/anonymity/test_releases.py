"""Releases: responses become visible in batches only, and a batch does not reveal the order of submission."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from storage.anonymity.releases import Release, count_pending_responses, release_due_responses
from storage.anonymity.withdrawal import withdraw_response
from storage.campaigns.repository import GENERAL_CAMPAIGN, UnknownCampaignError
from storage.db.database import Database
from tests.support.numbered_responses import submit_numbered
from tests.support.raw_sql import create_clinic_campaign, execute_sql, fetch_rows
from tests.support.stored_responses import load_choices, load_comments

SIZE = 5


def withdraw(database: Database, person: int) -> str | None:
    with database.transaction() as session:
        return withdraw_response(session, person, f"receipt of {person}")


def read_released(database: Database) -> dict[int, set[int]]:
    """{release: numbers of the people in it}."""
    found: dict[int, set[int]] = {}
    for release, answers in fetch_rows(database, "select release, answers from released_responses"):
        found.setdefault(release, set()).add(int(json.loads(answers)["confident"]))
    return found


def test_responses_are_released_together_once_there_are_enough(database: Database) -> None:
    submit_numbered(database, *range(1, SIZE))
    assert release_due_responses(database, SIZE) == []
    assert read_released(database) == {}
    submit_numbered(database, SIZE, SIZE + 1)
    assert release_due_responses(database, SIZE) == [Release(GENERAL_CAMPAIGN, 1, SIZE + 1)]
    assert read_released(database) == {1: set(range(1, SIZE + 2))}
    assert count_pending_responses(database) == {}


def test_later_responses_wait_for_the_next_release(database: Database) -> None:
    submit_numbered(database, *range(1, 6))
    release_due_responses(database, SIZE)
    submit_numbered(database, *range(6, 10))
    assert release_due_responses(database, SIZE) == []
    submit_numbered(database, 10)
    assert release_due_responses(database, SIZE) == [Release(GENERAL_CAMPAIGN, 2, SIZE)]
    assert read_released(database) == {1: set(range(1, 6)), 2: set(range(6, 11))}


def test_a_released_comment_is_not_linked_to_its_row(database: Database) -> None:
    submit_numbered(database, *range(1, 6))
    release_due_responses(database, SIZE)
    assert load_comments(database) == {"informed_why": [f"words of {person}" for person in range(1, 6)]}
    assert all("informed_why" not in choices for choices in load_choices(database))
    ids = [set(fetch_rows(database, f"select id from {table}")) for table in ("released_responses", "comments")]
    receipts = [
        set(fetch_rows(database, f"select receipt_hash from {table}")) for table in ("released_responses", "comments")
    ]
    assert not ids[0] & ids[1]
    assert not receipts[0] & receipts[1]


def test_each_campaign_is_released_separately(database: Database) -> None:
    create_clinic_campaign(database)
    submit_numbered(database, 1, 2, 3, 4)
    submit_numbered(database, 11, 12, 13, 14, 15, campaign="clinic")
    assert release_due_responses(database, SIZE, GENERAL_CAMPAIGN) == []
    assert release_due_responses(database, SIZE) == [Release("clinic", 1, 5)]
    with pytest.raises(UnknownCampaignError, match="no campaign nowhere"):
        release_due_responses(database, SIZE, "nowhere")


def test_a_person_who_submits_several_times_counts_once(database: Database) -> None:
    """Otherwise the tenth response would be alone among answers that one person knows."""
    submit_numbered(database, 1)
    for number in range(SIZE + 2):
        submit_numbered(database, 2, receipt=f"again {number}")
    assert release_due_responses(database, SIZE) == []
    submit_numbered(database, *range(3, 3 + SIZE - 2))
    assert release_due_responses(database, SIZE) == [Release(GENERAL_CAMPAIGN, 1, 1 + SIZE + 2 + SIZE - 2)]
    submit_numbered(database, *range(3, 3 + SIZE))
    assert release_due_responses(database, SIZE) == [], "nobody new submitted since"


def test_a_response_withdrawn_before_its_release_does_not_count(database: Database) -> None:
    submit_numbered(database, *range(1, 6))
    assert withdraw(database, 3) == "waiting"
    assert release_due_responses(database, SIZE) == []
    submit_numbered(database, 6)
    release_due_responses(database, SIZE)
    assert read_released(database) == {1: {1, 2, 4, 5, 6}}
    assert withdraw(database, 3) is None


def test_a_response_withdrawn_after_its_release_is_deleted_at_once(database: Database) -> None:
    submit_numbered(database, *range(1, 6))
    release_due_responses(database, SIZE)
    assert withdraw(database, 3) == "released"
    assert read_released(database) == {1: {1, 2, 4, 5}}
    assert "words of 3" not in str(load_comments(database))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["send"] * 4 + ["back", "release"]), st.integers(0, 30)), max_size=60))
def test_any_actions_keep_release_sizes_and_each_response_once(
    sqlite_database: Database, actions: list[tuple[str, int]]
) -> None:
    for table in ("pending_parts", "released_responses", "releases", "comments", "participations"):
        execute_sql(sqlite_database, f"delete from {table}")
    execute_sql(sqlite_database, "update campaigns set new_participants = 0, release_count = 0")
    members: set[int] = set()
    sizes = []
    for number, (action, index) in enumerate(actions):
        if action == "send":
            submit_numbered(sqlite_database, number)
            members.add(number)
        elif action == "back" and members:
            leaver = sorted(members)[index % len(members)]
            assert withdraw(sqlite_database, leaver)
            members.remove(leaver)
        else:
            sizes += [one.response_count for one in release_due_responses(sqlite_database, SIZE)]
    assert all(size >= SIZE for size in sizes)
    assert sorted(int(choices["confident"] or 0) for choices in load_choices(sqlite_database)) == sorted(members)
    assert load_comments(sqlite_database).get("informed_why", []) == sorted(f"words of {person}" for person in members)
    assert len(fetch_rows(sqlite_database, "select * from participations")) == len(members)


def test_two_workers_releasing_at_once_make_one_release(database: Database) -> None:
    submit_numbered(database, *range(1, 8))
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: release_due_responses(database, SIZE), range(2)))
    assert sorted(map(len, found)) == [0, 1]
    assert len(load_choices(database)) == 7


def test_responses_submitted_during_a_release_are_neither_lost_nor_doubled(database: Database) -> None:
    def action(person: int) -> None:
        submit_numbered(database, person)
        release_due_responses(database, SIZE)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(action, range(1, 41)))
    assert sorted(int(choices["confident"] or 0) for choices in load_choices(database)) == list(range(1, 41))


def test_a_withdrawal_concurrent_with_submissions_is_final(database: Database) -> None:
    """Each submission rewrites the inbox, and must not restore a response that is being withdrawn."""
    submit_numbered(database, *range(1, 21))
    with ThreadPoolExecutor(4) as threads:
        withdrawals = [threads.submit(withdraw, database, person) for person in range(1, 21)]
        submissions = [threads.submit(submit_numbered, database, person) for person in range(21, 41)]
        assert [one.result() for one in withdrawals] == ["waiting"] * 20
        assert [one.result() for one in submissions] == [None] * 20
    assert sorted(int(choices["confident"] or 0) for choices in load_choices(database)) == list(range(21, 41))
