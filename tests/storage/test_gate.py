"""The gate: what a release shows is settled with the first look, and nobody is told by what changes afterwards."""

from collections import Counter

import pytest

from flows.run import Run
from storage.campaigns import GENERAL, CampaignUnknown
from storage.database import Database
from storage.sealed.details import FIRST_PERIOD
from storage.sealed.envelope import seal
from storage.sealed.gate import Shown, opened
from storage.sealed.releases import release_due
from storage.sealed.withdrawing import withdraw
from tests.storage.looking import rows

K = 5


def send(database: Database, person: int, words: str | None = None, **answers: str) -> None:
    given = {
        "role": "family_carer",
        "viewpoint": "myself",
        "informed": str(person % 3 - 1),
        "confident": str(person % 5 - 2),
    }
    given |= {"connected": str(person % 2)} | answers | ({"informed_why": words} if words else {})
    with database.transaction() as tx:
        run = Run("", "connection_test", 1, "en")
        seal(tx, database.cipher, run, person, given, f"receipt of {person}")


def take_back(database: Database, person: int) -> str | None:
    with database.transaction() as tx:
        return withdraw(tx, database.cipher, person, f"receipt of {person}")


def release(database: Database, *people: int, **answers: str) -> None:
    for person in people:
        send(database, person, **answers)
    assert release_due(database, K)


def look(database: Database) -> list[Shown]:
    with opened(database, GENERAL, K) as campaign:
        return list(campaign.rows())


def test_nothing_is_shown_before_the_first_release(database: Database) -> None:
    for person in range(K - 1):
        send(database, person)
    with opened(database, GENERAL, K) as campaign:
        assert campaign.release == 0
        assert (list(campaign.rows()), campaign.withheld(), list(campaign.comments())) == ([], [], [])
        assert {one.shown for one in campaign.counts()} == {"*"}
    with pytest.raises(CampaignUnknown), opened(database, "nowhere", K):
        pass


def test_the_columns_are_what_tells_people_apart_and_then_the_scales(database: Database) -> None:
    with opened(database, GENERAL, K) as campaign:
        assert campaign.details == ("role", "viewpoint", "language", "version", "release")
        assert campaign.columns[5:8] == ("informed", "confident", "connected")
        assert not [column for column in campaign.columns if column.endswith("_why")]


def test_not_sure_skipped_not_asked_and_not_shown_stay_four_things(database: Database) -> None:
    for person in range(9):
        send(database, person, confident=("not_sure", "1", "")[person % 3])
    release_due(database, K)
    with opened(database, GENERAL, K) as campaign:
        place = campaign.columns.index("confident")
        assert Counter(row[place] for row in campaign.rows()) == {"not_sure": 3, "1": 3, "skipped": 3}
        assert {row[campaign.columns.index("wider_support")] for row in campaign.rows()} == {"not_asked"}
        assert {row[campaign.columns.index("release")] for row in campaign.rows()} == {"*"}


def test_a_look_changes_nothing_and_the_next_one_shows_the_same(database: Database) -> None:
    release(database, *range(12))
    first = look(database)
    assert len(first) == 12
    assert look(database) == first


def test_who_takes_back_after_a_look_stays_in_that_release_without_a_receipt_or_details(database: Database) -> None:
    release(database, *range(9))
    release_due(database, K)
    send(database, 50, role="paid_worker")
    first = look(database)
    assert take_back(database, 4) == "released"
    assert Counter(look(database)) == Counter(first)
    assert len(rows(database, "select * from released")) == 8
    [(details, answers)] = rows(database, "select details, answers from leaving")
    assert "role" not in answers
    assert details == '["*", "*", "*", "*", "*"]' or "family_carer" in details


def test_with_the_next_release_it_is_gone(database: Database) -> None:
    release(database, *range(9))
    look(database)
    take_back(database, 4)
    release(database, *range(20, 25))
    assert len(look(database)) == 8 + 5
    assert rows(database, "select * from leaving") == []


def test_who_takes_back_before_anybody_looked_is_gone_at_once(database: Database) -> None:
    release(database, *range(9))
    take_back(database, 4)
    assert len(look(database)) == 8
    assert rows(database, "select * from leaving") == []


def test_somebody_unlike_the_others_is_not_shown_as_such(database: Database) -> None:
    for person in range(12):
        send(database, person)
    release(database, 99, role="neighbour", viewpoint="community")
    assert not [row for row in look(database) if "neighbour" in row or "community" in row]


def test_comments_are_given_out_only_where_enough_stand_together_and_not_if_withheld(database: Database) -> None:
    for person in range(K - 1):
        send(database, person, f"words of {person}")
    release(database, *range(10, 15))
    with opened(database, GENERAL, K) as campaign:
        assert list(campaign.comments()) == []
    for person in range(20, 20 + K):
        send(database, person, f"words of {person}")
    release_due(database, K)
    with opened(database, GENERAL, K) as campaign:
        said = list(campaign.comments())
    assert {one.words for one in said} == {f"words of {person}" for person in (*range(K - 1), *range(20, 20 + K))}
    assert {(one.question, one.state) for one in said} == {("informed_why", "new")}


def test_details_are_shown_once_their_period_is_over_and_stay_so(database: Database) -> None:
    """Periods want 3 times k responses, then twice as many each."""
    looks: dict[int, Counter[str]] = {}
    for number in range(1, 11):
        release(database, *range(number * K, number * K + K))
        looks[number] = Counter(row[4] for row in look(database))
    assert FIRST_PERIOD == 3
    assert looks[2] == {"*": 10}
    assert looks[3] == {"1": 15}
    assert looks[4] == {"1": 15, "*": 5}
    assert looks[8] == {"1": 15, "*": 25}
    assert looks[9] == {"1": 15, "4": 30}
    assert looks[10] == {"1": 15, "4": 30, "*": 5}


def test_one_download_more_singles_nobody_out(database: Database) -> None:
    """A stranger among those who came since the last look: shown at once, two downloads would tell the answers."""
    release(database, *range(15))
    before = look(database)
    for person in range(20, 24):
        send(database, person)
    release(database, 24, role="paid_worker")
    new = Counter(look(database)) - Counter(before)
    assert new.total() == 5
    assert {row[:5] for row in new} == {("*",) * 5}
