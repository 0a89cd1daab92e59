"""Attacks of one account on the rule that ten people hide each other."""

import pytest

from bot.handlers.turn import take_turn
from bot.telegram.updates import IncomingUpdate
from flows.models import Command, Tap
from storage.anonymity.gateway import open_release_view
from storage.anonymity.releases import count_pending_responses, release_due_responses
from storage.campaigns.repository import GENERAL_CAMPAIGN
from storage.db.database import Database
from tests.support.account_attacks import CLINIC_CODE, try_to_submit, withdraw_by_receipt
from tests.support.raw_sql import create_clinic_campaign, fetch_rows
from tests.support.stored_chat import NOW, StoredChat
from tests.support.stored_responses import load_choices

K = 5
MOLE, VICTIM = 555, 4242
CARER = {"role": "family_carer", "viewpoint": "myself", "informed": "1"}


@pytest.mark.parametrize("campaign", [CLINIC_CODE, GENERAL_CAMPAIGN])
def test_who_takes_back_what_was_released_and_sends_again_and_again_is_one_person(
    database: Database, campaign: str
) -> None:
    """The n-1 attack: else the next release would be one account's nine, and one other's."""
    create_clinic_campaign(database)
    sent_first = [try_to_submit(database, MOLE, campaign, CARER) for _ in range(K)]
    for person in range(1, K):
        try_to_submit(database, person, campaign, CARER)
    assert len(release_due_responses(database, K)) == 1
    for receipt in filter(None, sent_first):
        assert withdraw_by_receipt(database, MOLE, receipt) == "released"
        assert try_to_submit(database, MOLE, campaign, CARER)
    try_to_submit(database, VICTIM, campaign, CARER)
    assert release_due_responses(database, K) == []
    for person in range(11, 11 + K - 2 + (campaign == GENERAL_CAMPAIGN)):  # there, the mole is nobody new
        assert release_due_responses(database, K) == []
        try_to_submit(database, person, campaign, CARER)
    assert len(release_due_responses(database, K)) == 1


@pytest.mark.parametrize("campaign", [CLINIC_CODE, GENERAL_CAMPAIGN])
def test_who_takes_back_what_waits_and_sends_again_and_again_is_one_person(database: Database, campaign: str) -> None:
    create_clinic_campaign(database)
    for _ in range(3 * K):
        receipts = [try_to_submit(database, MOLE, campaign, CARER) for _ in range(2)]
        assert receipts[0]
        withdraw_by_receipt(database, MOLE, receipts[0])
    try_to_submit(database, VICTIM, campaign, CARER)
    assert release_due_responses(database, K) == []


def test_one_account_fills_nobody_s_group(database: Database) -> None:
    """Else the one other of a group of ten could be told by taking away the nine."""
    create_clinic_campaign(database)
    worker = {**CARER, "role": "paid_worker"}
    for _ in range(K):
        try_to_submit(database, MOLE, CLINIC_CODE, worker)
    try_to_submit(database, VICTIM, CLINIC_CODE, worker)
    for person in range(1, K + 1):
        try_to_submit(database, person, CLINIC_CODE, CARER)
    assert len(release_due_responses(database, K)) == 1
    with open_release_view(database, CLINIC_CODE, K) as gate:
        assert "paid_worker" not in str(list(gate.iter_rows()))


def test_one_account_brings_nobody_s_comment_out(database: Database) -> None:
    create_clinic_campaign(database)
    for _ in range(K):
        try_to_submit(database, MOLE, CLINIC_CODE, {**CARER, "informed_why": "mine"})
    try_to_submit(database, VICTIM, CLINIC_CODE, {**CARER, "informed_why": "the manager shouted at us"})
    for person in range(1, K + 1):
        try_to_submit(database, person, CLINIC_CODE, CARER)
    assert len(release_due_responses(database, K)) == 1
    with open_release_view(database, CLINIC_CODE, K) as gate:
        assert list(gate.iter_comments()) == []


def by_link(database: Database, chat_id: int) -> StoredChat:
    """Somebody who followed the campaign's link."""
    stored_chat = StoredChat(database, chat_id)
    stored_chat.send_reply(Command("start", CLINIC_CODE))
    return stored_chat


def sends(stored_chat: StoredChat) -> None:
    while stored_chat.prompt_event is not None:
        stored_chat.send_reply(stored_chat.make_next_reply())


def test_whose_answers_are_in_begins_no_second_walk_by_the_link_until_they_took_them_back(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = by_link(database, MOLE)
    sends(stored_chat)
    [told] = stored_chat.send_reply(Command("start", CLINIC_CODE))
    assert told.kind == "already_responded"
    assert (told.has_unfinished_run, told.is_unsent) == (False, False)
    assert fetch_rows(database, "select * from runs") == fetch_rows(database, "select * from chats") == []
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", f"receipt-of-{MOLE}"))
    [asked] = stored_chat.send_reply(Command("start", CLINIC_CODE))
    assert asked.kind == "step_reached"


def test_without_a_link_people_still_answer_about_several_services(database: Database) -> None:
    for number in range(2):
        stored_chat = StoredChat(database)
        stored_chat.walk_to_review()
        stored_chat.submit(f"receipt {number}")
    assert len(load_choices(database)) == 2


def test_another_walk_that_is_under_way_stands_when_an_answered_link_is_followed(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = by_link(database, MOLE)
    sends(stored_chat)
    stored_chat.send_reply(Command("start"))
    stored_chat.send_reply(stored_chat.make_next_reply())
    run = fetch_rows(database, "select * from runs")
    [told] = stored_chat.send_reply(Command("start", CLINIC_CODE))
    assert told.kind == "already_responded"
    assert told.has_unfinished_run
    assert [row[:9] for row in fetch_rows(database, "select * from runs")] == [row[:9] for row in run]


def test_at_send_nothing_is_sent_beside_what_is_in_and_nothing_is_lost(database: Database) -> None:
    """A walk that was begun before the answers were in, such as by an earlier version."""
    create_clinic_campaign(database)
    stored_chat = by_link(database, MOLE)
    while stored_chat.prompt_event and stored_chat.prompt_event.kind != "review_reached":
        stored_chat.send_reply(stored_chat.make_next_reply())
    receipt = try_to_submit(database, MOLE, CLINIC_CODE, CARER)
    assert receipt
    for _ in range(2):
        [told] = stored_chat.send_reply(stored_chat.make_tap("send", "another-receipt"))
        assert told.kind == "already_responded"
        assert told.is_unsent
    assert count_pending_responses(database) == {CLINIC_CODE: 1}
    assert fetch_rows(database, "select * from answers")
    stored_chat.send_reply(Tap("", 0, "", "withdraw_yes", receipt))
    stored_chat.send_reply(stored_chat.make_tap("send", "another-receipt"))
    assert count_pending_responses(database) == {CLINIC_CODE: 1}
    assert fetch_rows(database, "select * from runs") == []


def test_the_same_send_that_is_brought_twice_is_sealed_once(database: Database) -> None:
    create_clinic_campaign(database)
    stored_chat = by_link(database, MOLE)
    while stored_chat.prompt_event and stored_chat.prompt_event.kind != "review_reached":
        stored_chat.send_reply(stored_chat.make_next_reply())
    tap = stored_chat.make_tap("send", "a-receipt")
    stored_chat.send_reply(tap)
    stored_chat.send_reply(tap)
    incoming = IncomingUpdate(1_000_000, MOLE, tap, "en")
    assert take_turn(database, incoming, tap, NOW)
    assert count_pending_responses(database) == {CLINIC_CODE: 1}
