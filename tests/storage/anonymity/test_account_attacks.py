"""Attacks of one account on the rule that ten people hide each other."""

import pytest

from bot.handlers.turn import take_turn
from bot.telegram.updates import Incoming
from flows.models import Commanded, Tapped
from storage.anonymity.gateway import opened
from storage.anonymity.releases import release_due, waiting_in
from storage.campaigns.repository import GENERAL
from storage.db.database import Database
from tests.support.account_attacks import CLINIC, takes_back, tries
from tests.support.raw_sql import open_clinic, rows
from tests.support.stored_chat import NOW, Turning
from tests.support.stored_responses import sent

K = 5
MOLE, VICTIM = 555, 4242
CARER = {"role": "family_carer", "viewpoint": "myself", "informed": "1"}


@pytest.mark.parametrize("campaign", [CLINIC, GENERAL])
def test_who_takes_back_what_was_released_and_sends_again_and_again_is_one_person(
    database: Database, campaign: str
) -> None:
    """The n-1 attack: else the next release would be one account's nine, and one other's."""
    open_clinic(database)
    sent_first = [tries(database, MOLE, campaign, CARER) for _ in range(K)]
    for person in range(1, K):
        tries(database, person, campaign, CARER)
    assert len(release_due(database, K)) == 1
    for receipt in filter(None, sent_first):
        assert takes_back(database, MOLE, receipt) == "released"
        assert tries(database, MOLE, campaign, CARER)
    tries(database, VICTIM, campaign, CARER)
    assert release_due(database, K) == []
    for person in range(11, 11 + K - 2 + (campaign == GENERAL)):  # there, the mole is nobody new
        assert release_due(database, K) == []
        tries(database, person, campaign, CARER)
    assert len(release_due(database, K)) == 1


@pytest.mark.parametrize("campaign", [CLINIC, GENERAL])
def test_who_takes_back_what_waits_and_sends_again_and_again_is_one_person(database: Database, campaign: str) -> None:
    open_clinic(database)
    for _ in range(3 * K):
        receipts = [tries(database, MOLE, campaign, CARER) for _ in range(2)]
        assert receipts[0]
        takes_back(database, MOLE, receipts[0])
    tries(database, VICTIM, campaign, CARER)
    assert release_due(database, K) == []


def test_one_account_fills_nobody_s_group(database: Database) -> None:
    """Else the one other of a group of ten could be told by taking away the nine."""
    open_clinic(database)
    worker = {**CARER, "role": "paid_worker"}
    for _ in range(K):
        tries(database, MOLE, CLINIC, worker)
    tries(database, VICTIM, CLINIC, worker)
    for person in range(1, K + 1):
        tries(database, person, CLINIC, CARER)
    assert len(release_due(database, K)) == 1
    with opened(database, CLINIC, K) as gate:
        assert "paid_worker" not in str(list(gate.rows()))


def test_one_account_brings_nobody_s_comment_out(database: Database) -> None:
    open_clinic(database)
    for _ in range(K):
        tries(database, MOLE, CLINIC, {**CARER, "informed_why": "mine"})
    tries(database, VICTIM, CLINIC, {**CARER, "informed_why": "the manager shouted at us"})
    for person in range(1, K + 1):
        tries(database, person, CLINIC, CARER)
    assert len(release_due(database, K)) == 1
    with opened(database, CLINIC, K) as gate:
        assert list(gate.comments()) == []


def by_link(database: Database, chat: int) -> Turning:
    """Somebody who followed the campaign's link."""
    turning = Turning(database, chat)
    turning.do(Commanded("start", CLINIC))
    return turning


def sends(turning: Turning) -> None:
    while turning.asked is not None:
        turning.do(turning.way_on())


def test_whose_answers_are_in_begins_no_second_walk_by_the_link_until_they_took_them_back(database: Database) -> None:
    open_clinic(database)
    turning = by_link(database, MOLE)
    sends(turning)
    [told] = turning.do(Commanded("start", CLINIC))
    assert told.kind == "answered_already"
    assert (told.underway, told.unsent) == (False, False)
    assert rows(database, "select * from runs") == rows(database, "select * from chats") == []
    turning.do(Tapped("", 0, "", "withdraw_yes", f"receipt-of-{MOLE}"))
    [asked] = turning.do(Commanded("start", CLINIC))
    assert asked.kind == "place_reached"


def test_without_a_link_people_still_answer_about_several_services(database: Database) -> None:
    for number in range(2):
        turning = Turning(database)
        turning.to_check()
        turning.send(f"receipt {number}")
    assert len(sent(database)) == 2


def test_another_walk_that_is_under_way_stands_when_an_answered_link_is_followed(database: Database) -> None:
    open_clinic(database)
    turning = by_link(database, MOLE)
    sends(turning)
    turning.do(Commanded("start"))
    turning.do(turning.way_on())
    run = rows(database, "select * from runs")
    [told] = turning.do(Commanded("start", CLINIC))
    assert told.kind == "answered_already"
    assert told.underway
    assert [row[:9] for row in rows(database, "select * from runs")] == [row[:9] for row in run]


def test_at_send_nothing_is_sent_beside_what_is_in_and_nothing_is_lost(database: Database) -> None:
    """A walk that was begun before the answers were in, such as by an earlier version."""
    open_clinic(database)
    turning = by_link(database, MOLE)
    while turning.asked and turning.asked.kind != "check_reached":
        turning.do(turning.way_on())
    receipt = tries(database, MOLE, CLINIC, CARER)
    assert receipt
    for _ in range(2):
        [told] = turning.do(turning.tap("send", "another-receipt"))
        assert told.kind == "answered_already"
        assert told.unsent
    assert waiting_in(database) == {CLINIC: 1}
    assert rows(database, "select * from answers")
    turning.do(Tapped("", 0, "", "withdraw_yes", receipt))
    turning.do(turning.tap("send", "another-receipt"))
    assert waiting_in(database) == {CLINIC: 1}
    assert rows(database, "select * from runs") == []


def test_the_same_send_that_is_brought_twice_is_sealed_once(database: Database) -> None:
    open_clinic(database)
    turning = by_link(database, MOLE)
    while turning.asked and turning.asked.kind != "check_reached":
        turning.do(turning.way_on())
    tap = turning.tap("send", "a-receipt")
    turning.do(tap)
    turning.do(tap)
    incoming = Incoming(1_000_000, MOLE, tap, "en")
    assert take_turn(database, incoming, tap, NOW)
    assert waiting_in(database) == {CLINIC: 1}
