"""The gate: what a release shows is settled with the first look, and nobody is told by what changes afterwards."""

from collections import Counter
from threading import Thread

import pytest
from sqlalchemy import Connection

from flows.models import Run
from storage.anonymity import snapshots
from storage.anonymity.comments import Counted, Said, Withheld
from storage.anonymity.gateway import Shown, opened
from storage.anonymity.k_anonymity import Class, Tally
from storage.anonymity.participation import close_campaign
from storage.anonymity.periods import released_in, seen_of
from storage.anonymity.releases import release_due
from storage.anonymity.sealing import seal
from storage.anonymity.withdrawal import withdraw
from storage.campaigns.repository import GENERAL, Campaign, CampaignUnknown
from storage.db.database import Database
from tests.support.raw_sql import rows

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
        assert (list(campaign.rows()), list(campaign.comments())) == ([], [])
        assert {one.reason for one in campaign.withheld()} == {"few_comments"}
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
        send(
            database, person, confident=("not_sure", "1", "")[person % 3], role="neighbour" if person else "paid_worker"
        )
    release_due(database, K)
    with opened(database, GENERAL, K) as campaign:
        place = campaign.columns.index("confident")
        assert Counter(row[place] for row in campaign.rows()) == {"not_sure": 3, "1": 3, "skipped": 3}
        assert {row[campaign.columns.index("wider_support")] for row in campaign.rows()} == {"not_asked"}
        assert "*" in {row[campaign.columns.index("role")] for row in campaign.rows()}


def test_a_look_changes_nothing_and_the_next_one_shows_the_same(database: Database) -> None:
    release(database, *range(12))
    first = look(database)
    assert len(first) == 12
    assert look(database) == first


@pytest.mark.parametrize("size", [2 * K, K])
def test_what_was_settled_with_one_size_is_shown_with_it_until_the_next_release(database: Database, size: int) -> None:
    for person in range(K + 1):
        send(database, person, f"words of {person}")
    release(database, *range(10, 20))
    before = all_of(database, 3 * K - size)
    with opened(database, GENERAL, size) as campaign:
        assert (campaign.k, campaign.size) == (3 * K - size, size)
    assert all_of(database, size) == before
    release(database, *range(30, 40))
    with opened(database, GENERAL, size) as campaign:
        assert campaign.k == size


def all_of(database: Database, size: int) -> tuple[list[Shown], list[Counted], list[Said], list[Withheld]]:
    with opened(database, GENERAL, size) as campaign:
        return list(campaign.rows()), campaign.counts(), list(campaign.comments()), campaign.withheld()


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
    release(database, *range(20, 30))
    assert len(look(database)) == 8 + 10
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
    for person in range(20, 20 + 2 * K):
        send(database, person, f"words of {person}")
    release_due(database, K)
    with opened(database, GENERAL, K) as campaign:
        said = list(campaign.comments())
    assert {one.words for one in said} == {f"words of {person}" for person in (*range(K - 1), *range(20, 20 + 2 * K))}
    assert {(one.question, one.state) for one in said} == {("informed_why", "new")}


def test_rows_come_by_periods_of_growing_size_and_stay_as_they_came(database: Database) -> None:
    """They want 1, 2, 4, 8 times k responses, then at least as many, or a tenth of all before."""
    looks: dict[int, Counter[str]] = {}
    for number in range(1, 24):
        release(database, *range(number * K, number * K + K))
        looks[number] = Counter(row[4] for row in look(database))
    assert looks[1] == looks[2] == {"1": 5}
    assert looks[3] == looks[6] == {"1": 5, "2": 10}
    assert looks[7] == {"1": 5, "2": 10, "4": 20}
    assert looks[15] == looks[22] == {"1": 5, "2": 10, "4": 20, "8": 40}
    assert looks[23] == {"1": 5, "2": 10, "4": 20, "8": 40, "16": 40}


def test_counts_are_of_the_rows_that_are_shown_and_of_no_others(database: Database) -> None:
    """Else what a period brought could be told release by release: see what is counted, and then which rows came."""
    release(database, *range(30))
    release(database, *range(30, 50), *range(50, 58))
    assert (total(database), len(look(database))) == ("60", 58)
    release(database, *range(60, 65))
    assert (total(database), len(look(database))) == ("60", 58)
    with database.transaction() as tx:
        assert (released_in(tx, [GENERAL]), seen_of(tx, GENERAL)) == ({GENERAL: 63}, 58)


def test_when_a_campaign_closes_its_last_period_is_over(database: Database) -> None:
    release(database, *range(30))
    release(database, *range(30, 36))
    assert (total(database), len(look(database))) == ("*", 30)
    take_back(database, 3)
    with database.transaction() as tx:
        close_campaign(tx, GENERAL)
    assert len(look(database)) == 35
    release(database, *range(40, 46))  # whoever took theirs back counts as one fewer
    assert len(look(database)) == 41, "whoever was on their way when it closed"
    assert Counter(row[4] for row in look(database)) == {"1": 29, "2": 6, "3": 6}


def test_closing_shows_no_going_by_itself(database: Database) -> None:
    release(database, *range(30))
    before = Counter(look(database))
    take_back(database, 3)
    with database.transaction() as tx:
        close_campaign(tx, GENERAL)
    assert Counter(look(database)) == before


def test_a_look_ends_while_people_send(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than one sender, as each look reads for a while."""
    release(database, *range(12))
    reads = 0
    tallied = snapshots._tallies  # noqa: SLF001 - a moment inside a look

    def sending_meanwhile(tx: Connection, campaign: Campaign) -> dict[Class, Tally]:
        nonlocal reads
        reads += 1
        found = tallied(tx, campaign)
        sending = Thread(target=send, args=(database, 100 + reads))
        sending.start()
        sending.join()
        return found

    monkeypatch.setattr(snapshots, "_tallies", sending_meanwhile)
    look(database)
    assert reads == 1


def total(database: Database) -> str:
    with opened(database, GENERAL, K) as campaign:
        [shown] = [one.shown for one in campaign.counts() if (one.question, one.answer) == ("informed", "")]
    return shown


def test_one_download_more_singles_nobody_out(database: Database) -> None:
    """Of the rows that are new in it, at least k look like any of them."""
    release(database, *range(15))
    before = look(database)
    for person in range(20, 49):
        send(database, person)
    release(database, 49, role="paid_worker")
    new = Counter(look(database)) - Counter(before)
    assert new.total() == 30
    assert min(Counter(row[:5] for row in new.elements()).values()) >= K
