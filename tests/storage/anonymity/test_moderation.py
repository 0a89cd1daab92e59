"""Moderation in the database: comments are approved, withheld and reset, and single words hidden."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from threading import Thread

import pytest

from storage.anonymity.comments import COMMENT_APPROVED, COMMENT_NEW, COMMENT_WITHHELD, ModerationView
from storage.anonymity.gateway import SuppressedColumn, open_release_view
from storage.anonymity.moderation import UnknownCommentError, redact_comment_words, restore_comment_words
from storage.anonymity.moderation import set_comment_state as set_comment_state_in
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
    """A release with a comment in each response."""
    for person in range(12):
        submit_response(database, person, f"words of {person}")
    assert release_due_responses(database, RELEASE_SIZE)
    return database


def read(database: Database, *states: str) -> dict[str, str]:
    """{id: text} of the comments in these states."""
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        return {one.id: one.text for one in campaign.iter_comments(*states)}


def set_state(database: Database, campaign: str, ids: Sequence[str], state: str) -> None:
    with database.transaction() as session:
        set_comment_state_in(session, campaign, ids, state)


def list_held_back(database: Database) -> list[SuppressedColumn]:
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        return [one for one in campaign.list_suppressed_columns() if one.reason == "held_back"]


def test_approve_withhold_and_reset_change_exactly_those_comments(commented_release: Database) -> None:
    everything = read(commented_release)
    first, second, third, *rest = everything
    set_state(commented_release, GENERAL_CAMPAIGN, [first, second], COMMENT_APPROVED)
    set_state(commented_release, GENERAL_CAMPAIGN, [third], COMMENT_WITHHELD)
    assert set(read(commented_release, COMMENT_APPROVED)) == {first, second}
    assert set(read(commented_release, COMMENT_WITHHELD)) == {third}
    assert set(read(commented_release, COMMENT_NEW)) == set(rest)
    assert set(read(commented_release)) == {first, second, *rest}
    set_state(commented_release, GENERAL_CAMPAIGN, [first, third], COMMENT_NEW)
    assert (set(read(commented_release, COMMENT_APPROVED)), read(commented_release, COMMENT_WITHHELD)) == ({second}, {})


def test_the_number_of_withheld_comments_is_rounded(commented_release: Database) -> None:
    assert list_held_back(commented_release) == []
    first, *rest = read(commented_release)
    set_state(commented_release, GENERAL_CAMPAIGN, [first], COMMENT_WITHHELD)
    assert list_held_back(commented_release) == [SuppressedColumn("informed_why", "held_back", "*")]
    set_state(commented_release, GENERAL_CAMPAIGN, rest[:9], COMMENT_WITHHELD)
    assert list_held_back(commented_release) == [SuppressedColumn("informed_why", "held_back", "10")]


def test_withheld_comments_count_towards_k(commented_release: Database) -> None:
    """Otherwise withholding a comment could hide the others."""
    set_state(commented_release, GENERAL_CAMPAIGN, list(read(commented_release))[: 12 - 2], COMMENT_WITHHELD)
    assert len(read(commented_release)) == 2


def test_moderating_a_withdrawn_comment_fails_and_changes_nothing(commented_release: Database) -> None:
    ids_by_text = {words: one for one, words in read(commented_release).items()}
    withdraw_by_receipt(commented_release, 4)
    with pytest.raises(UnknownCommentError, match=ids_by_text["words of 4"]):
        set_state(
            commented_release,
            GENERAL_CAMPAIGN,
            [ids_by_text["words of 3"], ids_by_text["words of 4"]],
            COMMENT_APPROVED,
        )
    assert read(commented_release, COMMENT_APPROVED) == {}


def test_a_comment_can_be_moderated_in_its_own_campaign_only(commented_release: Database) -> None:
    with pytest.raises(UnknownCampaignError):
        set_state(commented_release, "nowhere", list(read(commented_release)), COMMENT_APPROVED)
    assert read(commented_release, COMMENT_APPROVED) == {}


def hide(database: Database, comment: str, *words: int) -> None:
    with database.transaction() as session:
        redact_comment_words(session, GENERAL_CAMPAIGN, comment, words)


def show(database: Database, comment: str, *words: int) -> None:
    with database.transaction() as session:
        restore_comment_words(session, GENERAL_CAMPAIGN, comment, words or None)


def test_hidden_words_are_hidden_everywhere_until_restored(
    commented_release: Database,
) -> None:
    ids_by_text = {words: one for one, words in read(commented_release).items()}
    one = ids_by_text["words of 7"]
    hide(commented_release, one, 0)
    hide(commented_release, one, 2)
    set_state(commented_release, GENERAL_CAMPAIGN, [one], COMMENT_APPROVED)
    assert read(commented_release, COMMENT_APPROVED) == {one: "[hidden] of [hidden]"}
    with open_release_view(commented_release, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        exported = [str(row[2]) for row in build_export(campaign).comments.iter_rows()]
        assert [words for words in exported if "hidden" in words] == ["[hidden] of [hidden]"]
        stored = campaign.find_comment(one).comment
        assert stored
        assert (stored.text, set(stored.redacted_words), stored.state) == ("words of 7", {0, 2}, COMMENT_APPROVED)
    show(commented_release, one, 0)
    assert read(commented_release, COMMENT_APPROVED) == {one: "words of [hidden]"}
    show(commented_release, one)
    assert {words: one for one, words in read(commented_release).items()} == ids_by_text
    assert b"words of" not in b"".join(
        bytes(words) for (words,) in fetch_rows(commented_release, "select text from comments")
    )


def test_a_withdrawn_comment_has_no_words_to_hide(commented_release: Database) -> None:
    ids_by_text = {words: one for one, words in read(commented_release).items()}
    one = ids_by_text["words of 4"]
    hide(commented_release, one, 2)
    withdraw_by_receipt(commented_release, 4)
    assert fetch_rows(commented_release, "select count(*) from comments where redacted_words <> '[]'") == [(0,)]
    for change in (hide, show):
        with pytest.raises(UnknownCommentError, match=one):
            change(commented_release, one, 1)


def test_words_hidden_concurrently_are_all_hidden(commented_release: Database) -> None:
    one = next(iter(read(commented_release)))
    threads = [Thread(target=hide, args=(commented_release, one, number)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert fetch_rows(commented_release, "select redacted_words from comments where redacted_words <> '[]'") == [
        ("[0, 1, 2, 3, 4, 5, 6, 7]",)
    ]


def test_of_two_concurrent_approvals_one_changes_the_comment(postgresql_url: str) -> None:
    """The second transaction waits for the first, and then finds that the comment is approved already."""
    with closing(open_database(postgresql_url, TEST_SECRET_KEY)) as database, ThreadPoolExecutor(1) as threads:
        for person in range(12):
            submit_response(database, person, f"words of {person}")
        assert release_due_responses(database, RELEASE_SIZE)
        [one, *_] = read(database)
        with database.transaction() as session:
            assert set_comment_state_in(session, GENERAL_CAMPAIGN, [one], COMMENT_APPROVED) == 1
            second = threads.submit(approve, database, one)
            while not fetch_rows(postgresql_url, WAITING_SESSIONS_SQL):
                assert not second.done()
        assert second.result(20) == 0


def approve(database: Database, one: str) -> int:
    with database.transaction() as session:
        return set_comment_state_in(session, GENERAL_CAMPAIGN, [one], COMMENT_APPROVED)


def test_comments_are_read_one_by_one(commented_release: Database) -> None:
    everything, after, seen_ids = read(commented_release), "", []
    with open_release_view(commented_release, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        while (view := campaign.find_next_comment(after, COMMENT_NEW)).comment:
            seen_ids.append(after := view.comment.id)
            assert view.remaining == len(everything) - len(seen_ids)
            assert view.counts_by_state == {COMMENT_NEW: len(everything)}
    assert sorted(seen_ids) == sorted(everything)
    set_state(commented_release, GENERAL_CAMPAIGN, seen_ids[3:5], COMMENT_APPROVED)
    with open_release_view(commented_release, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        found = campaign.find_next_comment(seen_ids[2], COMMENT_NEW)
        assert found.comment
        assert (found.comment.id, found.remaining) == (seen_ids[5], len(seen_ids) - 6), (
            "approved comments are passed over"
        )
        assert campaign.find_next_comment("", COMMENT_APPROVED).remaining == 1


def test_comments_not_visible_yet_cannot_be_moderated(database: Database) -> None:
    for person in range(12):
        submit_response(database, person, f"words of {person}" if person < RELEASE_SIZE - 1 else None)
    assert release_due_responses(database, RELEASE_SIZE)
    [(one,), *_] = fetch_rows(database, "select id from comments")
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.find_next_comment("", COMMENT_NEW) == campaign.find_comment(one) == ModerationView(None, 0, {})


def test_comments_that_became_too_few_cannot_be_moderated(database: Database) -> None:
    for person in range(12):
        submit_response(database, person, f"words of {person}" if person < RELEASE_SIZE else None)
    assert release_due_responses(database, RELEASE_SIZE)
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.find_next_comment("", COMMENT_NEW).remaining == RELEASE_SIZE - 1
    withdraw_by_receipt(database, 0)
    [(one,), *_] = fetch_rows(database, "select id from comments")
    with open_release_view(database, GENERAL_CAMPAIGN, RELEASE_SIZE) as campaign:
        assert campaign.find_next_comment("", COMMENT_NEW) == campaign.find_comment(one) == ModerationView(None, 0, {})
