"""A coordinator's word on comments: approved for everybody, withheld from all, and undone."""

from collections.abc import Sequence

import pytest

from storage.campaigns import GENERAL, CampaignUnknown
from storage.database import Database
from storage.sealed.gate import opened
from storage.sealed.judging import CommentGone
from storage.sealed.judging import judge as judge_in
from storage.sealed.releases import release_due
from storage.sealed.shown import APPROVED, HELD_BACK, NEW, Withheld
from tests.storage.test_gate import K, send, take_back


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
