"""Releases: nothing becomes visible alone, all of a batch does together, and says nothing of the order of sending."""

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
REST = "flow, about, participation_key, is_closed, release_count, withdrawn_count, new_participants"


def take_back(database: Database, person: int) -> str | None:
    with database.transaction() as session:
        return withdraw_response(session, person, f"receipt of {person}")


def visible(database: Database) -> dict[int, set[int]]:
    """Who can be seen, by release."""
    found: dict[int, set[int]] = {}
    for release, answers in fetch_rows(database, "select release, answers from released_responses"):
        found.setdefault(release, set()).add(int(json.loads(answers)["confident"]))
    return found


def test_nothing_is_visible_before_enough_wait_and_then_all_are_together(database: Database) -> None:
    submit_numbered(database, *range(1, SIZE))
    assert release_due_responses(database, SIZE) == []
    assert visible(database) == {}
    submit_numbered(database, SIZE, SIZE + 1)
    assert release_due_responses(database, SIZE) == [Release(GENERAL_CAMPAIGN, 1, SIZE + 1)]
    assert visible(database) == {1: set(range(1, SIZE + 2))}
    assert count_pending_responses(database) == {}


def test_the_rest_waits_on_for_a_release_of_its_own(database: Database) -> None:
    submit_numbered(database, *range(1, 6))
    release_due_responses(database, SIZE)
    submit_numbered(database, *range(6, 10))
    assert release_due_responses(database, SIZE) == []
    submit_numbered(database, 10)
    assert release_due_responses(database, SIZE) == [Release(GENERAL_CAMPAIGN, 2, SIZE)]
    assert visible(database) == {1: set(range(1, 6)), 2: set(range(6, 11))}


def test_a_comment_is_released_apart_from_its_row_and_nothing_but_the_receipt_joins_them(database: Database) -> None:
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


def test_campaigns_are_released_each_by_itself(database: Database) -> None:
    create_clinic_campaign(database)
    submit_numbered(database, 1, 2, 3, 4)
    submit_numbered(database, 11, 12, 13, 14, 15, campaign="clinic")
    assert release_due_responses(database, SIZE, GENERAL_CAMPAIGN) == []
    assert release_due_responses(database, SIZE) == [Release("clinic", 1, 5)]
    with pytest.raises(UnknownCampaignError, match="no campaign nowhere"):
        release_due_responses(database, SIZE, "nowhere")


def test_somebody_who_sends_nine_times_is_not_nine_people(database: Database) -> None:
    """Else the tenth would stand alone among answers that the nine-timer knows."""
    submit_numbered(database, 1)
    for number in range(SIZE + 2):
        submit_numbered(database, 2, receipt=f"again {number}")
    assert release_due_responses(database, SIZE) == []
    submit_numbered(database, *range(3, 3 + SIZE - 2))
    assert release_due_responses(database, SIZE) == [Release(GENERAL_CAMPAIGN, 1, 1 + SIZE + 2 + SIZE - 2)]
    submit_numbered(database, *range(3, 3 + SIZE))
    assert release_due_responses(database, SIZE) == [], "nobody new came since"


def test_what_is_taken_back_while_it_waits_does_not_count(database: Database) -> None:
    submit_numbered(database, *range(1, 6))
    assert take_back(database, 3) == "waiting"
    assert release_due_responses(database, SIZE) == []
    submit_numbered(database, 6)
    release_due_responses(database, SIZE)
    assert visible(database) == {1: {1, 2, 4, 5, 6}}
    assert take_back(database, 3) is None


def test_what_is_taken_back_after_its_release_is_erased_at_once(database: Database) -> None:
    submit_numbered(database, *range(1, 6))
    release_due_responses(database, SIZE)
    assert take_back(database, 3) == "released"
    assert visible(database) == {1: {1, 2, 4, 5}}
    assert "words of 3" not in str(load_comments(database))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["send"] * 4 + ["back", "release"]), st.integers(0, 30)), max_size=60))
def test_whatever_people_do_each_release_has_enough_and_each_response_one_place(
    sqlite_database: Database, acts: list[tuple[str, int]]
) -> None:
    for table in ("pending_parts", "released_responses", "releases", "comments", "participations"):
        execute_sql(sqlite_database, f"delete from {table}")
    execute_sql(sqlite_database, "update campaigns set new_participants = 0, release_count = 0")
    inside: set[int] = set()
    sizes = []
    for number, (act, which) in enumerate(acts):
        if act == "send":
            submit_numbered(sqlite_database, number)
            inside.add(number)
        elif act == "back" and inside:
            gone = sorted(inside)[which % len(inside)]
            assert take_back(sqlite_database, gone)
            inside.remove(gone)
        else:
            sizes += [one.response_count for one in release_due_responses(sqlite_database, SIZE)]
    assert all(size >= SIZE for size in sizes)
    assert sorted(int(choices["confident"] or 0) for choices in load_choices(sqlite_database)) == sorted(inside)
    assert load_comments(sqlite_database).get("informed_why", []) == sorted(f"words of {person}" for person in inside)
    assert len(fetch_rows(sqlite_database, "select * from participations")) == len(inside)


def test_two_workers_that_release_at_once_make_one_release(database: Database) -> None:
    submit_numbered(database, *range(1, 8))
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: release_due_responses(database, SIZE), range(2)))
    assert sorted(map(len, found)) == [0, 1]
    assert len(load_choices(database)) == 7


def test_people_who_send_while_others_are_released_are_neither_lost_nor_doubled(database: Database) -> None:
    def act(person: int) -> None:
        submit_numbered(database, person)
        release_due_responses(database, SIZE)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(act, range(1, 41)))
    assert sorted(int(choices["confident"] or 0) for choices in load_choices(database)) == list(range(1, 41))


def test_what_is_sent_and_taken_back_at_once_is_gone_whoever_was_first(database: Database) -> None:
    """The inbox is written anew by each who sends: a response that is taken back must not come back with it."""
    submit_numbered(database, *range(1, 21))
    with ThreadPoolExecutor(4) as threads:
        back = [threads.submit(take_back, database, person) for person in range(1, 21)]
        more = [threads.submit(submit_numbered, database, person) for person in range(21, 41)]
        assert [one.result() for one in back] == ["waiting"] * 20
        assert [one.result() for one in more] == [None] * 20
    assert sorted(int(choices["confident"] or 0) for choices in load_choices(database)) == list(range(21, 41))
