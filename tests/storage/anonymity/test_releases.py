"""Releases: nothing becomes visible alone, all of a batch does together, and says nothing of the order of sending."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.models import Run, Tapped
from storage.anonymity.releases import Release, release_due, waiting_in
from storage.anonymity.sealing import seal, seal_earlier
from storage.anonymity.withdrawal import withdraw
from storage.campaigns.repository import GENERAL, CampaignUnknown
from storage.db.database import Database
from tests.support.raw_sql import change, open_clinic, rows
from tests.support.stored_chat import Turning
from tests.support.stored_responses import said, sent

SIZE = 5
REST = "flow, about, key, closed, releases, taken_back, people"


def send(database: Database, *people: int, campaign: str = GENERAL, receipt: str = "") -> None:
    """Each sends one response that can be told from all others, with one comment."""
    for person in people:
        run = Run("", "connection_test", 1, "en", campaign=campaign)
        answers = {
            "role": "family_carer",
            "informed": None,
            "informed_why": f"words of {person}",
            "confident": f"{person}",
        }
        with database.transaction() as tx:
            seal(tx, database.cipher, run, person, answers, receipt or f"receipt of {person}")


def take_back(database: Database, person: int) -> str | None:
    with database.transaction() as tx:
        return withdraw(tx, database.cipher, person, f"receipt of {person}")


def visible(database: Database) -> dict[int, set[int]]:
    """Who can be seen, by release."""
    found: dict[int, set[int]] = {}
    for release, answers in rows(database, "select release, answers from released"):
        found.setdefault(release, set()).add(int(json.loads(answers)["confident"]))
    return found


def test_nothing_is_visible_before_enough_wait_and_then_all_are_together(database: Database) -> None:
    send(database, *range(1, SIZE))
    assert release_due(database, SIZE) == []
    assert visible(database) == {}
    send(database, SIZE, SIZE + 1)
    assert release_due(database, SIZE) == [Release(GENERAL, 1, SIZE + 1)]
    assert visible(database) == {1: set(range(1, SIZE + 2))}
    assert waiting_in(database) == {}


def test_the_rest_waits_on_for_a_release_of_its_own(database: Database) -> None:
    send(database, *range(1, 6))
    release_due(database, SIZE)
    send(database, *range(6, 10))
    assert release_due(database, SIZE) == []
    send(database, 10)
    assert release_due(database, SIZE) == [Release(GENERAL, 2, SIZE)]
    assert visible(database) == {1: set(range(1, 6)), 2: set(range(6, 11))}


def test_a_comment_is_released_apart_from_its_row_and_nothing_but_the_receipt_joins_them(database: Database) -> None:
    send(database, *range(1, 6))
    release_due(database, SIZE)
    assert said(database) == {"informed_why": [f"words of {person}" for person in range(1, 6)]}
    assert all("informed_why" not in choices for choices in sent(database))
    ids = [set(rows(database, f"select id from {table}")) for table in ("released", "comments")]
    receipts = [set(rows(database, f"select receipt from {table}")) for table in ("released", "comments")]
    assert not ids[0] & ids[1]
    assert not receipts[0] & receipts[1]


def test_campaigns_are_released_each_by_itself(database: Database) -> None:
    open_clinic(database)
    send(database, 1, 2, 3, 4)
    send(database, 11, 12, 13, 14, 15, campaign="clinic")
    assert release_due(database, SIZE, GENERAL) == []
    assert release_due(database, SIZE) == [Release("clinic", 1, 5)]
    with pytest.raises(CampaignUnknown, match="no campaign nowhere"):
        release_due(database, SIZE, "nowhere")


def test_somebody_who_sends_nine_times_is_not_nine_people(database: Database) -> None:
    """Else the tenth would stand alone among answers that the nine-timer knows."""
    send(database, 1)
    for number in range(SIZE + 2):
        send(database, 2, receipt=f"again {number}")
    assert release_due(database, SIZE) == []
    send(database, *range(3, 3 + SIZE - 2))
    assert release_due(database, SIZE) == [Release(GENERAL, 1, 1 + SIZE + 2 + SIZE - 2)]
    send(database, *range(3, 3 + SIZE))
    assert release_due(database, SIZE) == [], "nobody new came since"


def test_what_is_taken_back_while_it_waits_does_not_count(database: Database) -> None:
    send(database, *range(1, 6))
    assert take_back(database, 3) == "waiting"
    assert release_due(database, SIZE) == []
    send(database, 6)
    release_due(database, SIZE)
    assert visible(database) == {1: {1, 2, 4, 5, 6}}
    assert take_back(database, 3) is None


def test_what_is_taken_back_after_its_release_is_erased_at_once(database: Database) -> None:
    send(database, *range(1, 6))
    release_due(database, SIZE)
    assert take_back(database, 3) == "released"
    assert visible(database) == {1: {1, 2, 4, 5}}
    assert "words of 3" not in str(said(database))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["send"] * 4 + ["back", "release"]), st.integers(0, 30)), max_size=60))
def test_whatever_people_do_each_release_has_enough_and_each_response_one_place(
    on_file: Database, acts: list[tuple[str, int]]
) -> None:
    for table in ("waiting", "released", "releases", "comments", "participations"):
        change(on_file, f"delete from {table}")
    change(on_file, "update campaigns set people = 0, releases = 0")
    inside: set[int] = set()
    sizes = []
    for number, (act, which) in enumerate(acts):
        if act == "send":
            send(on_file, number)
            inside.add(number)
        elif act == "back" and inside:
            gone = sorted(inside)[which % len(inside)]
            assert take_back(on_file, gone)
            inside.remove(gone)
        else:
            sizes += [one.responses for one in release_due(on_file, SIZE)]
    assert all(size >= SIZE for size in sizes)
    assert sorted(int(choices["confident"] or 0) for choices in sent(on_file)) == sorted(inside)
    assert said(on_file).get("informed_why", []) == sorted(f"words of {person}" for person in inside)
    assert len(rows(on_file, "select * from participations")) == len(inside)


def test_two_workers_that_release_at_once_make_one_release(database: Database) -> None:
    send(database, *range(1, 8))
    with ThreadPoolExecutor(2) as threads:
        found = list(threads.map(lambda _: release_due(database, SIZE), range(2)))
    assert sorted(map(len, found)) == [0, 1]
    assert len(sent(database)) == 7


def test_people_who_send_while_others_are_released_are_neither_lost_nor_doubled(database: Database) -> None:
    def act(person: int) -> None:
        send(database, person)
        release_due(database, SIZE)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(act, range(1, 41)))
    assert sorted(int(choices["confident"] or 0) for choices in sent(database)) == list(range(1, 41))


def test_what_is_sent_and_taken_back_at_once_is_gone_whoever_was_first(database: Database) -> None:
    """The inbox is written anew by each who sends: a response that is taken back must not come back with it."""
    send(database, *range(1, 21))
    with ThreadPoolExecutor(4) as threads:
        back = [threads.submit(take_back, database, person) for person in range(1, 21)]
        more = [threads.submit(send, database, person) for person in range(21, 41)]
        assert [one.result() for one in back] == ["waiting"] * 20
        assert [one.result() for one in more] == [None] * 20
    assert sorted(int(choices["confident"] or 0) for choices in sent(database)) == list(range(21, 41))


def test_what_an_earlier_version_wrote_in_the_clear_is_sealed_and_its_receipt_still_holds(database: Database) -> None:
    mark = database.cipher.mark("an old receipt")
    answers = json.dumps({"role": "neighbour", "informed_why": "words in the clear", "connected_why": None})
    old = "insert into responses (id, flow, version, language, answers, receipt) values (?, ?, ?, ?, ?, ?)"
    change(database, old, "a", "connection_test", 1, "en", answers, mark)
    change(database, old, "b", "of_a_newer_version", 1, "en", "{}", b"another")
    assert seal_earlier(database) == 1
    assert seal_earlier(database) == 0
    assert rows(database, "select id from responses") == [("b",)]
    assert said(database) == {"informed_why": ["words in the clear"]}
    [gone] = Turning(database).do(Tapped("", 0, "", "withdraw_yes", "an old receipt"))
    assert gone.kind == "withdrawal_confirmed"
    assert gone.found
    assert rows(database, "select * from waiting") == []
