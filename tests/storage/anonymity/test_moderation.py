"""A coordinator's word on comments: approved for everybody, withheld from all, and undone."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread

import pytest

from storage.anonymity.comments import COMMENT_APPROVED, COMMENT_NEW, COMMENT_WITHHELD, ModerationView
from storage.anonymity.gateway import SuppressedColumn, open_release_view
from storage.anonymity.moderation import UnknownCommentError, redact_comment_words, restore_comment_words
from storage.anonymity.moderation import set_comment_state as judge_in
from storage.anonymity.releases import release_due_responses
from storage.campaigns.repository import GENERAL_CAMPAIGN, UnknownCampaignError
from storage.db.database import Database, open_database
from storage.export.tables import build_export
from tests.support.postgresql import TEST_SECRET_KEY
from tests.support.raw_sql import fetch_rows
from tests.support.responses import RELEASE_SIZE, submit_response, withdraw_by_receipt
from tests.support.worker_threads import WAITING_SESSIONS_SQL


@pytest.fixture
def commented_release(database: Database) -> Database:
    """A release in which everybody said something."""
    for person in range(12):
        submit_response(database, person, f"words of {person}")
    assert release_due_responses(database, RELEASE_SIZE)
    return database


def read(database: Database, *states: str) -> dict[str, str]:
    """The comments in these states: {id: words}."""
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        return {one.id: one.text for one in campaign.iter_comments(*states)}


def judge(database: Database, campaign: str, ids: Sequence[str], state: str) -> None:
    with database.transaction() as session:
        judge_in(session, campaign, ids, state)


def held_back(database: Database) -> list[SuppressedColumn]:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        return [one for one in campaign.list_suppressed_columns() if one.reason == "held_back"]


def test_what_is_approved_withheld_and_undone_is_just_those(commented_release: Database) -> None:
    everything = read(commented_release)
    first, second, third, *rest = everything
    judge(commented_release, GENERAL_CAMPAIGN, [first, second], COMMENT_APPROVED)
    judge(commented_release, GENERAL_CAMPAIGN, [third], COMMENT_WITHHELD)
    assert set(read(commented_release, COMMENT_APPROVED)) == {first, second}
    assert set(read(commented_release, COMMENT_WITHHELD)) == {third}
    assert set(read(commented_release, COMMENT_NEW)) == set(rest)
    assert set(read(commented_release)) == {first, second, *rest}
    judge(commented_release, GENERAL_CAMPAIGN, [first, third], COMMENT_NEW)
    assert (set(read(commented_release, COMMENT_APPROVED)), read(commented_release, COMMENT_WITHHELD)) == ({second}, {})


def test_how_many_are_held_back_is_said_as_counts_are(commented_release: Database) -> None:
    assert held_back(commented_release) == []
    first, *rest = read(commented_release)
    judge(commented_release, GENERAL_CAMPAIGN, [first], COMMENT_WITHHELD)
    assert held_back(commented_release) == [SuppressedColumn("informed_why", "held_back", "*")]
    judge(commented_release, GENERAL_CAMPAIGN, rest[:9], COMMENT_WITHHELD)
    assert held_back(commented_release) == [SuppressedColumn("informed_why", "held_back", "10")]


def test_those_held_back_still_count_as_there(commented_release: Database) -> None:
    """Else what somebody thinks of a comment would hide the others."""
    judge(commented_release, GENERAL_CAMPAIGN, list(read(commented_release))[: 12 - 2], COMMENT_WITHHELD)
    assert len(read(commented_release)) == 2


def test_a_comment_that_was_taken_back_is_gone_and_nothing_is_changed(commented_release: Database) -> None:
    there = {words: one for one, words in read(commented_release).items()}
    withdraw_by_receipt(commented_release, 4)
    with pytest.raises(UnknownCommentError, match=there["words of 4"]):
        judge(commented_release, GENERAL_CAMPAIGN, [there["words of 3"], there["words of 4"]], COMMENT_APPROVED)
    assert read(commented_release, COMMENT_APPROVED) == {}


def test_a_comment_is_of_its_campaign(commented_release: Database) -> None:
    with pytest.raises(UnknownCampaignError):
        judge(commented_release, "nowhere", list(read(commented_release)), COMMENT_APPROVED)
    assert read(commented_release, COMMENT_APPROVED) == {}


def hide(database: Database, comment: str, *words: int) -> None:
    with database.transaction() as session:
        redact_comment_words(session, GENERAL_CAMPAIGN, comment, words)


def show(database: Database, comment: str, *words: int) -> None:
    with database.transaction() as session:
        restore_comment_words(session, GENERAL_CAMPAIGN, comment, words or None)


def test_hidden_words_are_hidden_in_all_that_is_given_out_until_they_are_shown_again(
    commented_release: Database,
) -> None:
    there = {words: one for one, words in read(commented_release).items()}
    one = there["words of 7"]
    hide(commented_release, one, 0)
    hide(commented_release, one, 2)
    judge(commented_release, GENERAL_CAMPAIGN, [one], COMMENT_APPROVED)
    assert read(commented_release, COMMENT_APPROVED) == {one: "[hidden] of [hidden]"}
    with open_release_view(commented_release, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        given = [str(row[2]) for row in build_export(campaign).comments.iter_rows()]
        assert [words for words in given if "hidden" in words] == ["[hidden] of [hidden]"]
        kept = campaign.find_comment(one).comment
        assert kept
        assert (kept.text, set(kept.redacted_words), kept.state) == ("words of 7", {0, 2}, COMMENT_APPROVED)
    show(commented_release, one, 0)
    assert read(commented_release, COMMENT_APPROVED) == {one: "words of [hidden]"}
    show(commented_release, one)
    assert {words: one for one, words in read(commented_release).items()} == there
    assert b"words of" not in b"".join(
        bytes(words) for (words,) in fetch_rows(commented_release, "select text from comments")
    )


def test_what_was_taken_back_has_no_words_to_hide_and_its_row_is_gone_with_them(commented_release: Database) -> None:
    there = {words: one for one, words in read(commented_release).items()}
    one = there["words of 4"]
    hide(commented_release, one, 2)
    withdraw_by_receipt(commented_release, 4)
    assert fetch_rows(commented_release, "select count(*) from comments where redacted_words <> '[]'") == [(0,)]
    for act in (hide, show):
        with pytest.raises(UnknownCommentError, match=one):
            act(commented_release, one, 1)


def test_two_who_hide_words_of_one_comment_at_once_both_do(commented_release: Database) -> None:
    one = next(iter(read(commented_release)))
    threads = [Thread(target=hide, args=(commented_release, one, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetch_rows(commented_release, "select redacted_words from comments where redacted_words <> '[]'") == [
        ("[0, 1, 2, 3, 4, 5, 6, 7]",)
    ]


def test_of_two_who_think_the_same_of_a_comment_at_once_one_changes_it(postgresql_url: str) -> None:
    """The second one is told that it was approved already: it waits until the first one is done."""
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as database, ThreadPoolExecutor(1) as threads:
        for person in range(12):
            submit_response(database, person, f"words of {person}")
        assert release_due_responses(database, RELEASE_SIZE)
        [one, *_] = read(database)
        with database.transaction() as session:
            assert judge_in(session, GENERAL_CAMPAIGN, [one], COMMENT_APPROVED) == 1
            second = threads.submit(judged, database, one)
            while not fetch_rows(postgresql_url, WAITING_SESSIONS_SQL):
                assert not second.done()
        assert second.result(20) == 0


def judged(database: Database, one: str) -> int:
    with database.transaction() as session:
        return judge_in(session, GENERAL_CAMPAIGN, [one], COMMENT_APPROVED)


def test_they_are_read_one_after_another_each_once(commented_release: Database) -> None:
    everything, after, met = read(commented_release), "", []
    with open_release_view(commented_release, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        while (looked := campaign.find_next_comment(after, COMMENT_NEW)).comment:
            met.append(after := looked.comment.id)
            assert looked.remaining == len(everything) - len(met)
            assert looked.counts_by_state == {COMMENT_NEW: len(everything)}
    assert sorted(met) == sorted(everything)
    judge(commented_release, GENERAL_CAMPAIGN, met[3:5], COMMENT_APPROVED)
    with open_release_view(commented_release, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        found = campaign.find_next_comment(met[2], COMMENT_NEW)
        assert found.comment
        assert (found.comment.id, found.remaining) == (met[5], len(met) - 6), "those approved are passed over"
        assert campaign.find_next_comment("", COMMENT_APPROVED).remaining == 1


def test_those_that_are_not_given_out_yet_are_not_read_either(database: Database) -> None:
    for person in range(12):
        submit_response(database, person, f"words of {person}" if person < RELEASE_SIZE - 1 else None)
    assert release_due_responses(database, RELEASE_SIZE)
    [(one,), *_] = fetch_rows(database, "select id from comments")
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.find_next_comment("", COMMENT_NEW) == campaign.find_comment(one) == ModerationView(None, 0, {})


def test_those_that_became_too_few_are_not_read_any_more(database: Database) -> None:
    for person in range(12):
        submit_response(database, person, f"words of {person}" if person < RELEASE_SIZE else None)
    assert release_due_responses(database, RELEASE_SIZE)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.find_next_comment("", COMMENT_NEW).remaining == RELEASE_SIZE - 1
    withdraw_by_receipt(database, 0)
    [(one,), *_] = fetch_rows(database, "select id from comments")
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.find_next_comment("", COMMENT_NEW) == campaign.find_comment(one) == ModerationView(None, 0, {})
