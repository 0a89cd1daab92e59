"""A coordinator's word on comments: approved for everybody, withheld from all, and undone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread

import pytest

from storage.anonymity.comments import APPROVED, HELD_BACK, NEW, Looked, Withheld
from storage.anonymity.gateway import opened
from storage.anonymity.moderation import CommentGone, hide_words, show_words
from storage.anonymity.moderation import judge as judge_in
from storage.anonymity.releases import release_due
from storage.campaigns.repository import GENERAL, CampaignUnknown
from storage.db.database import Database, open_database
from storage.export.tables import download_of
from tests.storage.anonymity.test_gateway import K, send, take_back
from tests.storage.conversations.test_concurrent_workers import WAITING
from tests.support.postgresql import SECRET
from tests.support.raw_sql import rows


@pytest.fixture
def spoken(database: Database) -> Database:
    """A release in which everybody said something."""
    for person in range(12):
        send(database, person, f"words of {person}")
    assert release_due(database, K)
    return database


def read(database: Database, *states: str) -> dict[str, str]:
    """The comments in these states: {id: words}."""
    with opened(database, GENERAL, K) as campaign:
        return {one.id: one.words for one in campaign.comments(*states)}


def judge(database: Database, campaign: str, ids: Sequence[str], state: str) -> None:
    with database.transaction() as tx:
        judge_in(tx, campaign, ids, state)


def held_back(database: Database) -> list[Withheld]:
    with opened(database, GENERAL, K) as campaign:
        return [one for one in campaign.withheld() if one.reason == "held_back"]


def test_what_is_approved_withheld_and_undone_is_just_those(spoken: Database) -> None:
    everything = read(spoken)
    first, second, third, *rest = everything
    judge(spoken, GENERAL, [first, second], APPROVED)
    judge(spoken, GENERAL, [third], HELD_BACK)
    assert set(read(spoken, APPROVED)) == {first, second}
    assert set(read(spoken, HELD_BACK)) == {third}
    assert set(read(spoken, NEW)) == set(rest)
    assert set(read(spoken)) == {first, second, *rest}
    judge(spoken, GENERAL, [first, third], NEW)
    assert (set(read(spoken, APPROVED)), read(spoken, HELD_BACK)) == ({second}, {})


def test_how_many_are_held_back_is_said_as_counts_are(spoken: Database) -> None:
    assert held_back(spoken) == []
    first, *rest = read(spoken)
    judge(spoken, GENERAL, [first], HELD_BACK)
    assert held_back(spoken) == [Withheld("informed_why", "held_back", "*")]
    judge(spoken, GENERAL, rest[:9], HELD_BACK)
    assert held_back(spoken) == [Withheld("informed_why", "held_back", "10")]


def test_those_held_back_still_count_as_there(spoken: Database) -> None:
    """Else what somebody thinks of a comment would hide the others."""
    judge(spoken, GENERAL, list(read(spoken))[: 12 - 2], HELD_BACK)
    assert len(read(spoken)) == 2


def test_a_comment_that_was_taken_back_is_gone_and_nothing_is_changed(spoken: Database) -> None:
    there = {words: one for one, words in read(spoken).items()}
    take_back(spoken, 4)
    with pytest.raises(CommentGone, match=there["words of 4"]):
        judge(spoken, GENERAL, [there["words of 3"], there["words of 4"]], APPROVED)
    assert read(spoken, APPROVED) == {}


def test_a_comment_is_of_its_campaign(spoken: Database) -> None:
    with pytest.raises(CampaignUnknown):
        judge(spoken, "nowhere", list(read(spoken)), APPROVED)
    assert read(spoken, APPROVED) == {}


def hide(database: Database, comment: str, *words: int) -> None:
    with database.transaction() as tx:
        hide_words(tx, GENERAL, comment, words)


def show(database: Database, comment: str, *words: int) -> None:
    with database.transaction() as tx:
        show_words(tx, GENERAL, comment, words or None)


def test_hidden_words_are_hidden_in_all_that_is_given_out_until_they_are_shown_again(spoken: Database) -> None:
    there = {words: one for one, words in read(spoken).items()}
    one = there["words of 7"]
    hide(spoken, one, 0)
    hide(spoken, one, 2)
    judge(spoken, GENERAL, [one], APPROVED)
    assert read(spoken, APPROVED) == {one: "[hidden] of [hidden]"}
    with opened(spoken, GENERAL, K) as campaign:
        given = [str(row[2]) for row in download_of(campaign).comments.rows()]
        assert [words for words in given if "hidden" in words] == ["[hidden] of [hidden]"]
        kept = campaign.comment(one).comment
        assert kept
        assert (kept.words, set(kept.hidden), kept.state) == ("words of 7", {0, 2}, APPROVED)
    show(spoken, one, 0)
    assert read(spoken, APPROVED) == {one: "words of [hidden]"}
    show(spoken, one)
    assert {words: one for one, words in read(spoken).items()} == there
    assert b"words of" not in b"".join(bytes(words) for (words,) in rows(spoken, "select words from comments"))


def test_what_was_taken_back_has_no_words_to_hide_and_its_row_is_gone_with_them(spoken: Database) -> None:
    there = {words: one for one, words in read(spoken).items()}
    one = there["words of 4"]
    hide(spoken, one, 2)
    take_back(spoken, 4)
    assert rows(spoken, "select count(*) from comments where hidden <> '[]'") == [(0,)]
    for act in (hide, show):
        with pytest.raises(CommentGone, match=one):
            act(spoken, one, 1)


def test_two_who_hide_words_of_one_comment_at_once_both_do(spoken: Database) -> None:
    one = next(iter(read(spoken)))
    threads = [Thread(target=hide, args=(spoken, one, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rows(spoken, "select hidden from comments where hidden <> '[]'") == [("[0, 1, 2, 3, 4, 5, 6, 7]",)]


def test_of_two_who_think_the_same_of_a_comment_at_once_one_changes_it(on_server: str) -> None:
    """The second one is told that it was approved already: it waits until the first one is done."""
    with closing(open_database(on_server, SECRET)) as database, ThreadPoolExecutor(1) as threads:
        for person in range(12):
            send(database, person, f"words of {person}")
        assert release_due(database, K)
        [one, *_] = read(database)
        with database.transaction() as tx:
            assert judge_in(tx, GENERAL, [one], APPROVED) == 1
            second = threads.submit(judged, database, one)
            while not rows(on_server, WAITING):
                assert not second.done()
        assert second.result(20) == 0


def judged(database: Database, one: str) -> int:
    with database.transaction() as tx:
        return judge_in(tx, GENERAL, [one], APPROVED)


def test_they_are_read_one_after_another_each_once(spoken: Database) -> None:
    everything, after, met = read(spoken), "", []
    with opened(spoken, GENERAL, K) as campaign:
        while (looked := campaign.next_comment(after, NEW)).comment:
            met.append(after := looked.comment.id)
            assert looked.after == len(everything) - len(met)
            assert looked.many == {NEW: len(everything)}
    assert sorted(met) == sorted(everything)
    judge(spoken, GENERAL, met[3:5], APPROVED)
    with opened(spoken, GENERAL, K) as campaign:
        found = campaign.next_comment(met[2], NEW)
        assert found.comment
        assert (found.comment.id, found.after) == (met[5], len(met) - 6), "those approved are passed over"
        assert campaign.next_comment("", APPROVED).after == 1


def test_those_that_are_not_given_out_yet_are_not_read_either(database: Database) -> None:
    for person in range(12):
        send(database, person, f"words of {person}" if person < K - 1 else None)
    assert release_due(database, K)
    [(one,), *_] = rows(database, "select id from comments")
    with opened(database, GENERAL, K) as campaign:
        assert campaign.next_comment("", NEW) == campaign.comment(one) == Looked(None, 0, {})


def test_those_that_became_too_few_are_not_read_any_more(database: Database) -> None:
    for person in range(12):
        send(database, person, f"words of {person}" if person < K else None)
    assert release_due(database, K)
    with opened(database, GENERAL, K) as campaign:
        assert campaign.next_comment("", NEW).after == K - 1
    take_back(database, 0)
    [(one,), *_] = rows(database, "select id from comments")
    with opened(database, GENERAL, K) as campaign:
        assert campaign.next_comment("", NEW) == campaign.comment(one) == Looked(None, 0, {})
